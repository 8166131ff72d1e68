//! What a command found out, or why it could not.

use std::fmt;
use std::io;

/// What a command says of the thing it looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing is wrong with it.
    Good,
    /// Something is wrong with it, and the output says what.
    Bad,
}

impl Verdict {
    /// Good when `condition` holds.
    pub(crate) fn good_if(condition: bool) -> Self {
        if condition { Self::Good } else { Self::Bad }
    }
}

/// Why a command could not do its work, as one sentence that names the fix where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault(String);

/// What most functions here return: a value, or the reason why the work could not be done.
pub(crate) type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    /// A fault told by `sentence`.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// A fault of the operating system while doing `what`.
    pub(crate) fn io(what: &str, error: &io::Error) -> Self {
        Self(format!("could not {what}: {error}"))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
