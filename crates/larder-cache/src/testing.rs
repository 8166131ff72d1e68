//! Helpers for the tests of applications: a larder on a clock that the test moves.

use std::ops::Deref;
use std::time::Duration;

use larder_core::SeededRandom;
use larder_testkit::{ManualClock, eventually};

use crate::larder::{Larder, LarderBuilder};

/// A larder whose time stands still until the test moves it, and whose randomness repeats. Derefs to [`Larder`].
///
/// ```
/// use std::time::Duration;
/// use larder_cache::testing::TestLarder;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> larder_core::Result<()> {
/// let test = TestLarder::new();
/// let users = test.cache::<String>("users").ttl(Duration::from_secs(60)).grace(Duration::ZERO).build()?;
/// assert!(users.insert("1", "Ada".into()).await?.is_stored());
/// test.advance(Duration::from_secs(60)).await;
/// assert!(users.get("1").await?.is_miss());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct TestLarder {
    larder: Larder,
    clock: ManualClock,
}

impl Default for TestLarder {
    fn default() -> Self {
        Self::new()
    }
}

impl TestLarder {
    /// A larder with the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// A larder that `build` changes before it is built; clock and randomness are the test's.
    ///
    /// # Panics
    /// When what `build` asks for cannot be built; the message says why.
    #[must_use]
    pub fn with(build: impl FnOnce(LarderBuilder) -> LarderBuilder) -> Self {
        let clock = ManualClock::new();
        let builder = build(Larder::builder()).clock(clock.clone()).random(SeededRandom::new(1));
        let larder = builder.build().expect("a test asks for what can be built");
        Self { larder, clock }
    }

    /// The larder.
    #[must_use]
    pub fn larder(&self) -> &Larder {
        &self.larder
    }

    /// The clock, for tests that wait for sleepers or set the date.
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Moves the time, then lets every task run that was waiting for it.
    pub async fn advance(&self, duration: Duration) {
        self.clock.advance(duration);
        for _ in 0..32 {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until no load is in flight, and brings every figure up to date: what has expired is swept and told.
    ///
    /// # Panics
    /// When a load is still in flight after ten seconds; open the gate it stands at before.
    pub async fn settle(&self) {
        eventually("no load is in flight", || self.larder.loads_in_flight() == 0).await;
        self.larder.sweep();
    }
}

impl Deref for TestLarder {
    type Target = Larder;

    fn deref(&self) -> &Larder {
        &self.larder
    }
}
