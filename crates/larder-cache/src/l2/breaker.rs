//! Whether the shared tier is asked at all.

use std::sync::{Mutex, MutexGuard, PoisonError};

use larder_core::ablation;

/// How many calls it looks back.
const WINDOW: u32 = 20;

/// Closed while the tier answers. Failures in a row, or half of the last 20 calls, open it: nobody waits for the tier
/// any more. What shows that the tier answers again makes it half-open: one call is let through, and decides.
///
/// Time alone never lets a caller through to a tier that hangs: it is asked in the background meanwhile.
#[derive(Debug)]
pub(crate) struct Breaker {
    state: Mutex<State>,
    failures_in_a_row: u32,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// A call was let through to see whether it is answered, and has not ended.
    probing: bool,
    in_a_row: u32,
    /// The last calls, newest in the lowest bit; a set bit failed.
    recent: u32,
    calls: u32,
    openings: u64,
}

/// Whether calls are let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// All of them.
    Closed,
    /// None.
    Open,
    /// One, to see whether it is answered.
    HalfOpen,
}

impl Phase {
    /// The phase in snake case, as metrics show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// One call that was let through. Dropped without a word, it says nothing of the tier.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    breaker: &'a Breaker,
    probe: bool,
    told: bool,
}

impl Breaker {
    pub(crate) fn new(failures_in_a_row: u32) -> Self {
        let state = State { phase: Phase::Closed, probing: false, in_a_row: 0, recent: 0, calls: 0, openings: 0 };
        Self { state: Mutex::new(state), failures_in_a_row }
    }

    /// Lets a call through, or not.
    pub(crate) fn admit(&self) -> Option<Permit<'_>> {
        let mut state = self.lock();
        let probe = match state.phase {
            Phase::Closed => false,
            Phase::Open if !ablation::off("breaker") => return None,
            Phase::Open => false,
            Phase::HalfOpen if ablation::off("one_probe") => true,
            Phase::HalfOpen => {
                state.phase = Phase::Open;
                state.probing = true;
                true
            }
        };
        Some(Permit { breaker: self, probe, told: false })
    }

    /// The tier showed that it answers: an open breaker lets one call through. True when it was open.
    pub(crate) fn let_one_through(&self) -> bool {
        let mut state = self.lock();
        let open = state.phase == Phase::Open && !state.probing;
        if open {
            state.phase = Phase::HalfOpen;
        }
        open
    }

    pub(crate) fn phase(&self) -> Phase {
        self.lock().phase
    }

    /// How often it opened.
    pub(crate) fn openings(&self) -> u64 {
        self.lock().openings
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn succeeded(&mut self, probe: bool) {
        if probe {
            self.probing = false;
            (self.phase, self.recent, self.calls) = (Phase::Closed, 0, 0);
        }
        self.in_a_row = 0;
        self.note(0);
    }

    fn failed(&mut self, probe: bool, most_in_a_row: u32) {
        self.probing &= !probe;
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.note(1);
        let half = self.calls >= WINDOW && self.recent.count_ones() * 2 >= WINDOW;
        if probe || self.in_a_row >= most_in_a_row || half {
            self.openings += u64::from(self.phase == Phase::Closed);
            self.phase = Phase::Open;
        }
    }

    fn note(&mut self, failed: u32) {
        self.recent = (self.recent << 1 | failed) & ((1 << WINDOW) - 1);
        self.calls = (self.calls + 1).min(WINDOW);
    }
}

impl Permit<'_> {
    pub(crate) fn succeeded(mut self) {
        self.told = true;
        self.breaker.lock().succeeded(self.probe);
    }

    /// True when this failure opened the breaker.
    pub(crate) fn failed(mut self) -> bool {
        self.told = true;
        let mut state = self.breaker.lock();
        let before = state.openings;
        state.failed(self.probe, self.breaker.failures_in_a_row);
        state.openings > before
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.probe && !self.told {
            self.breaker.lock().probing = false;
            self.breaker.let_one_through();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Breaker {
        let breaker = Breaker::new(5);
        for _ in 0..5 {
            assert_eq!(breaker.phase(), Phase::Closed);
            breaker.admit().unwrap().failed();
        }
        assert_eq!(breaker.phase(), Phase::Open);
        breaker
    }

    #[test]
    fn e48_failures_in_a_row_open_it_and_nobody_passes() {
        let breaker = opened();
        assert!(breaker.admit().is_none());
        assert_eq!(breaker.openings(), 1);
    }

    #[test]
    fn half_of_the_last_twenty_calls_open_it() {
        let breaker = Breaker::new(5);
        for call in 0..20 {
            let permit = breaker.admit().expect("no more than one failed in a row");
            if call % 2 == 0 {
                permit.succeeded();
            } else {
                permit.failed();
            }
        }
        assert!(breaker.admit().is_none(), "ten of twenty failed");
    }

    #[test]
    fn e49_half_open_lets_exactly_one_through() {
        let breaker = opened();
        assert!(breaker.let_one_through());
        let probe = breaker.admit().unwrap();
        assert!(!breaker.let_one_through(), "an echo during the probe lets no second one through");
        assert!((0..1000).all(|_| breaker.admit().is_none()), "one probe at a time");
        probe.failed();
        assert!(breaker.admit().is_none(), "the probe failed");
        breaker.let_one_through();
        drop(breaker.admit().unwrap());
        breaker.admit().expect("a probe whose caller went away says nothing").succeeded();
        assert_eq!(breaker.phase(), Phase::Closed);
        assert!(breaker.admit().is_some() && !breaker.let_one_through());
    }

    #[test]
    fn a_late_failure_of_a_call_admitted_before_keeps_it_open() {
        let breaker = Breaker::new(1);
        let (first, second) = (breaker.admit().unwrap(), breaker.admit().unwrap());
        assert!(first.failed());
        assert!(!second.failed(), "it was open already");
        assert!(breaker.admit().is_none());
    }
}
