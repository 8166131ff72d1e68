//! The clock of the machine.

use std::time::{Instant, SystemTime};

use larder_core::{Clock, Moment, Sleep, WallTime};

/// The machine's monotonic clock, and tokio's timer to wait on it.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// A clock whose origin is now.
    #[must_use]
    #[allow(clippy::disallowed_methods)] // This is where time comes from.
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment::ORIGIN + self.origin.elapsed()
    }

    #[allow(clippy::disallowed_methods)] // This is where the date comes from.
    fn wall(&self) -> WallTime {
        SystemTime::now().into()
    }

    fn sleep_until(&self, deadline: Moment) -> Sleep {
        match self.origin.checked_add(deadline.since(Moment::ORIGIN)) {
            Some(instant) => Box::pin(tokio::time::sleep_until(instant.into())),
            None => Box::pin(std::future::pending()),
        }
    }
}
