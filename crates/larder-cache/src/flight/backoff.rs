//! What is known of loads that failed: when they may be tried again, and the error that is given meanwhile.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use larder_core::{AsOf, Error, Moment, Random, Tags, ablation};

/// Keys whose last load failed. Bounded: when there are too many, those whose time is over go, and if none is, all.
#[derive(Debug)]
pub(crate) struct Backoff {
    failed: Mutex<HashMap<Arc<str>, Failed>>,
    /// How many there are, readable without the lock.
    count: AtomicUsize,
    first: Duration,
}

/// What is known of one key.
#[derive(Debug)]
pub(crate) struct Failed {
    again_at: Moment,
    in_a_row: u32,
    error: Option<Remembered>,
}

/// The error of a load that failed with nothing to serve instead.
#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    pub(crate) error: Error,
    /// It is given to callers until then.
    pub(crate) until: Moment,
    /// The cache's clock before the load, and what its value would have borne: an invalidation ends the error too.
    pub(crate) as_of: AsOf,
    pub(crate) tags: Tags,
}

impl Failed {
    const fn new(again_at: Moment, in_a_row: u32) -> Self {
        Self { again_at, in_a_row, error: None }
    }

    fn matters(&self, now: Moment) -> bool {
        now < self.again_at || self.error.as_ref().is_some_and(|remembered| now < remembered.until)
    }
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
        self.count.load(Ordering::Acquire) > 0
            && self.lock().get(key).is_some_and(|failed| now < failed.again_at)
            && !ablation::off("backoff")
    }

    /// Notes that a load of `key` failed; returns how long it is not to be tried again.
    ///
    /// The first pause doubles with every failure in a row up to half a minute, less up to a tenth at random.
    pub(crate) fn failed(&self, key: &Arc<str>, now: Moment, random: &dyn Random) -> Duration {
        let mut pause = Duration::ZERO;
        drop(self.note(key, now, |known| {
            let in_a_row = known.map_or(0, |failed| failed.in_a_row);
            pause = self.first.saturating_mul(1 << in_a_row.min(16)).min(Self::LONGEST);
            pause -= pause.mul_f64(0.1 * random.next_fraction());
            Failed::new(now + pause, in_a_row + 1)
        }));
        pause
    }

    /// Another node says that a load of `key` failed, and for how long it is not to be tried again.
    pub(crate) fn heard(&self, key: &Arc<str>, now: Moment, again_at: Moment) {
        drop(self.note(key, now, |known| Failed::new(again_at, known.map_or(1, |failed| failed.in_a_row))));
    }

    /// Gives the error to those who ask for `key` from now on.
    ///
    /// What had to make way is to be dropped with no lock held: it may be a loader's own error.
    #[must_use]
    pub(crate) fn remember(&self, key: &Arc<str>, now: Moment, remembered: Remembered) -> Vec<Failed> {
        self.note(key, now, |known| {
            let (again_at, in_a_row) = known.map_or((now, 0), |failed| (failed.again_at, failed.in_a_row));
            Failed { error: Some(remembered), ..Failed::new(again_at, in_a_row) }
        })
    }

    /// Notes what `note` makes of what is known of `key`, and returns what had to make way.
    fn note(&self, key: &Arc<str>, now: Moment, note: impl FnOnce(Option<&Failed>) -> Failed) -> Vec<Failed> {
        let mut failed = self.lock();
        let noted = note(failed.get(key));
        let mut gone = Vec::new();
        if failed.len() >= Self::MAX_KEYS && !failed.contains_key(key) {
            gone.extend(failed.extract_if(|_, failed| !failed.matters(now)).map(|(_, failed)| failed));
            if failed.len() >= Self::MAX_KEYS {
                gone.extend(failed.drain().map(|(_, failed)| failed));
            }
        }
        gone.extend(failed.insert(Arc::clone(key), noted));
        self.count.store(failed.len(), Ordering::Release);
        gone
    }

    /// The error of the last load of `key`, if it is remembered.
    pub(crate) fn remembered(&self, key: &str, now: Moment) -> Option<Remembered> {
        if self.count.load(Ordering::Acquire) == 0 {
            return None;
        }
        let remembered = self.lock().get(key)?.error.clone();
        remembered.filter(|remembered| now < remembered.until)
    }

    /// `key` changed: what failed before says nothing of it now.
    pub(crate) fn forget_error(&self, key: &str) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        let forgotten = self.lock().get_mut(key).and_then(|failed| failed.error.take());
        drop(forgotten);
    }

    /// The same for every key that `changed` says.
    pub(crate) fn forget_errors(&self, changed: impl Fn(&str) -> bool) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        let mut failed = self.lock();
        let changed = failed.iter_mut().filter(|(key, _)| changed(key));
        let forgotten: Vec<_> = changed.filter_map(|(_, failed)| failed.error.take()).collect();
        drop(failed);
        drop(forgotten);
    }

    /// A load of `key` succeeded.
    pub(crate) fn over(&self, key: &str) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        let mut failed = self.lock();
        let over = failed.remove(key);
        self.count.store(failed.len(), Ordering::Release);
        drop(failed);
        // A loader's own error is dropped out here, without the lock.
        drop(over);
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
        for number in 0..=Backoff::MAX_KEYS {
            let until = Moment::ORIGIN + Duration::from_secs(1);
            let (error, as_of) = (Error::invalid("load", "down"), AsOf(0));
            let remembered = Remembered { error, until, as_of, tags: Tags::NONE };
            drop(backoff.remember(&format!("error {number}").into(), Moment::ORIGIN, remembered));
        }
        assert!(backoff.lock().len() <= Backoff::MAX_KEYS);
    }
}
