//! Results go to standard output, everything else to standard error.

use std::io::{self, ErrorKind};

use crate::verdict::{Fault, Result};

/// Writes one line of a result.
///
/// A reader that went away (`cargo xtask tidy | head`) is no fault: the command goes on and ends with its true verdict.
pub(crate) fn line(text: &str) -> Result<()> {
    match sink::out(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Fault::io("write to standard output", &error)),
        _ => Ok(()),
    }
}

/// Writes one line of progress; nobody depends on it, so that a closed standard error is ignored.
pub(crate) fn note(text: &str) {
    let _ = sink::err(text);
}

#[cfg(not(test))]
mod sink {
    use super::io::{self, Write};

    pub(super) fn out(text: &str) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{text}")
    }

    pub(super) fn err(text: &str) -> io::Result<()> {
        writeln!(io::stderr().lock(), "{text}")
    }
}

/// Tests keep their output to themselves, which the test program does for the macros only.
#[cfg(test)]
mod sink {
    use super::io;

    #[expect(clippy::unnecessary_wraps, reason = "the same form as outside of tests")]
    pub(super) fn out(text: &str) -> io::Result<()> {
        println!("{text}");
        Ok(())
    }

    pub(super) use out as err;
}
