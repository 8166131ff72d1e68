//! Settings and presets of Larder: one variable instead of twenty-eight.
//!
//! A preset is the base, four environment variables change it, and everything else is a setting with a name. What is wrong is
//! said at once, all of it, with its source and the fix; nothing falls back silently.
//!
//! ```
//! use larder_config::{Environment, Loader};
//!
//! let environment = Environment::from_pairs([("CACHE_PRESET", "prodution"), ("ENABLE_AI_CACHE", "maybe")]);
//! let error = Loader::new().environment(environment).load().unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     r#"2 faults in the settings:
//!   preset = "prodution" (variable CACHE_PRESET): is not known; did you mean `production`?
//!   enable_ai_cache = "maybe" (variable ENABLE_AI_CACHE): is neither yes nor no; use true, 1, yes, on, false, 0, no or off"#
//! );
//! ```
//!
//! | to learn about | read |
//! | --- | --- |
//! | reading settings | [`load`], [`Loader`], [`Environment`], [`Report`] |
//! | the settings | [`Settings`], [`AiSettings`], [`SETTINGS`] |
//! | named settings | [`Preset`], [`PresetAbout`], [`Strategy`], [`EngineDefaults`] |
//! | where Redis is | [`RedisUrl`], [`Secret`] |
//! | a running cache | [`assemble`], [`announce`]; with the feature `redis`, `connected` |
//! | what is wrong | [`ConfigError`], [`Finding`], [`Source`] |

mod shown;
mod suggest;
mod words;

mod log_level;
mod preset;
mod preset_about;
mod preset_values;
mod strategy;

mod redis_url;
mod redis_url_parser;
mod secret;

mod setting;
mod settings;
mod table;
mod wire;

mod finding;
mod source;

mod assemble;
mod check;
mod document;
mod environment;
mod environment_layers;
mod exclusive;
mod file;
mod layer;
mod loader;
mod reachable;
mod report;
mod rules;
mod secrets;
#[cfg(feature = "redis")]
mod shared_tier;

pub use assemble::{announce, assemble};
pub use environment::{Environment, variable};
pub use finding::{ConfigError, Finding};
pub use loader::Loader;
pub use log_level::LogLevel;
pub use preset::Preset;
pub use preset_about::PresetAbout;
pub use redis_url::{RedisHost, RedisLayout, RedisUrl, RedisUrlError};
pub use report::Report;
pub use secret::Secret;
pub use setting::{Area, Fallback, Kind, Range, Setting};
pub use settings::{AiSettings, MemoryLimit, Settings, TextSizeTiers};
#[cfg(feature = "redis")]
pub use shared_tier::connected;
pub use source::Source;
pub use strategy::{Coherence, EngineDefaults, Grace, Strategy};
pub use suggest::Unknown;
pub use table::SETTINGS;

/// Reads the settings from this process's environment.
///
/// # Errors
/// Every fault at once, as [`Loader::load`].
pub fn load() -> Result<Report, ConfigError> {
    Loader::new().load()
}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/configuration.md")]
struct Guide;
