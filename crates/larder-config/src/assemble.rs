//! Settings become a running larder: the only place that assembles.

use larder_cache::{Grace, Larder, Logging, Policy, SystemClock, Verbosity};
use larder_core::Result;
use larder_memory::Capacity;

use crate::log_level::LogLevel;
use crate::redis_url::RedisUrl;
use crate::report::Report;
use crate::settings::{MemoryLimit, Settings};
#[cfg(feature = "redis")]
use crate::shared_tier;
use crate::strategy::Coherence;

/// Builds the larder that `settings` describe.
///
/// With a `redis_url` it has a shared tier, which connects in the background and waits for nothing: while the server is
/// away the larder answers without it, and [`Larder::l2`] says so. Disabled settings connect to nothing.
///
/// # Errors
/// `Invalid` with every fault of the settings, and for a `redis_url` outside a tokio runtime; `Unsupported` when it asks
/// for what this build cannot reach: a cluster, sentinels, or what needs the feature `redis` or `tls`.
pub fn assemble(settings: &Settings) -> Result<Larder> {
    settings.validate()?;
    let url = settings.redis_url().filter(|_| !settings.is_disabled());
    url.map_or(Ok(()), RedisUrl::check_reachable)?;
    let clock = SystemClock::new();
    let builder = Larder::builder()
        .prefix(settings.prefix.as_str())
        .defaults(policy(settings))
        .clock(clock)
        .monitoring(settings.enable_monitoring)
        .disabled(settings.is_disabled())
        .observer(Logging::new(verbosity(settings.log_level)));
    #[cfg(feature = "ai")]
    let builder = builder.part(ai_settings(settings));
    #[cfg(feature = "redis")]
    let builder = match url {
        Some(url) => shared_tier::add(builder, settings, url, clock)?,
        None => builder,
    };
    builder.build()
}

/// Says through `tracing`, once, what was read and from where; secrets are redacted.
pub fn announce(report: &Report) {
    for line in report.lines() {
        tracing::info!(target: "larder", "{line}");
    }
}

/// The defaults of every cache.
fn policy(settings: &Settings) -> Policy {
    let engine = settings.engine();
    Policy {
        ttl: settings.ttl(),
        grace: Grace::Times { factor: engine.grace.factor, limit: engine.grace.cap },
        capacity: match settings.memory {
            MemoryLimit::Entries(entries) => Capacity::Entries(entries),
            MemoryLimit::Bytes(bytes) => Capacity::Bytes(bytes),
        },
        max_load_time: settings.hard_load_timeout(),
        soft_timeout: settings.soft_load_timeout(),
        refresh_ahead: settings.refresh_beta(),
        lease: settings.lease(),
        coherence: coherence(settings.coherence()),
        jitter: settings.jitter(),
        ..Policy::default()
    }
}

const fn coherence(coherence: Coherence) -> larder_cache::Coherence {
    match coherence {
        Coherence::Strict => larder_cache::Coherence::Strict,
        Coherence::Bounded(bound) => larder_cache::Coherence::Bounded(bound),
        Coherence::Available => larder_cache::Coherence::Available,
    }
}

const fn verbosity(level: LogLevel) -> Verbosity {
    match level {
        LogLevel::Error => Verbosity::Error,
        LogLevel::Warn => Verbosity::Warn,
        LogLevel::Info => Verbosity::Info,
        LogLevel::Debug => Verbosity::Debug,
        LogLevel::Trace => Verbosity::Trace,
    }
}

/// The settings of AI caches; without an `ai` table they are off.
#[cfg(feature = "ai")]
fn ai_settings(settings: &Settings) -> larder_ai::AiSettings {
    let characters = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let Some(ai) = &settings.ai else {
        return larder_ai::AiSettings { enabled: false, ..larder_ai::AiSettings::default() };
    };
    let tiers = ai.text_size_tiers;
    larder_ai::AiSettings {
        enabled: true,
        text_hash_threshold: characters(ai.text_hash_threshold),
        readable_keys: ai.readable_keys,
        text_size_tiers: larder_ai::TextTiers {
            small: characters(tiers.small),
            medium: characters(tiers.medium),
            large: characters(tiers.large),
        },
        operation_ttls: ai.operation_ttls.clone(),
        max_text_length: characters(ai.max_text_length),
    }
}
