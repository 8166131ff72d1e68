//! The table of settings: the one place that knows their names, types and ranges.

use crate::setting::{Area, Fallback, Kind, Range, Setting};
use crate::{LogLevel, Preset, Strategy, suggest};

const DAY: u64 = 86_400;

/// A ttl longer than this is allowed, with a warning.
pub(crate) const LONG_TTL: u64 = 7 * DAY;

const TTL: Range = Range::new(1, 30 * DAY, "seconds");
const OPERATION_TTL: Range = Range::new(1, 3_650 * DAY, "seconds");
const ENTRIES: Range = Range::new(1, 10_000_000, "entries");
const MEMORY_BYTES: Range = Range::new(1_024, 1 << 40, "bytes");
const BYTES: Range = Range::new(0, u64::MAX, "bytes");
const LEVEL: Range = Range::new(1, 9, "");
const CONNECTIONS: Range = Range::new(1, 100, "connections");
const TIMEOUT: Range = Range::new(1, 60, "seconds");
const L2_TIMEOUT: Range = Range::new(1, 1_000, "milliseconds");
const HASH_THRESHOLD: Range = Range::new(1, 100_000, "characters");
const CHARACTERS: Range = Range::new(1, 100_000_000, "characters");

/// The fields of `text_size_tiers`, smallest first.
pub(crate) const TIERS: &[&str] = &["small", "medium", "large"];

const fn setting(name: &'static str, kind: Kind, default: Fallback, area: Area, about: &'static str) -> Setting {
    Setting { name, kind, default, area, secret: matches!(kind, Kind::Url), about }
}

/// Every setting, in the order of the documentation.
///
/// Parsing, validation, suggestions and documentation work from these rows and nothing else.
#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    setting("preset", Kind::Word(&Preset::NAMES), Fallback::Text("development"), Area::Cache,
        "The named settings on which everything else is laid."),
    setting("prefix", Kind::Name, Fallback::Text("larder"), Area::Cache,
        "The application's part of every key, so that two applications on one Redis never meet."),
    setting("strategy", Kind::Word(&Strategy::NAMES), Fallback::Preset, Area::Cache,
        "The column of engine defaults: grace, coherence, refresh ahead, timeouts, lease, jitter."),
    setting("default_ttl", Kind::SecondsOrNever(TTL), Fallback::Preset, Area::Cache,
        "How long an entry stays fresh when its cache does not say; `never` keeps it until it is removed or evicted."),
    setting("memory_cache_size", Kind::Whole(ENTRIES), Fallback::Preset, Area::Memory,
        "How many entries each cache keeps in this process; instead of `memory_cache_bytes`."),
    setting("memory_cache_bytes", Kind::Whole(MEMORY_BYTES), Fallback::Unset, Area::Memory,
        "How many bytes each cache keeps in this process; instead of `memory_cache_size`."),
    setting("compression_threshold", Kind::Whole(BYTES), Fallback::Preset, Area::Redis,
        "Payloads of at least this size are compressed."),
    setting("compression_level", Kind::Whole(LEVEL), Fallback::Preset, Area::Redis,
        "1 is fastest, 9 is smallest."),
    setting("max_connections", Kind::Whole(CONNECTIONS), Fallback::Preset, Area::Redis,
        "How many connections carry data to Redis; notices of other nodes have one more."),
    setting("connection_timeout", Kind::Whole(TIMEOUT), Fallback::Preset, Area::Redis,
        "How long to wait for Redis when somebody waits for it; one attempt takes at most a second of that."),
    setting("l2_read_timeout_ms", Kind::Whole(L2_TIMEOUT), Fallback::Text("50"), Area::Redis,
        "The longest that a read from Redis may take; then the answer is given without it."),
    setting("l2_write_timeout_ms", Kind::Whole(L2_TIMEOUT), Fallback::Text("250"), Area::Redis,
        "The longest that a write to Redis may take; then it is made up for later."),
    setting("redis_url", Kind::Url, Fallback::Unset, Area::Redis,
        "Where Redis is, or `env:NAME`; unset means memory only."),
    setting("redis_url_file", Kind::Text, Fallback::Unset, Area::Redis,
        "The path of a file that holds the Redis URL; instead of `redis_url`."),
    setting("allow_plaintext", Kind::Text, Fallback::Unset, Area::Redis,
        "The reason why a production preset may speak to a distant Redis without TLS."),
    setting("enable_monitoring", Kind::Flag, Fallback::Preset, Area::Insight,
        "Whether statistics are kept."),
    setting("log_level", Kind::Word(&LogLevel::NAMES), Fallback::Preset, Area::Insight,
        "How much is logged."),
    setting("enable_ai_cache", Kind::Flag, Fallback::Preset, Area::Cache,
        "Whether replies of models are cached with the settings below."),
    setting("text_hash_threshold", Kind::Whole(HASH_THRESHOLD), Fallback::Preset, Area::Ai,
        "Texts of more characters are hashed in keys, even in readable ones."),
    setting("text_size_tiers", Kind::Fields(TIERS, CHARACTERS), Fallback::Preset, Area::Ai,
        "The largest small, medium and large text; longer ones are extra large."),
    setting("operation_ttls", Kind::Named(OPERATION_TTL), Fallback::Preset, Area::Ai,
        "How long replies stay fresh, by operation; others take `default_ttl`."),
    setting("smart_promotion", Kind::Flag, Fallback::Preset, Area::Ai,
        "Whether text size and operation decide what is copied from Redis into memory."),
    setting("max_text_length", Kind::Whole(CHARACTERS), Fallback::Preset, Area::Ai,
        "Replies to longer texts are not cached."),
    setting("readable_keys", Kind::Flag, Fallback::Preset, Area::Ai,
        "Whether keys show short texts; for development, because keys are not secret."),
];

impl Setting {
    /// The row called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }

    /// The name that was probably meant.
    pub(crate) fn meant_by(name: &str) -> Option<&'static str> {
        suggest::nearest(name, SETTINGS.iter().map(|setting| setting.name))
    }
}
