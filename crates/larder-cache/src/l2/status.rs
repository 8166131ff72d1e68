//! How the shared tier is doing, for people and health checks.

use std::sync::atomic::Ordering;

use super::{L2, Phase};

/// The state of the shared tier as this process sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct L2Status {
    /// What the store calls itself.
    pub store: &'static str,
    /// Whether calls are let through to it.
    pub breaker: Phase,
    /// How often the breaker opened.
    pub openings: u64,
    /// Whether this node hears what other nodes change.
    pub listening: bool,
    /// Changes that the tier has not acknowledged yet, over all caches.
    pub pending: usize,
    /// How often a way of notices began: once at the start, and once after each loss and each gap.
    pub ways: u64,
    /// Changes that were made up for after the tier had not acknowledged them.
    pub made_up: u64,
}

impl L2Status {
    /// Whether answers are given without the shared tier, or without knowing what other nodes change.
    #[must_use]
    pub const fn is_degraded(&self) -> bool {
        !self.listening || !matches!(self.breaker, Phase::Closed)
    }
}

impl L2 {
    pub(crate) fn status(&self) -> L2Status {
        L2Status {
            store: self.name(),
            breaker: self.breaker.phase(),
            openings: self.breaker.openings(),
            listening: self.is_listening(),
            pending: self.pending(),
            ways: self.ways.load(Ordering::Relaxed),
            made_up: self.made_up.load(Ordering::Relaxed),
        }
    }
}
