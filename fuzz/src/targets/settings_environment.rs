//! Settings in variables, and variables that look as if they were settings.

use larder_config::{ConfigError, Environment, Loader, Report, variable};

use super::settings_text::{self, PASSWORD};
use crate::input::{Input, of_texts};
use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "settings-environment",
    says: "a variable set to nothing is a fault, what is taken holds together, every fault is named, and no password is told",
    check: |bytes| check(bytes, load),
    planted: |bytes| check(bytes, |pairs| load(&set(pairs))),
    bug: "a variable set to nothing counts as not set",
    seeds,
    tokens: &[
        "production",
        "ai-production",
        "disabled",
        "yes",
        "off",
        "redis://",
        "rediss://",
        "CACHE_",
        "TTL",
        " ",
        "{}",
    ],
    allowance: |bytes| 4 * Target::modest(bytes),
};

type Pairs<'a> = [(&'a str, &'a str)];

fn check(bytes: &[u8], load: fn(&Pairs<'_>) -> Result<Report, ConfigError>) -> Seen {
    let mut input = Input::new(bytes);
    let mut pairs = Vec::new();
    while pairs.len() < 6 && !input.is_empty() {
        let name = match input.below(6) {
            0 => variable::PRESET,
            1 => variable::REDIS_URL,
            2 => variable::ENABLE_AI,
            3 => variable::CUSTOM_CONFIG,
            _ => input.text(),
        };
        pairs.push((name, input.text().trim_start_matches('@')));
    }
    let loaded = load(&pairs);
    let last = |name: &str| pairs.iter().rfind(|(other, _)| *other == name).map(|(_, value)| value.trim());
    let nothing = variable::ALL.into_iter().any(|name| last(name) == Some(""));
    assert!(loaded.is_err() || !nothing, "taken although a variable is set to nothing");
    let whole = format!("{pairs:?}");
    let is_secret = pairs
        .iter()
        .all(|(name, value)| !name.contains(PASSWORD) && (*name == variable::REDIS_URL || !value.contains(PASSWORD)));
    Seen::of((settings_text::check(loaded, &whole, is_secret), pairs.len()))
}

fn load(pairs: &Pairs<'_>) -> Result<Report, ConfigError> {
    Loader::new().environment(Environment::from_pairs(pairs.iter().copied())).load()
}

fn set<'a>(pairs: &Pairs<'a>) -> Vec<(&'a str, &'a str)> {
    pairs.iter().copied().filter(|(_, value)| !value.trim().is_empty()).collect()
}

fn seeds() -> Vec<Vec<u8>> {
    let pair = |kind: u8, value: &str| [&[kind], &of_texts(&[value])[..]].concat();
    vec![
        [pair(0, "production"), pair(2, "yes")].concat(),
        [pair(0, "development"), pair(1, "redis://localhost:6379/2"), pair(3, r#"{"default_ttl":60}"#)].concat(),
        pair(1, &format!("rediss://user:{PASSWORD}@cache.example.org:6380")),
        [vec![4], of_texts(&["CACHE_TTL", "60"])].concat(),
    ]
}
