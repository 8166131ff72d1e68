//! Instructions of an operation, counted by callgrind.

use std::error::Error as StdError;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Operation;

/// Counts by running this very program under valgrind.
///
/// An operation runs twice, few times and many; the difference is free of what start and set-up take.
#[derive(Debug)]
pub struct Callgrind {
    version: String,
    program: PathBuf,
    folder: PathBuf,
}

impl Callgrind {
    /// The arguments by which the program runs one operation: this word, its name, how many times.
    pub const RUN: &'static str = "run";
    const FEW: usize = 20_000;
    const MANY: usize = 60_000;

    /// Looks for valgrind; it runs `program` and leaves its files in `folder`.
    ///
    /// # Errors
    /// `Missing` when there is no valgrind here, `Failed` when it does not say its version.
    pub fn find(program: PathBuf, folder: PathBuf) -> Result<Self, CallgrindError> {
        let output =
            Command::new("valgrind").arg("--version").output().map_err(|error| CallgrindError::starting(&error))?;
        if !output.status.success() {
            return Err(CallgrindError::Failed(format!("`valgrind --version` ended with {}", output.status)));
        }
        Ok(Self { version: String::from_utf8_lossy(&output.stdout).trim().to_owned(), program, folder })
    }

    /// What valgrind calls itself.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Instructions of one `operation`, on the average.
    ///
    /// # Errors
    /// `Failed` when the run fails or its count cannot be read.
    #[allow(clippy::cast_precision_loss)] // Counts are far below 2^53.
    pub fn instructions(&self, operation: Operation) -> Result<f64, CallgrindError> {
        let few = self.total(operation, Self::FEW)?;
        let many = self.total(operation, Self::MANY)?;
        let more = many.checked_sub(few).ok_or_else(|| {
            CallgrindError::Failed(format!("{} took less for more of it: {few}, then {many}", operation.as_str()))
        })?;
        Ok(more as f64 / (Self::MANY - Self::FEW) as f64)
    }

    /// Where the count of the longer run of `operation` is left, for `callgrind_annotate`.
    #[must_use]
    pub fn file(&self, operation: Operation) -> PathBuf {
        self.folder.join(format!("callgrind.{}.out", operation.as_str()))
    }

    fn total(&self, operation: Operation, times: usize) -> Result<u64, CallgrindError> {
        let file = self.file(operation);
        let output = Command::new("valgrind")
            .arg("--tool=callgrind")
            .arg(format!("--callgrind-out-file={}", file.display()))
            .arg(&self.program)
            .args([Self::RUN, operation.as_str(), &times.to_string()])
            .output()
            .map_err(|error| CallgrindError::starting(&error))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(CallgrindError::Failed(format!("{} ended with {}: {said}", operation.as_str(), output.status)));
        }
        read_total(&file)
    }
}

fn read_total(file: &Path) -> Result<u64, CallgrindError> {
    let fault = |why: &dyn fmt::Display| CallgrindError::Failed(format!("{}: {why}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| fault(&error))?;
    parse_total(&text).ok_or_else(|| fault(&"no line `totals:` with a count"))
}

fn parse_total(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("totals:"))?.trim().parse().ok()
}

/// Why nothing was counted.
#[derive(Debug)]
pub enum CallgrindError {
    /// There is no valgrind on this machine.
    Missing,
    /// Valgrind, or the program under it, failed.
    Failed(String),
}

impl CallgrindError {
    fn starting(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Failed(format!("valgrind does not start: {error}")),
        }
    }
}

impl fmt::Display for CallgrindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str(
                "valgrind is not installed, so no instructions were counted; install it \
                 (`sudo apt-get install -y valgrind`; `cargo xtask setup` names the command of this machine)",
            ),
            Self::Failed(why) => write!(f, "no instructions were counted: {why}"),
        }
    }
}

impl StdError for CallgrindError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_from_callgrinds_file() {
        assert_eq!(parse_total("version: 1\nevents: Ir\n\nfn=(1) main\n12 7\n\ntotals: 1234567\n"), Some(1_234_567));
        assert_eq!(parse_total("version: 1\n"), None);
    }

    #[test]
    fn a_missing_valgrind_is_told_with_the_command_that_installs_it() {
        let told = CallgrindError::starting(&io::ErrorKind::NotFound.into()).to_string();
        assert!(told.contains("sudo apt-get install -y valgrind"), "{told}");
    }
}
