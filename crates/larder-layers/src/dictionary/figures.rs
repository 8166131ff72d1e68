//! What dictionaries did.

use std::sync::atomic::{AtomicU64, Ordering};

/// What was done with dictionaries since the layer was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DictionaryStatistics {
    /// Payloads stored compressed with a dictionary.
    pub compressed: u64,
    /// Bytes of those payloads, before.
    pub bytes_in: u64,
    /// Bytes of those payloads, after.
    pub bytes_out: u64,
    /// Trainings that ended.
    pub trained: u64,
    /// Dictionaries that paid, and were put to use here.
    pub adopted: u64,
    /// Times that a dictionary was given up because it no longer paid.
    pub retired: u64,
    /// Dictionaries of other nodes that were fetched.
    pub fetched: u64,
    /// Reads of payloads whose dictionary was nowhere to be found.
    pub missing: u64,
    /// Payloads or dictionaries read and refused: damaged, or not what they say they are.
    pub refused: u64,
    /// Looks after dictionaries that failed: the store was away, or took nothing.
    pub failed: u64,
}

macro_rules! figures {
    ($($name:ident),*) => {
        #[derive(Debug, Default)]
        pub(super) struct Figures { $($name: AtomicU64),* }

        impl Figures {
            $(pub(super) fn $name(&self, more: usize) {
                self.$name.fetch_add(more as u64, Ordering::Relaxed);
            })*

            pub(super) fn read(&self) -> DictionaryStatistics {
                DictionaryStatistics { $($name: self.$name.load(Ordering::Relaxed)),* }
            }
        }
    };
}

figures!(compressed, bytes_in, bytes_out, trained, adopted, retired, fetched, missing, refused, failed);
