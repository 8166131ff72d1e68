//! The truth: a number for each key that only grows.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use larder_core::{Clock, Error, ErrorKind, Moment, Result};
use larder_testkit::{Gate, RealClock};

use super::history::Load;
use super::keys::KEYS;
use super::number::Number;

/// The numbers, and who read them.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) clock: RealClock,
    newest: AtomicU64,
    makers: AtomicU64,
    numbers: [AtomicU64; KEYS],
    loads: Mutex<Vec<Load>>,
}

/// How a load goes.
#[derive(Clone, Debug, Default)]
pub(super) struct LoadPlan {
    pub(super) takes: Duration,
    pub(super) fails: bool,
    /// It says that there is nothing, if who asked can be told so.
    pub(super) finds_nothing: bool,
    /// Where it waits after it has read the origin.
    pub(super) gate: Option<Gate>,
}

impl Origin {
    pub(super) fn new() -> Self {
        Self {
            clock: RealClock::new(),
            newest: AtomicU64::new(0),
            makers: AtomicU64::new(0),
            numbers: [const { AtomicU64::new(0) }; KEYS],
            loads: Mutex::default(),
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    pub(super) async fn pause(&self, duration: Duration) {
        self.clock.sleep_until(self.clock.now() + duration).await;
    }

    /// Moves the numbers of `keys` on, and says to where.
    pub(super) fn advance(&self, keys: &[usize]) -> u64 {
        let number = self.newest.fetch_add(1, Ordering::SeqCst) + 1;
        for key in keys {
            self.numbers[*key].fetch_max(number, Ordering::SeqCst);
        }
        number
    }

    /// A number for who makes a value.
    pub(super) fn maker(&self) -> u64 {
        self.makers.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Reads the number of `key` at once, then takes as long as the plan wants.
    ///
    /// # Errors
    /// `Unavailable` when the plan wants it to fail.
    pub(super) async fn load(self: Arc<Self>, key: usize, plan: LoadPlan) -> Result<Number> {
        let (by, read_at) = (self.maker(), self.now());
        let number = self.numbers[key].load(Ordering::SeqCst);
        let place = {
            let mut loads = self.lock();
            loads.push(Load { by, key, number, read_at, returned: None });
            loads.len() - 1
        };
        if let Some(gate) = &plan.gate {
            gate.arrive().await;
        }
        if !plan.takes.is_zero() {
            self.pause(plan.takes).await;
        }
        if plan.fails {
            return Err(Error::new(ErrorKind::Unavailable, "load", "the origin was told to fail"));
        }
        self.lock()[place].returned = Some(self.now());
        Ok(Number { key, number, by })
    }

    pub(super) fn loads(&self) -> Vec<Load> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Load>> {
        self.loads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
