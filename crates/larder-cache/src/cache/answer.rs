//! What a call that may load came to, on its way to the caller.

use std::sync::Arc;
use std::time::Duration;

use larder_core::{Outcome, Tier, ablation};

use super::Core;
use crate::flight::Landed;
use crate::lookup::{Found, Loaded};
use crate::value::Value;
use crate::written::TierWrite;

/// A value, or the knowledge that there is none, and how it came.
pub(super) struct Answer<V> {
    pub(super) value: Option<Arc<V>>,
    pub(super) outcome: Outcome,
    tier: Option<Tier>,
    age: Duration,
    load_time: Option<Duration>,
    written: Option<TierWrite>,
}

impl<V> Answer<V> {
    pub(super) fn found(found: Found<V>, outcome: Outcome) -> Self {
        let Found { value, tier, age, load_time, .. } = found;
        Self { value: Some(value), outcome, tier: Some(tier), age, load_time, written: None }
    }

    pub(super) fn negative() -> Self {
        Self {
            value: None,
            outcome: Outcome::Negative,
            tier: None,
            age: Duration::ZERO,
            load_time: None,
            written: None,
        }
    }

    pub(super) fn landed(landed: &Landed<V>, outcome: Outcome, age: Duration) -> Self {
        Self {
            value: landed.value.clone(),
            outcome,
            tier: landed.source,
            age,
            load_time: landed.took,
            written: landed.source.is_none().then_some(landed.written),
        }
    }

    pub(super) fn into_loaded(self) -> Option<Loaded<V>> {
        let Self { value, outcome, tier, age, load_time, written } = self;
        Some(Loaded { value: value?, outcome, tier, age, load_time, written })
    }
}

/// A lookup that has no outcome yet. Every lookup gets one, also when its caller goes away.
pub(super) struct Pending<'a, V: Value> {
    core: &'a Core<V>,
    key: &'a str,
    ended: bool,
}

impl<'a, V: Value> Pending<'a, V> {
    pub(super) fn new(core: &'a Core<V>, key: &'a str) -> Self {
        Self { core, key, ended: false }
    }

    pub(super) fn end(mut self, outcome: Outcome) {
        self.ended = true;
        self.core.count(self.key, outcome);
    }

    /// Somebody else counts the lookup from here on.
    pub(super) fn hand_over(mut self) {
        self.ended = true;
    }
}

impl<V: Value> Drop for Pending<'_, V> {
    fn drop(&mut self) {
        if !self.ended && !ablation::off("cancelled_lookup") {
            self.core.count(self.key, Outcome::Cancelled);
        }
    }
}
