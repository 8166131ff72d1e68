//! Events as log lines.

use std::hash::{DefaultHasher, Hash, Hasher};

use larder_core::{Event, Observer};

/// How much is logged: everything up to this level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Verbosity {
    /// Errors given to callers.
    Error,
    /// Also failed loads and tiers that could not be asked.
    Warn,
    /// Also invalidations of many entries.
    #[default]
    Info,
    /// Also loads, writes, removals and departures.
    Debug,
    /// Also every lookup.
    Trace,
}

/// An observer that logs events through `tracing`, under the target `larder`.
///
/// Lines carry the cache, a short hash of the key, outcomes and kinds of errors; never a key, a value or a prompt.
#[derive(Clone, Copy, Debug, Default)]
pub struct Logging {
    verbosity: Verbosity,
}

impl Logging {
    /// Logs up to `verbosity`.
    #[must_use]
    pub const fn new(verbosity: Verbosity) -> Self {
        Self { verbosity }
    }

    /// The level at which an event of this kind is logged.
    #[must_use]
    pub const fn level(event: &Event<'_>) -> Verbosity {
        match event {
            Event::Failure { .. } => Verbosity::Error,
            Event::Degrade { .. } | Event::Load { error: Some(_), .. } | Event::Store { error: Some(_), .. } => {
                Verbosity::Warn
            }
            Event::Invalidate { .. } => Verbosity::Info,
            Event::Lookup { .. } | Event::Store { .. } => Verbosity::Trace,
            _ => Verbosity::Debug,
        }
    }
}

macro_rules! log {
    ($verbosity:expr, $($fields:tt)*) => {
        match $verbosity {
            Verbosity::Error => tracing::error!(target: "larder", $($fields)*),
            Verbosity::Warn => tracing::warn!(target: "larder", $($fields)*),
            Verbosity::Info => tracing::info!(target: "larder", $($fields)*),
            Verbosity::Debug => tracing::debug!(target: "larder", $($fields)*),
            Verbosity::Trace => tracing::trace!(target: "larder", $($fields)*),
        }
    };
}

impl Observer for Logging {
    fn observe(&self, event: &Event<'_>) {
        let level = Self::level(event);
        if level > self.verbosity {
            return;
        }
        let (cache, op) = (event.source(), event.name());
        match event {
            Event::Lookup { key, outcome, .. } => {
                log!(level, cache, op, key_hash = short(key), result = outcome.as_str());
            }
            Event::Load { key, took, error, .. } => {
                let err_kind = error.map(|error| error.kind().as_str());
                let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                log!(level, cache, op, key_hash = short(key), took_us, err_kind);
            }
            Event::Refrain { key, error, .. } => {
                log!(level, cache, op, key_hash = short(key), err_kind = error.kind().as_str());
            }
            Event::Insert { key, .. } => log!(level, cache, op, key_hash = short(key)),
            Event::Remove { key, existed, .. } | Event::Expire { key, existed, .. } => {
                log!(level, cache, op, key_hash = short(key), existed);
            }
            Event::Left { key, cause, .. } => log!(level, cache, op, key_hash = short(key), cause = cause.as_str()),
            Event::Invalidate { count, .. } => log!(level, cache, op, count = count.exact()),
            Event::Degrade { error, .. } | Event::Failure { error, .. } => {
                log!(level, cache, op, err_kind = error.kind().as_str());
            }
            Event::Store { verb, error, .. } => {
                log!(level, cache, op, verb = verb.as_str(), err_kind = error.map(|error| error.kind().as_str()));
            }
            _ => log!(level, cache, op),
        }
    }
}

/// Enough of a key's hash to find two lines of one key in one build's log.
pub(crate) fn short(key: &str) -> String {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    format!("{:08x}", hasher.finish() >> 32)
}
