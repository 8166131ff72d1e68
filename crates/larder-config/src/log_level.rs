//! How much is logged.

use crate::words::words;
use std::fmt;

use serde::{Deserialize, Serialize};

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    /// Only what stops something from working.
    Error,
    /// Also what works, but worse than it should.
    Warn,
    /// Also what an operator wants to know once.
    Info,
    /// Also what a developer wants to know.
    Debug,
    /// Everything.
    Trace,
}

words! { LogLevel, "log level":
    Error = "ERROR",
    Warn = "WARN",
    Info = "INFO",
    Debug = "DEBUG",
    Trace = "TRACE",
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
