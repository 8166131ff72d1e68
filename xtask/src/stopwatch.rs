//! How long a step took.

use std::time::{Duration, Instant};

/// Measures from its start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// A stopwatch that runs from now on.
    #[expect(clippy::disallowed_methods, reason = "a command measures itself; no test here moves the time")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// Time since the start in seconds, as people read it: `3.4 s`.
    pub(crate) fn seconds(self) -> String {
        format!("{:.1} s", self.elapsed().as_secs_f64())
    }
}
