//! What each preset sets. Data only; the documentation shows the same table.

use crate::{LogLevel, Preset, Strategy};

/// One column of the table of presets. Times in seconds, sizes in entries, bytes or characters as the setting says.
pub(crate) struct PresetValues {
    pub(crate) strategy: Strategy,
    pub(crate) default_ttl: u64,
    pub(crate) memory_cache_size: u64,
    pub(crate) compression_threshold: u64,
    pub(crate) compression_level: u8,
    pub(crate) max_connections: u32,
    pub(crate) connection_timeout: u64,
    pub(crate) enable_monitoring: bool,
    pub(crate) log_level: LogLevel,
    /// What AI settings take when AI is on: the preset's own, or the AI defaults.
    pub(crate) ai: &'static AiValues,
    pub(crate) enable_ai_cache: bool,
    pub(crate) readable_keys: bool,
}

/// The AI part of a column.
pub(crate) struct AiValues {
    pub(crate) text_hash_threshold: u64,
    /// Small, medium, large.
    pub(crate) text_size_tiers: [u64; 3],
    pub(crate) operation_ttls: [(&'static str, u64); 5],
    pub(crate) smart_promotion: bool,
    pub(crate) max_text_length: u64,
}

impl Preset {
    pub(crate) const fn values(self) -> &'static PresetValues {
        match self {
            Self::Disabled => &DISABLED,
            Self::Minimal => &MINIMAL,
            Self::Simple => &SIMPLE,
            Self::Development => &DEVELOPMENT,
            Self::Testing => &TESTING,
            Self::Production => &PRODUCTION,
            Self::AiDevelopment => &AI_DEVELOPMENT,
            Self::AiProduction => &AI_PRODUCTION,
        }
    }
}

const DISABLED: PresetValues = PresetValues {
    strategy: Strategy::Fast,
    default_ttl: 300,
    memory_cache_size: 10,
    compression_threshold: 10_000,
    compression_level: 1,
    max_connections: 1,
    connection_timeout: 1,
    enable_monitoring: false,
    log_level: LogLevel::Warn,
    ai: &AI_DEFAULTS,
    enable_ai_cache: false,
    readable_keys: false,
};

const MINIMAL: PresetValues = PresetValues {
    strategy: Strategy::Fast,
    default_ttl: 900,
    memory_cache_size: 25,
    compression_threshold: 5_000,
    compression_level: 1,
    max_connections: 2,
    connection_timeout: 3,
    enable_monitoring: false,
    log_level: LogLevel::Error,
    ai: &AI_DEFAULTS,
    enable_ai_cache: false,
    readable_keys: false,
};

const SIMPLE: PresetValues = PresetValues {
    strategy: Strategy::Balanced,
    default_ttl: 3_600,
    memory_cache_size: 100,
    compression_threshold: 1_000,
    compression_level: 6,
    max_connections: 5,
    connection_timeout: 5,
    enable_monitoring: true,
    log_level: LogLevel::Info,
    ai: &AI_DEFAULTS,
    enable_ai_cache: false,
    readable_keys: false,
};

const DEVELOPMENT: PresetValues = PresetValues {
    strategy: Strategy::Fast,
    default_ttl: 600,
    memory_cache_size: 50,
    compression_threshold: 2_000,
    compression_level: 3,
    max_connections: 3,
    connection_timeout: 2,
    enable_monitoring: true,
    log_level: LogLevel::Debug,
    ai: &AI_DEFAULTS,
    enable_ai_cache: false,
    readable_keys: true,
};

const TESTING: PresetValues = PresetValues {
    strategy: Strategy::Fast,
    default_ttl: 60,
    memory_cache_size: 25,
    compression_threshold: 5_000,
    compression_level: 1,
    max_connections: 2,
    connection_timeout: 1,
    enable_monitoring: true,
    log_level: LogLevel::Warn,
    ai: &AI_DEFAULTS,
    enable_ai_cache: false,
    readable_keys: false,
};

const PRODUCTION: PresetValues = PresetValues {
    strategy: Strategy::Robust,
    default_ttl: 7_200,
    memory_cache_size: 500,
    compression_threshold: 500,
    compression_level: 9,
    max_connections: 20,
    connection_timeout: 10,
    enable_monitoring: true,
    log_level: LogLevel::Info,
    ai: &AI_DEFAULTS,
    enable_ai_cache: false,
    readable_keys: false,
};

const AI_DEVELOPMENT: PresetValues = PresetValues {
    strategy: Strategy::AiOptimized,
    default_ttl: 1_800,
    memory_cache_size: 100,
    compression_threshold: 1_000,
    compression_level: 6,
    max_connections: 5,
    connection_timeout: 5,
    enable_monitoring: true,
    log_level: LogLevel::Debug,
    ai: &AiValues {
        text_hash_threshold: 500,
        text_size_tiers: [500, 2_000, 10_000],
        operation_ttls: [
            ("summarize", 1_800),
            ("sentiment", 900),
            ("key_points", 1_200),
            ("questions", 1_500),
            ("qa", 900),
        ],
        smart_promotion: true,
        max_text_length: 50_000,
    },
    enable_ai_cache: true,
    readable_keys: true,
};

const AI_PRODUCTION: PresetValues = PresetValues {
    strategy: Strategy::AiOptimized,
    default_ttl: 14_400,
    memory_cache_size: 1_000,
    compression_threshold: 300,
    compression_level: 9,
    max_connections: 25,
    connection_timeout: 15,
    enable_monitoring: true,
    log_level: LogLevel::Info,
    ai: &AiValues {
        text_hash_threshold: 1_000,
        text_size_tiers: [1_000, 5_000, 25_000],
        operation_ttls: [
            ("summarize", 14_400),
            ("sentiment", 7_200),
            ("key_points", 10_800),
            ("questions", 9_600),
            ("qa", 7_200),
        ],
        smart_promotion: true,
        max_text_length: 200_000,
    },
    enable_ai_cache: true,
    readable_keys: false,
};

/// The AI settings of a preset that has none of its own.
const AI_DEFAULTS: AiValues = AiValues {
    text_hash_threshold: 1_000,
    text_size_tiers: [500, 5_000, 50_000],
    operation_ttls: [
        ("summarize", 7_200),
        ("sentiment", 86_400),
        ("key_points", 7_200),
        ("questions", 3_600),
        ("qa", 1_800),
    ],
    smart_promotion: true,
    max_text_length: 100_000,
};
