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

    /// What `program` says by its exit code: 0 good, 1 bad, and anything else that it could not run.
    pub(crate) fn of(code: Option<i32>, program: &str) -> Result<Self> {
        match code {
            Some(0) => Ok(Self::Good),
            Some(1) => Ok(Self::Bad),
            _ => Err(Fault::new(format!("{program} could not run; its words are above"))),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_program_itself_says_good_or_bad() {
        assert_eq!((Verdict::of(Some(0), "lab"), Verdict::of(Some(1), "lab")), (Ok(Verdict::Good), Ok(Verdict::Bad)));
        assert!(Verdict::of(Some(2), "lab").is_err() && Verdict::of(None, "lab").is_err());
    }
}
