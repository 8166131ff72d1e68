//! What a loader that was given the old value brings.

use std::error::Error as StdError;
use std::fmt;

/// What the loader of `get_or_revalidate` found out about the value it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revalidated<V> {
    /// There is another value, or none was given.
    New(V),
    /// The value that was given still holds.
    NotModified,
}

/// Why there was no value to prolong when a loader said [`NotModified`](Revalidated::NotModified).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NothingToProlong {
    /// The loader had been given no value.
    NothingGiven,
    /// The value was changed or invalidated while the loader ran.
    Overtaken,
}

impl fmt::Display for NothingToProlong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingGiven => {
                "the loader said \"not modified\" but had been given no value; bring a new one when the previous is `None`"
            }
            Self::Overtaken => "the value was changed or invalidated while the loader looked at it; load again",
        })
    }
}

impl StdError for NothingToProlong {}
