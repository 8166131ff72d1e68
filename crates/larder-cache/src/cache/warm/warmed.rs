//! What a run of warming came to.

use std::fmt;

use larder_core::{Error, LocalKey};

use super::WarmFigures;

/// How a run of [`Cache::warm`](crate::Cache::warm) ended, and what it did. That keys failed is no error of the run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Warmed {
    /// What became of the keys.
    pub figures: WarmFigures,
    /// Why the run ended.
    pub end: WarmEnd,
    /// The first failures, at most [`FAILURES`](Warmed::FAILURES); `figures.failed` counts all.
    pub failures: Vec<WarmFailure>,
}

impl Warmed {
    /// How many failures a run keeps.
    pub const FAILURES: usize = 8;

    /// Whether every key was answered, and none of them with an error.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.end == WarmEnd::Done && self.figures.failed == 0
    }
}

/// Why a run of warming ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WarmEnd {
    /// There were no more keys.
    Done,
    /// Somebody cancelled it.
    Cancelled,
    /// Its [limit](super::Warm::limit) had passed.
    Limit,
    /// The larder is closed, or was switched off.
    Off,
}

impl WarmEnd {
    /// The end in snake case, as metrics and logs show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Limit => "limit",
            Self::Off => "off",
        }
    }
}

impl fmt::Display for WarmEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A key that could not be warmed.
#[derive(Clone)]
pub struct WarmFailure {
    key: Option<LocalKey>,
    error: Error,
}

impl WarmFailure {
    pub(super) const fn new(key: Option<LocalKey>, error: Error) -> Self {
        Self { key, error }
    }

    /// The key as it stands in the cache; none when it was no key.
    #[must_use]
    pub const fn key(&self) -> Option<&LocalKey> {
        self.key.as_ref()
    }

    /// What its lookup ended with.
    #[must_use]
    pub const fn error(&self) -> &Error {
        &self.error
    }
}

/// The key and the kind of the error, never what a loader said.
impl fmt::Debug for WarmFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.error.kind();
        f.debug_struct("WarmFailure").field("key", &self.key).field("kind", &kind).finish_non_exhaustive()
    }
}
