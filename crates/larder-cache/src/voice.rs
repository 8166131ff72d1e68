//! Where the engine says what happened: counted first, then told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder_core::{Event, Observers, Outcomes};

use crate::statistics::LoadStatistics;

/// The engine's way to speak: every event but those of the tier itself passes here once, with no lock held.
#[derive(Debug)]
pub(crate) struct Voice {
    /// None when monitoring is off.
    counts: Option<Counts>,
    pub(crate) observers: Observers,
}

#[derive(Debug, Default)]
struct Counts {
    outcomes: Outcomes,
    loads: AtomicU64,
    failures: AtomicU64,
    refrained: AtomicU64,
    load_nanos: AtomicU64,
}

impl Voice {
    pub(crate) fn new(monitoring: bool, observers: Observers) -> Self {
        Self { counts: monitoring.then(Counts::default), observers }
    }

    pub(crate) fn tell(&self, event: &Event<'_>) {
        if let Some(counts) = &self.counts {
            counts.count(event);
        }
        self.observers.tell(event);
    }

    pub(crate) fn outcomes(&self) -> Option<larder_core::OutcomeCounts> {
        self.counts.as_ref().map(|counts| counts.outcomes.counts())
    }

    pub(crate) fn loads(&self) -> Option<LoadStatistics> {
        self.counts.as_ref().map(Counts::loads)
    }
}

impl Counts {
    fn count(&self, event: &Event<'_>) {
        match event {
            Event::Lookup { outcome, .. } => self.outcomes.record(*outcome),
            Event::Load { took, error, .. } => {
                let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
                self.loads.fetch_add(1, Ordering::Relaxed);
                self.failures.fetch_add(u64::from(error.is_some()), Ordering::Relaxed);
                self.load_nanos.fetch_add(nanos, Ordering::Relaxed);
            }
            Event::Refrain { .. } => drop(self.refrained.fetch_add(1, Ordering::Relaxed)),
            _ => {}
        }
    }

    fn loads(&self) -> LoadStatistics {
        LoadStatistics {
            count: self.loads.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            refrained: self.refrained.load(Ordering::Relaxed),
            time: Duration::from_nanos(self.load_nanos.load(Ordering::Relaxed)),
        }
    }
}
