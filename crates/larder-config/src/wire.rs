//! Settings as the flat table of names that files and variables use.

use std::collections::BTreeMap;
use std::time::Duration;

use larder_core::Name;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Value, json};

use crate::document::{self, Document};
use crate::loader::Loader;
use crate::{AiSettings, Environment, LogLevel, MemoryLimit, Preset, RedisUrl, Settings, Strategy, TextSizeTiers};

impl Settings {
    /// Every setting by its name, without secrets.
    pub(crate) fn to_document(&self) -> Document {
        let (size, limit) = match self.memory {
            MemoryLimit::Entries(entries) => ("memory_cache_size", entries),
            MemoryLimit::Bytes(bytes) => ("memory_cache_bytes", bytes),
        };
        let mut document = Document::from_iter(
            [
                ("preset", json!(self.preset)),
                ("prefix", json!(self.prefix.as_str())),
                ("strategy", json!(self.strategy)),
                ("default_ttl", seconds(self.default_ttl)),
                (size, json!(limit)),
                ("compression_threshold", json!(self.compression_threshold)),
                ("compression_level", json!(self.compression_level)),
                ("max_connections", json!(self.max_connections)),
                ("connection_timeout", seconds(self.connection_timeout)),
                ("l2_read_timeout_ms", milliseconds(self.l2_read_timeout)),
                ("l2_write_timeout_ms", milliseconds(self.l2_write_timeout)),
                ("enable_monitoring", json!(self.enable_monitoring)),
                ("log_level", json!(self.log_level)),
                ("enable_ai_cache", json!(self.ai.is_some())),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        if let Some(reason) = &self.allow_plaintext {
            document.insert("allow_plaintext".into(), json!(reason));
        }
        document.extend(self.ai.iter().flat_map(AiSettings::to_document));
        document
    }
}

impl AiSettings {
    pub(crate) fn to_document(&self) -> Document {
        let ttls: BTreeMap<_, _> = self.operation_ttls.iter().map(|(name, &ttl)| (name, seconds(ttl))).collect();
        let TextSizeTiers { small, medium, large } = self.text_size_tiers;
        Document::from_iter(
            [
                ("text_hash_threshold", json!(self.text_hash_threshold)),
                ("text_size_tiers", json!({ "small": small, "medium": medium, "large": large })),
                ("operation_ttls", json!(ttls)),
                ("smart_promotion", json!(self.smart_promotion)),
                ("max_text_length", json!(self.max_text_length)),
                ("readable_keys", json!(self.readable_keys)),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        )
    }
}

/// Whole seconds; a part of a second shows as a fraction, which validation then names.
fn seconds(duration: Duration) -> Value {
    match duration {
        Duration::MAX => json!("never"),
        whole if whole.subsec_nanos() == 0 => json!(whole.as_secs()),
        part => json!(part.as_secs_f64()),
    }
}

/// Whole milliseconds; a part of one shows as a fraction, as above.
fn milliseconds(duration: Duration) -> Value {
    match u64::try_from(duration.as_millis()) {
        Ok(whole) if Duration::from_millis(whole) == duration => json!(whole),
        _ => json!(duration.as_secs_f64() * 1_000.0),
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_document().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = document::deserialize(deserializer)?;
        let loader = Loader::new().environment(Environment::empty()).document(document);
        loader.load().map(|report| report.settings).map_err(de::Error::custom)
    }
}

/// The merged table, before it becomes [`Settings`]. AI settings are always there; the switch decides whether they stay.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Flat {
    preset: Preset,
    prefix: String,
    strategy: Strategy,
    default_ttl: Seconds,
    memory_cache_size: Option<u64>,
    memory_cache_bytes: Option<u64>,
    compression_threshold: u64,
    compression_level: u8,
    max_connections: u32,
    connection_timeout: u64,
    l2_read_timeout_ms: u64,
    l2_write_timeout_ms: u64,
    enable_monitoring: bool,
    log_level: LogLevel,
    redis_url: Option<String>,
    allow_plaintext: Option<String>,
    enable_ai_cache: bool,
    text_hash_threshold: u64,
    text_size_tiers: FlatTiers,
    operation_ttls: BTreeMap<String, u64>,
    smart_promotion: bool,
    max_text_length: u64,
    readable_keys: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlatTiers {
    small: u64,
    medium: u64,
    large: u64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Whole(u64),
    Word(Never),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Never {
    Never,
}

impl Flat {
    /// `None` when a value is not what the table of settings promised.
    pub(crate) fn into_settings(self) -> Option<Settings> {
        let ai = self.enable_ai_cache.then(|| self.ai());
        let memory = match (self.memory_cache_size, self.memory_cache_bytes) {
            (Some(entries), None) => MemoryLimit::Entries(entries),
            (None, Some(bytes)) => MemoryLimit::Bytes(bytes),
            (Some(_), Some(_)) | (None, None) => return None,
        };
        Some(Settings {
            preset: self.preset,
            prefix: Name::new(self.prefix).ok()?,
            strategy: self.strategy,
            default_ttl: match self.default_ttl {
                Seconds::Whole(seconds) => Duration::from_secs(seconds),
                Seconds::Word(Never::Never) => Duration::MAX,
            },
            memory,
            compression_threshold: self.compression_threshold,
            compression_level: self.compression_level,
            max_connections: self.max_connections,
            connection_timeout: Duration::from_secs(self.connection_timeout),
            l2_read_timeout: Duration::from_millis(self.l2_read_timeout_ms),
            l2_write_timeout: Duration::from_millis(self.l2_write_timeout_ms),
            enable_monitoring: self.enable_monitoring,
            log_level: self.log_level,
            redis_url: self.redis_url.map(|url| RedisUrl::parse(&url)).transpose().ok()?,
            allow_plaintext: self.allow_plaintext,
            ai,
        })
    }

    fn ai(&self) -> AiSettings {
        let FlatTiers { small, medium, large } = self.text_size_tiers;
        let ttls = self.operation_ttls.iter();
        AiSettings {
            text_hash_threshold: self.text_hash_threshold,
            text_size_tiers: TextSizeTiers { small, medium, large },
            operation_ttls: ttls.map(|(name, &seconds)| (name.clone(), Duration::from_secs(seconds))).collect(),
            smart_promotion: self.smart_promotion,
            max_text_length: self.max_text_length,
            readable_keys: self.readable_keys,
        }
    }
}
