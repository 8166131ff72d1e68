//! Settings become a running larder: the only place that assembles.

use larder_cache::{Grace, Larder, Logging, Policy, Verbosity};
use larder_core::{Error, Result};
use larder_memory::Capacity;

use crate::log_level::LogLevel;
use crate::report::Report;
use crate::settings::{MemoryLimit, Settings};

/// Builds the larder that `settings` describe.
///
/// # Errors
/// `Invalid` with every fault of the settings; `Unsupported` when they name a Redis, which this build cannot reach.
/// Disabled settings need none, so they may name one.
pub fn assemble(settings: &Settings) -> Result<Larder> {
    settings.validate()?;
    if let Some(url) = settings.redis_url().filter(|_| !settings.is_disabled()) {
        let why = "this build has no Redis tier yet; leave out `redis_url` (CACHE_REDIS_URL) to cache in this process";
        return Err(Error::unsupported("assemble", why).with("redis_url", url));
    }
    let builder = Larder::builder()
        .prefix(settings.prefix.as_str())
        .defaults(policy(settings))
        .monitoring(settings.enable_monitoring)
        .disabled(settings.is_disabled())
        .observer(Logging::new(verbosity(settings.log_level)));
    #[cfg(feature = "ai")]
    let builder = builder.part(ai_settings(settings));
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
        jitter: settings.jitter(),
        ..Policy::default()
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
