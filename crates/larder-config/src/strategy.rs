//! The four columns of engine defaults that a preset chooses from.

use crate::words::words;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How the engine leans: the name of a column of its defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Strategy {
    /// Short grace, no refresh ahead, no soft timeout: the least work per call.
    Fast,
    /// An hour of grace, refresh ahead, a soft timeout: for most services.
    Balanced,
    /// A day of grace and patient loads: answers survive long outages of the origin.
    Robust,
    /// For models: slow, costly loads, one per fleet, served while the other nodes cannot be heard.
    AiOptimized,
}

words! { Strategy, "strategy":
    Fast = "fast",
    Balanced = "balanced",
    Robust = "robust",
    AiOptimized = "ai_optimized",
}

impl Strategy {
    /// What it sets, for the engine.
    #[must_use]
    pub const fn defaults(self) -> &'static EngineDefaults {
        match self {
            Self::Fast => &FAST,
            Self::Balanced => &BALANCED,
            Self::Robust => &ROBUST,
            Self::AiOptimized => &AI_OPTIMIZED,
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a [`Strategy`] sets; nothing in it is infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct EngineDefaults {
    /// How long after its ttl an entry may still be served.
    pub grace: Grace,
    /// What an in-process hit is worth while other nodes cannot be heard.
    pub coherence: Coherence,
    /// `XFetch` β of refresh ahead; `None` refreshes nothing ahead.
    pub refresh_beta: Option<f64>,
    /// After this long a caller who can be given a stale value gets it.
    pub soft_load_timeout: Option<Duration>,
    /// After this long a load has failed.
    pub hard_load_timeout: Duration,
    /// Whether nodes agree that one of them loads.
    pub lease: bool,
    /// The largest part of a ttl that is taken off at random, 0 to 1.
    pub jitter: f64,
}

/// Grace as a multiple of the ttl, with an upper bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grace {
    /// How many times the ttl.
    pub factor: u32,
    /// Never longer than this.
    pub cap: Duration,
}

impl Grace {
    /// The grace of an entry with this ttl.
    #[must_use]
    pub fn of(self, ttl: Duration) -> Duration {
        ttl.saturating_mul(self.factor).min(self.cap)
    }
}

/// What a node may serve from its own memory while it cannot hear the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Coherence {
    /// Every hit is validated in the shared store.
    Strict,
    /// Nothing is a hit for longer than this after it was superseded.
    Bounded(Duration),
    /// Served, and flagged as unverified.
    Available,
}

const FAST: EngineDefaults = EngineDefaults {
    grace: Grace { factor: 1, cap: Duration::from_mins(5) },
    coherence: Coherence::Bounded(Duration::from_secs(5)),
    refresh_beta: None,
    soft_load_timeout: None,
    hard_load_timeout: Duration::from_secs(10),
    lease: false,
    jitter: 0.0,
};

const BALANCED: EngineDefaults = EngineDefaults {
    grace: Grace { factor: 10, cap: Duration::from_hours(1) },
    coherence: Coherence::Bounded(Duration::from_secs(4)),
    refresh_beta: Some(1.0),
    soft_load_timeout: Some(Duration::from_millis(100)),
    hard_load_timeout: Duration::from_secs(10),
    lease: false,
    jitter: 0.1,
};

const ROBUST: EngineDefaults = EngineDefaults {
    grace: Grace { factor: 10, cap: Duration::from_hours(24) },
    coherence: Coherence::Bounded(Duration::from_secs(4)),
    refresh_beta: Some(1.0),
    soft_load_timeout: Some(Duration::from_millis(100)),
    hard_load_timeout: Duration::from_secs(30),
    lease: false,
    jitter: 0.1,
};

const AI_OPTIMIZED: EngineDefaults = EngineDefaults {
    grace: Grace { factor: 10, cap: Duration::from_hours(24) },
    coherence: Coherence::Available,
    refresh_beta: Some(1.0),
    soft_load_timeout: Some(Duration::from_secs(1)),
    hard_load_timeout: Duration::from_mins(2),
    lease: true,
    jitter: 0.1,
};
