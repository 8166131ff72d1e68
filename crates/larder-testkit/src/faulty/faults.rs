//! Which calls fail, wait or take long, and how many there were.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use larder_core::{Error, ErrorKind, SharedClock};

use super::{Call, Verb};
use crate::Gate;

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// `Unavailable`; nothing was done.
    Unavailable,
    /// `Timeout`; nothing was done.
    Timeout,
    /// `Timeout`; the call was done, and its answer was lost.
    LostAnswer,
}

impl Failure {
    pub(super) fn error(self, verb: Verb, store: &'static str) -> Error {
        let (kind, why) = match self {
            Self::Unavailable => (ErrorKind::Unavailable, "the test made this call fail"),
            Self::Timeout => (ErrorKind::Timeout, "the test made this call time out before it was done"),
            Self::LostAnswer => (ErrorKind::Timeout, "the test lost the answer of this call"),
        };
        Error::new(kind, verb.as_str(), why).at(store)
    }
}

#[derive(Clone, Debug)]
pub(super) enum Effect {
    Fail(Failure),
    Hold(Gate),
}

type Chooses = Box<dyn Fn(&Call<'_>) -> bool + Send + Sync>;

pub(super) struct Rule {
    chooses: Chooses,
    effect: Effect,
    /// How many calls it still takes.
    left: AtomicUsize,
}

impl Rule {
    fn takes(&self, call: &Call<'_>) -> bool {
        let take_one = |left: usize| if left == usize::MAX { Some(left) } else { left.checked_sub(1) };
        (self.chooses)(call) && self.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, take_one).is_ok()
    }
}

/// What is to become of one call.
#[derive(Default)]
pub(super) struct Fate {
    pub(super) latency: Option<(SharedClock, Duration)>,
    pub(super) gates: Vec<Gate>,
    pub(super) failure: Option<Failure>,
}

#[derive(Default)]
pub(super) struct Faults(Mutex<State>);

#[derive(Default)]
struct State {
    rules: Vec<Arc<Rule>>,
    latency: Option<(SharedClock, Duration)>,
    counts: HashMap<Verb, u64>,
}

impl Faults {
    pub(super) fn add(&self, effect: Effect, times: usize, chooses: Chooses) {
        self.lock().rules.push(Arc::new(Rule { chooses, effect, left: AtomicUsize::new(times) }));
    }

    pub(super) fn set_latency(&self, latency: Option<(SharedClock, Duration)>) {
        self.lock().latency = latency;
    }

    pub(super) fn heal(&self) {
        let rules = {
            let mut state = self.lock();
            state.latency = None;
            std::mem::take(&mut state.rules)
        };
        for rule in rules {
            if let Effect::Hold(gate) = &rule.effect {
                gate.open();
            }
        }
    }

    pub(super) fn count(&self, verb: Verb) -> u64 {
        self.lock().counts.get(&verb).copied().unwrap_or(0)
    }

    pub(super) fn count_all(&self) -> u64 {
        self.lock().counts.values().sum()
    }

    pub(super) fn forget_counts(&self) {
        self.lock().counts.clear();
    }

    /// Counts `call` and decides what becomes of it: it waits at every gate that chooses it and fails by the first rule.
    pub(super) fn meet(&self, call: &Call<'_>) -> Fate {
        let (rules, latency) = {
            let mut state = self.lock();
            *state.counts.entry(call.verb).or_default() += 1;
            (state.rules.clone(), state.latency.clone())
        };
        let mut fate = Fate { latency, ..Fate::default() };
        // The predicates are a test's own closures: they run without the lock.
        for rule in rules {
            match &rule.effect {
                Effect::Hold(gate) if rule.takes(call) => fate.gates.push(gate.clone()),
                Effect::Fail(failure) if fate.failure.is_none() && rule.takes(call) => fate.failure = Some(*failure),
                Effect::Hold(_) | Effect::Fail(_) => {}
            }
        }
        fate
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        let effects: Vec<_> = state.rules.iter().map(|rule| rule.effect.clone()).collect();
        f.debug_struct("Faults").field("rules", &effects).field("counts", &state.counts).finish()
    }
}
