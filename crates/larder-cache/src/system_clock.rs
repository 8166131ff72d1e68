//! The clock of the machine.

use std::time::{Duration, Instant, SystemTime};

use larder_core::{Clock, Moment, Sleep, WallTime};

/// The machine's monotonic clock, and tokio's timer to wait on it.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    /// When this clock was made.
    made: Instant,
}

impl SystemClock {
    /// How long ago the origin of every such clock is: entries that another process made before this one began have a moment
    /// too.
    const PAST: Duration = Duration::from_hours(24 * 365 * 20);

    /// A clock whose origin is twenty years ago.
    #[must_use]
    #[allow(clippy::disallowed_methods)] // This is where time comes from.
    pub fn new() -> Self {
        Self { made: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment::ORIGIN + Self::PAST + self.made.elapsed()
    }

    #[allow(clippy::disallowed_methods)] // This is where the date comes from.
    fn wall(&self) -> WallTime {
        SystemTime::now().into()
    }

    fn sleep_until(&self, deadline: Moment) -> Sleep {
        match self.made.checked_add(deadline.since(Moment::ORIGIN + Self::PAST)) {
            Some(instant) => Box::pin(tokio::time::sleep_until(instant.into())),
            None => Box::pin(std::future::pending()),
        }
    }
}
