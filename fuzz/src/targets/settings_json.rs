//! Settings as JSON, in the variable.

use larder_config::{ConfigError, Environment, Loader, Preset, Report, Settings, variable};

use super::settings_text::{self, PASSWORD, only_in_an_address};
use crate::{Seen, Target, input};

pub(super) const TARGET: Target = Target {
    name: "settings-json",
    says: "settings that are taken hold together and read back as the same, every fault is named, and no password is told",
    check: |bytes| check(bytes, load),
    planted: |bytes| check(bytes, up_to_the_last_brace),
    bug: "what follows the last brace is passed over",
    seeds,
    tokens: &[
        "\"default_ttl\"",
        "\"preset\"",
        "\"redis_url\"",
        "\"memory_cache_size\"",
        "\"operation_ttls\"",
        "null",
        "true",
        "{",
        "}",
        "[",
        ",",
        ":",
        "\"",
        "0",
        "-1",
        "1e9",
        "18446744073709551615",
    ],
    allowance: |bytes| 4 * Target::modest(bytes),
};

type Load = fn(&str) -> Result<Report, ConfigError>;

fn check(bytes: &[u8], load: Load) -> Seen {
    let text = input::valid(bytes);
    // What begins so names a file, which is no business of this target.
    if text.starts_with('@') {
        return Seen::of("file");
    }
    let loaded = load(text);
    assert!(loaded.is_err() || serde_json::from_str::<serde_json::Value>(text).is_ok(), "taken although it is no JSON");
    settings_text::check(loaded, text, only_in_an_address(text))
}

fn load(text: &str) -> Result<Report, ConfigError> {
    Loader::new().environment(Environment::from_pairs([(variable::CUSTOM_CONFIG, text)])).load()
}

fn up_to_the_last_brace(text: &str) -> Result<Report, ConfigError> {
    load(text.rfind('}').map_or(text, |last| &text[..=last]))
}

fn seeds() -> Vec<Vec<u8>> {
    let whole = |preset| serde_json::to_vec(&Settings::preset(preset)).expect("settings can be written");
    let mut seeds: Vec<Vec<u8>> = [Preset::Production, Preset::AiProduction, Preset::Disabled].map(whole).into();
    seeds.push(br#"{"default_ttl":600,"memory_cache_size":50}"#.to_vec());
    seeds.push(format!(r#"{{"redis_url":"redis://user:{PASSWORD}@localhost:6379/1"}}"#).into_bytes());
    seeds
}
