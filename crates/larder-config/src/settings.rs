//! The settings themselves: checked values that the rest of Larder is built from.

use std::collections::BTreeMap;
use std::time::Duration;

use larder_core::Name;

use crate::preset_values::{AiValues, PresetValues};
use crate::{Coherence, ConfigError, EngineDefaults, Finding, LogLevel, Preset, RedisUrl, Strategy, rules};

/// Everything that can be tuned, with nothing left open.
///
/// Made by [`load`](crate::load), a [`Loader`](crate::Loader), a preset or a template. It serialises to the flat table that
/// files and `CACHE_CUSTOM_CONFIG` use, without secrets, and reads back from it; what a document leaves out comes from its
/// `preset`. Changing a field directly is allowed; [`validate`](Self::validate) says whether it still fits together.
///
/// ```
/// use larder_config::{Preset, Settings};
///
/// let settings = Settings::preset(Preset::Production);
/// assert_eq!(settings.ttl().as_secs(), 7200);
/// assert_eq!(settings.grace_for(settings.ttl()).as_secs(), 20 * 3600);
///
/// let text = serde_json::to_string(&settings)?;
/// assert_eq!(serde_json::from_str::<Settings>(&text)?, settings);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// The preset these settings began as; `disabled` and the production presets keep their meaning.
    pub preset: Preset,
    /// The application's part of every key.
    pub prefix: Name,
    /// The column of engine defaults.
    pub strategy: Strategy,
    /// How long an entry stays fresh; [`Duration::MAX`] means for ever.
    pub default_ttl: Duration,
    /// How much each cache keeps in this process.
    pub memory: MemoryLimit,
    /// Payloads of at least this many bytes are compressed.
    pub compression_threshold: u64,
    /// 1 is fastest, 9 is smallest.
    pub compression_level: u8,
    /// How many connections carry data to Redis; notices of other nodes have one more.
    pub max_connections: u32,
    /// How long to wait for Redis when somebody waits for it; one attempt takes at most a second of that.
    pub connection_timeout: Duration,
    /// The longest that a read from Redis may take.
    pub l2_read_timeout: Duration,
    /// The longest that a write to Redis may take.
    pub l2_write_timeout: Duration,
    /// Whether statistics are kept.
    pub enable_monitoring: bool,
    /// How much is logged.
    pub log_level: LogLevel,
    /// Where Redis is; `None` means memory only.
    pub redis_url: Option<RedisUrl>,
    /// Why a production preset may speak to a distant Redis without TLS.
    pub allow_plaintext: Option<String>,
    /// How replies of models are cached; `None` while AI is off.
    pub ai: Option<AiSettings>,
}

/// How much each cache keeps in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemoryLimit {
    /// This many entries.
    Entries(u64),
    /// This many bytes.
    Bytes(u64),
}

/// How replies of models are cached.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AiSettings {
    /// Texts of more characters are hashed in keys, even in readable ones.
    pub text_hash_threshold: u64,
    /// Where text tiers end.
    pub text_size_tiers: TextSizeTiers,
    /// How long replies stay fresh, by operation; others take the default ttl.
    pub operation_ttls: BTreeMap<String, Duration>,
    /// Whether text size and operation decide what is copied from Redis into memory.
    pub smart_promotion: bool,
    /// Replies to texts of more characters are not cached.
    pub max_text_length: u64,
    /// Whether keys show short texts.
    pub readable_keys: bool,
}

/// The largest small, medium and large text, in characters; longer ones are extra large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The type's own line says what each is.
pub struct TextSizeTiers {
    pub small: u64,
    pub medium: u64,
    pub large: u64,
}

impl Settings {
    /// The settings of a preset, as they are.
    #[must_use]
    pub fn preset(preset: Preset) -> Self {
        let values = preset.values();
        Self {
            preset,
            prefix: Name::new("larder").expect("made of letters"),
            strategy: values.strategy,
            default_ttl: Duration::from_secs(values.default_ttl),
            memory: MemoryLimit::Entries(values.memory_cache_size),
            compression_threshold: values.compression_threshold,
            compression_level: values.compression_level,
            max_connections: values.max_connections,
            connection_timeout: Duration::from_secs(values.connection_timeout),
            l2_read_timeout: Duration::from_millis(50),
            l2_write_timeout: Duration::from_millis(250),
            enable_monitoring: values.enable_monitoring,
            log_level: values.log_level,
            redis_url: None,
            allow_plaintext: None,
            ai: values.enable_ai_cache.then(|| AiSettings::of(values)),
        }
    }

    /// For a web service: half an hour, 200 entries.
    #[must_use]
    pub fn for_web() -> Self {
        Self {
            default_ttl: Duration::from_mins(30),
            memory: MemoryLimit::Entries(200),
            compression_threshold: 2_000,
            compression_level: 4,
            ..Self::preset(Preset::Simple)
        }
    }

    /// For an application of language models: an hour, 100 entries, the AI defaults.
    #[must_use]
    pub fn for_ai() -> Self {
        Self {
            strategy: Strategy::AiOptimized,
            default_ttl: Duration::from_hours(1),
            memory: MemoryLimit::Entries(100),
            compression_threshold: 1_000,
            compression_level: 6,
            ai: Some(AiSettings::of(Preset::Simple.values())),
            ..Self::preset(Preset::Simple)
        }
    }

    /// For tests: a minute, 25 entries, memory only.
    #[must_use]
    pub fn for_testing() -> Self {
        Self::preset(Preset::Testing)
    }

    /// True when nothing is cached at all.
    #[must_use]
    pub const fn is_disabled(&self) -> bool {
        matches!(self.preset, Preset::Disabled)
    }

    /// Where Redis is, when there is one.
    #[must_use]
    pub const fn redis_url(&self) -> Option<&RedisUrl> {
        self.redis_url.as_ref()
    }

    /// How long an entry stays fresh; [`Duration::MAX`] means for ever.
    #[must_use]
    pub const fn ttl(&self) -> Duration {
        self.default_ttl
    }

    /// How long a reply to `operation` stays fresh.
    #[must_use]
    pub fn ttl_of(&self, operation: &str) -> Duration {
        self.ai.as_ref().and_then(|ai| ai.operation_ttls.get(operation).copied()).unwrap_or(self.default_ttl)
    }

    /// What the strategy sets for the engine.
    #[must_use]
    pub const fn engine(&self) -> &'static EngineDefaults {
        self.strategy.defaults()
    }

    /// How long after `ttl` an entry may still be served.
    #[must_use]
    pub fn grace_for(&self, ttl: Duration) -> Duration {
        self.engine().grace.of(ttl)
    }

    /// What a hit in memory is worth while other nodes cannot be heard.
    #[must_use]
    pub const fn coherence(&self) -> Coherence {
        self.engine().coherence
    }

    /// `XFetch` β of refresh ahead; `None` refreshes nothing ahead.
    #[must_use]
    pub const fn refresh_beta(&self) -> Option<f64> {
        self.engine().refresh_beta
    }

    /// After this long a caller who can be given a stale value gets it.
    #[must_use]
    pub const fn soft_load_timeout(&self) -> Option<Duration> {
        self.engine().soft_load_timeout
    }

    /// After this long a load has failed.
    #[must_use]
    pub const fn hard_load_timeout(&self) -> Duration {
        self.engine().hard_load_timeout
    }

    /// Whether nodes agree that one of them loads.
    #[must_use]
    pub const fn lease(&self) -> bool {
        self.engine().lease
    }

    /// The largest part of a ttl that is taken off at random, 0 to 1.
    #[must_use]
    pub const fn jitter(&self) -> f64 {
        self.engine().jitter
    }

    /// Checks every range and every rule between settings; the answer is what is odd but allowed.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn validate(&self) -> Result<Vec<Finding>, ConfigError> {
        rules::validate(self)
    }
}

impl AiSettings {
    /// The AI settings that go with a preset: its own, or the AI defaults.
    pub(crate) fn of(values: &PresetValues) -> Self {
        let AiValues { text_hash_threshold, text_size_tiers: [small, medium, large], .. } = *values.ai;
        let ttls = values.ai.operation_ttls.iter();
        Self {
            text_hash_threshold,
            text_size_tiers: TextSizeTiers { small, medium, large },
            operation_ttls: ttls.map(|&(name, seconds)| (name.to_owned(), Duration::from_secs(seconds))).collect(),
            smart_promotion: values.ai.smart_promotion,
            max_text_length: values.ai.max_text_length,
            readable_keys: values.readable_keys,
        }
    }
}
