//! The figures of a run as it goes on, and its end on demand.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use larder_core::{Error, LocalKey, Outcome, Result};
use tokio_util::sync::CancellationToken;

use super::{WarmEnd, WarmFailure, WarmFigures, Warmed};
use crate::lookup::Loaded;
use crate::written::TierWrite;

/// A view of a run of warming, from wherever it is wanted; and the way to end it.
///
/// Cheap to clone and to read; it holds up nothing, and stays readable after the run.
#[derive(Clone)]
pub struct WarmProgress(Arc<Shared>);

#[derive(Default)]
struct Shared {
    total: Option<u64>,
    loaded: AtomicU64,
    not_kept: AtomicU64,
    found: AtomicU64,
    stale: AtomicU64,
    absent: AtomicU64,
    failed: AtomicU64,
    failures: Mutex<Vec<WarmFailure>>,
    end: OnceLock<WarmEnd>,
    cancel: CancellationToken,
}

impl WarmProgress {
    pub(super) fn new(total: Option<u64>) -> Self {
        Self(Arc::new(Shared { total, ..Shared::default() }))
    }

    /// The figures of this moment.
    #[must_use]
    pub fn figures(&self) -> WarmFigures {
        let Shared { total, loaded, not_kept, found, stale, absent, failed, .. } = &*self.0;
        let read = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        WarmFigures {
            total: *total,
            loaded: read(loaded),
            not_kept: read(not_kept),
            found: read(found),
            stale: read(stale),
            absent: read(absent),
            failed: read(failed),
        }
    }

    /// Why the run ended; none while it runs, before it runs, and when its future was dropped.
    #[must_use]
    pub fn end(&self) -> Option<WarmEnd> {
        self.0.end.get().copied()
    }

    /// Ends the run: no further key is begun, and no load is waited for. Loads in flight go on, as every load does.
    pub fn cancel(&self) {
        self.0.cancel.cancel();
    }

    pub(super) async fn cancelled(&self) {
        self.0.cancel.cancelled().await;
    }

    /// Notes how the lookup of `key` ended.
    pub(super) fn note<V>(&self, key: LocalKey, answer: &Result<Option<Loaded<V>>>) {
        let figure = match answer {
            Err(error) => return self.fail(Some(key), error.clone()),
            Ok(None) => &self.0.absent,
            Ok(Some(loaded)) => match loaded.outcome() {
                Outcome::Hit(_) | Outcome::Joined => &self.0.found,
                Outcome::Stale(_) => &self.0.stale,
                _ if loaded.written() == Some(TierWrite::Stored) => &self.0.loaded,
                _ => &self.0.not_kept,
            },
        };
        figure.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn fail(&self, key: Option<LocalKey>, error: Error) {
        self.0.failed.fetch_add(1, Ordering::Relaxed);
        let mut failures = self.0.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() < Warmed::FAILURES {
            failures.push(WarmFailure::new(key, error));
        }
    }

    pub(super) fn ended(&self, end: WarmEnd) -> Warmed {
        let end = *self.0.end.get_or_init(|| end);
        let failures = self.0.failures.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Warmed { figures: self.figures(), end, failures }
    }
}

impl fmt::Debug for WarmProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WarmProgress").field("figures", &self.figures()).field("end", &self.end()).finish()
    }
}
