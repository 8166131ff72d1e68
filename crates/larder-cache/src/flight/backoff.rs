//! When a load that failed may be tried again, while there is something to serve instead.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use larder_core::{Moment, Random};

/// Keys whose last load failed. Bounded: when there are too many, those whose time is over go, and if none is, all.
#[derive(Debug)]
pub(crate) struct Backoff {
    failed: Mutex<HashMap<Arc<str>, Failed>>,
    /// How many there are, readable without the lock.
    count: AtomicUsize,
    first: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Failed {
    again_at: Moment,
    in_a_row: u32,
}

impl Backoff {
    /// The longest pause, however often a load has failed.
    const LONGEST: Duration = Duration::from_secs(30);
    const MAX_KEYS: usize = 10_000;

    pub(crate) fn new(first: Duration) -> Self {
        Self { failed: Mutex::default(), count: AtomicUsize::new(0), first }
    }

    /// Whether `key` is not to be loaded yet.
    pub(crate) fn holds(&self, key: &str, now: Moment) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.lock().get(key).is_some_and(|failed| now < failed.again_at)
    }

    /// Notes that a load of `key` failed; returns how long it is not to be tried again.
    ///
    /// The first pause doubles with every failure in a row up to half a minute, less up to a tenth at random.
    pub(crate) fn failed(&self, key: &Arc<str>, now: Moment, random: &dyn Random) -> Duration {
        let mut failed = self.lock();
        let in_a_row = failed.get(key).map_or(0, |failed| failed.in_a_row);
        let pause = self.first.saturating_mul(1 << in_a_row.min(16)).min(Self::LONGEST);
        let pause = pause - pause.mul_f64(0.1 * random.next_fraction());
        if failed.len() >= Self::MAX_KEYS && !failed.contains_key(key) {
            failed.retain(|_, failed| now < failed.again_at);
            if failed.len() >= Self::MAX_KEYS {
                failed.clear();
            }
        }
        failed.insert(Arc::clone(key), Failed { again_at: now + pause, in_a_row: in_a_row + 1 });
        self.count.store(failed.len(), Ordering::Release);
        pause
    }

    /// Another node says that a load of `key` failed, and for how long it is not to be tried again.
    pub(crate) fn heard(&self, key: &Arc<str>, again_at: Moment) {
        let mut failed = self.lock();
        if failed.len() < Self::MAX_KEYS || failed.contains_key(key) {
            let in_a_row = failed.get(key).map_or(1, |failed| failed.in_a_row);
            failed.insert(Arc::clone(key), Failed { again_at, in_a_row });
        }
        self.count.store(failed.len(), Ordering::Release);
    }

    /// A load of `key` succeeded.
    pub(crate) fn over(&self, key: &str) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        let mut failed = self.lock();
        failed.remove(key);
        self.count.store(failed.len(), Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Failed>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use larder_core::SeededRandom;

    use super::*;

    #[test]
    fn e57_the_pause_doubles_up_to_half_a_minute_and_ends_with_a_success() {
        let (backoff, random, key) = (Backoff::new(Duration::from_secs(1)), SeededRandom::new(1), Arc::from("k"));
        let mut now = Moment::ORIGIN;
        for expected in [1, 2, 4, 8, 16, 30, 30] {
            let pause = backoff.failed(&key, now, &random);
            let band = Duration::from_secs(expected).mul_f64(0.9)..=Duration::from_secs(expected);
            assert!(band.contains(&pause), "{pause:?} after {expected} s");
            assert!(backoff.holds("k", now) && !backoff.holds("other", now));
            now = now + pause;
            assert!(!backoff.holds("k", now));
        }
        backoff.failed(&key, now, &random);
        backoff.over("k");
        assert!(!backoff.holds("k", now));
        assert!(backoff.failed(&key, now, &random) <= Duration::from_secs(1), "the row has ended");
    }

    #[test]
    fn it_is_bounded() {
        let (backoff, random) = (Backoff::new(Duration::from_secs(1)), SeededRandom::new(1));
        for number in 0..=Backoff::MAX_KEYS {
            backoff.failed(&number.to_string().into(), Moment::ORIGIN, &random);
        }
        assert!(backoff.lock().len() <= Backoff::MAX_KEYS);
    }
}
