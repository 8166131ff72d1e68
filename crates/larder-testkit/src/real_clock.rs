//! The machine's own time, for stores whose server keeps time itself.

use std::time::{Duration, Instant, SystemTime};

use larder_core::{Clock, Moment, Sleep, WallTime};

/// The machine's time as a [`Clock`], for tests against a real server.
///
/// Its sleeps need a tokio runtime with timers; [`run`](crate::run) starts one.
#[derive(Clone, Copy, Debug)]
pub struct RealClock {
    start: Instant,
}

impl Default for RealClock {
    fn default() -> Self {
        Self::new()
    }
}

impl RealClock {
    /// How long ago the origin is: what a server rounds down has a moment too.
    const PAST: Duration = Duration::from_hours(1);

    /// A clock whose origin is an hour ago.
    #[must_use]
    #[allow(clippy::disallowed_methods)] // This is the clock that others are told to read.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for RealClock {
    #[allow(clippy::disallowed_methods)] // As above.
    fn now(&self) -> Moment {
        Moment::ORIGIN + Self::PAST + Instant::now().duration_since(self.start)
    }

    #[allow(clippy::disallowed_methods)] // As above.
    fn wall(&self) -> WallTime {
        SystemTime::now().into()
    }

    #[allow(clippy::disallowed_methods)] // As above.
    fn sleep_until(&self, deadline: Moment) -> Sleep {
        let clock = *self;
        Box::pin(async move {
            // A timer of the runtime counts milliseconds: one sleep may end a little early.
            while clock.now() < deadline {
                tokio::time::sleep(deadline.since(clock.now()).min(Duration::from_secs(3600))).await;
            }
        })
    }
}
