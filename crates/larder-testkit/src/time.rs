//! How a fixture lets time pass: by moving a clock, or by waiting.

use std::sync::Arc;
use std::time::Duration;

use larder_core::{Clock, Moment, SharedClock};

use crate::{ManualClock, RealClock};

/// The time of a store under test.
#[derive(Clone, Debug)]
pub enum Time {
    /// The store reads this clock: time passes when the test says so, and borders are exact.
    Manual(ManualClock),
    /// A server keeps time itself: the test waits for real.
    Real(SharedClock),
}

impl Time {
    /// The machine's own time.
    #[must_use]
    pub fn real() -> Self {
        Self::Real(Arc::new(RealClock::new()))
    }

    /// The clock, for the store that is to be tested.
    #[must_use]
    pub fn clock(&self) -> SharedClock {
        match self {
            Self::Manual(clock) => clock.shared(),
            Self::Real(clock) => Arc::clone(clock),
        }
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        match self {
            Self::Manual(clock) => clock.now(),
            Self::Real(clock) => clock.now(),
        }
    }

    /// Lets time pass until `moment`; at once with a manual clock.
    pub async fn until(&self, moment: Moment) {
        match self {
            Self::Manual(clock) => clock.advance(moment.since(clock.now())),
            Self::Real(clock) => clock.sleep_until(moment).await,
        }
    }

    /// Lets `duration` pass.
    pub async fn pass(&self, duration: Duration) {
        self.until(self.now() + duration).await;
    }
}

impl From<ManualClock> for Time {
    fn from(clock: ManualClock) -> Self {
        Self::Manual(clock)
    }
}
