//! A call of a store, as faults choose among them.

use larder_core::{Key, KeyRange};

macro_rules! verbs {
    ($($(#[$doc:meta])* $verb:ident = $name:literal;)*) => {
        /// What is asked of a store or its coordinator.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Verb {
            $($(#[$doc])* $verb,)*
        }

        impl Verb {
            /// The verb in snake case, as errors show it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$verb => $name,)*
                }
            }
        }
    };
}

verbs! {
    /// One entry.
    Get = "get";
    /// Several entries.
    GetMany = "get_many";
    /// To store one.
    Put = "put";
    /// To delete one.
    Delete = "delete";
    /// To clear a range.
    Clear = "clear";
    /// To list keys.
    Scan = "scan";
    /// Its statistics.
    Statistics = "statistics";
    /// Of the coordinator: to begin a load.
    Begin = "begin";
    /// Of the coordinator: to keep a lease.
    Renew = "renew";
    /// Of the coordinator: to end a load without a value.
    Abandon = "abandon";
    /// Of the coordinator: a new lifetime.
    Prolong = "prolong";
    /// Of the coordinator: to remove a key for every node.
    Remove = "remove";
    /// Of the coordinator: to end a key's freshness for every node.
    Expire = "expire";
    /// Of the coordinator: the clock of a cache.
    Clock = "clock";
    /// Of the coordinator: to invalidate a tag.
    InvalidateTag = "invalidate_tag";
    /// Of the coordinator: to invalidate a whole cache.
    InvalidateAll = "invalidate_all";
    /// Of the coordinator: to invalidate what matches.
    InvalidateMatching = "invalidate_matching";
    /// Of the coordinator: a heartbeat.
    Beat = "beat";
    /// Of the coordinator: to listen to other nodes.
    Notices = "notices";
}

impl Verb {
    /// Whether it is asked of the coordinator and not of the store itself.
    #[must_use]
    pub const fn is_coordination(self) -> bool {
        !matches!(
            self,
            Self::Get | Self::GetMany | Self::Put | Self::Delete | Self::Clear | Self::Scan | Self::Statistics
        )
    }
}

/// A call that arrives at a [`FaultyStore`](crate::FaultyStore).
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// What is asked.
    pub verb: Verb,
    /// Of which key; none for verbs of many keys.
    pub key: Option<&'a Key>,
    /// Of which range; none for verbs of keys.
    pub range: Option<&'a KeyRange>,
}

impl<'a> Call<'a> {
    pub(super) const fn of(verb: Verb) -> Self {
        Self { verb, key: None, range: None }
    }

    pub(super) const fn on(verb: Verb, key: &'a Key) -> Self {
        Self { key: Some(key), ..Self::of(verb) }
    }

    pub(super) const fn over(verb: Verb, range: &'a KeyRange) -> Self {
        Self { range: Some(range), ..Self::of(verb) }
    }
}
