//! What kind of data a cache holds.

use std::fmt;

/// How careful a cache must be with its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Class {
    /// Ordinary data.
    #[default]
    Normal,
    /// Data that must not leak: never compressed, never in a dictionary, encrypted wherever it leaves the process.
    Secret,
    /// Data that decides who may do what: never served stale, and validated in the shared store where there is one.
    Authz,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Normal => "normal",
            Self::Secret => "secret",
            Self::Authz => "authz",
        })
    }
}
