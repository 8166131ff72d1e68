//! F1: which source wins, what AI on and off bring, what is reported.

use std::fs;
use std::path::PathBuf;

use larder_config::{Environment, Loader, MemoryLimit, Preset, Report, Source};
use serde_json::json;

fn loader(pairs: &[(&str, &str)]) -> Loader {
    Loader::new().environment(Environment::from_pairs(pairs.iter().copied()))
}

fn load(pairs: &[(&str, &str)]) -> Report {
    loader(pairs).load().expect("the settings are right")
}

#[test]
fn f1_nothing_said_means_development_in_memory() {
    let report = load(&[]);
    assert_eq!(report.settings, larder_config::Settings::preset(Preset::Development));
    assert_eq!(report.lines().collect::<Vec<_>>(), ["preset development (default)"]);
}

/// Each source sets its own rank; the highest present one must win, for every subset of sources.
#[test]
fn f1_the_highest_source_wins_in_every_subset() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("first.json");
    let second = folder.path().join("second.toml");
    fs::write(&first, r#"{ "default_ttl": 1001, "enable_ai_cache": false }"#).unwrap();
    fs::write(&second, "default_ttl = 1002\nenable_ai_cache = true\n").unwrap();
    for subset in 0..32_u32 {
        let has = |bit: u32| subset & (1 << bit) != 0;
        let mut pairs = vec![("CACHE_PRESET", "production")];
        if has(2) {
            pairs.push(("ENABLE_AI_CACHE", "off"));
        }
        if has(3) {
            pairs.push(("CACHE_CUSTOM_CONFIG", r#"{"default_ttl":1003,"enable_ai_cache":true}"#));
        }
        let mut loader = loader(&pairs);
        for (bit, path) in [(0, &first), (1, &second)] {
            if has(bit) {
                loader = loader.file(path);
            }
        }
        if has(4) {
            loader = loader.override_with(json!({ "default_ttl": 1004, "enable_ai_cache": false }));
        }
        let report = loader.load().unwrap();
        let ttl = [(4, 1004), (3, 1003), (1, 1002), (0, 1001)].into_iter().find(|&(bit, _)| has(bit));
        assert_eq!(report.settings.ttl().as_secs(), ttl.map_or(7200, |(_, ttl)| ttl), "{subset:05b}");
        let ai = [(4, false), (3, true), (2, false), (1, true), (0, false)].into_iter().find(|&(bit, _)| has(bit));
        assert_eq!(report.settings.ai.is_some(), ai.is_some_and(|(_, on)| on), "{subset:05b}");
        let expected = match ttl.map(|(bit, _)| bit) {
            Some(4) => Source::Code,
            Some(3) => Source::Variable("CACHE_CUSTOM_CONFIG".into()),
            Some(1) => Source::File(second.clone()),
            Some(_) => Source::File(first.clone()),
            None => Source::Preset(Preset::Production),
        };
        assert_eq!(report.sources["default_ttl"], expected, "{subset:05b}");
    }
}

#[test]
fn f1_nested_tables_merge_per_key_and_each_part_knows_its_source() {
    let report = loader(&[
        ("CACHE_PRESET", "ai-production"),
        ("CACHE_CUSTOM_CONFIG", r#"{"operation_ttls":{"qa":60,"translate":5},"text_size_tiers":{"small":7}}"#),
    ])
    .set("operation_ttls", json!({ "qa": 61 }))
    .load()
    .unwrap();
    let ai = report.settings.ai.as_ref().unwrap();
    let seconds = |operation: &str| report.settings.ttl_of(operation).as_secs();
    assert_eq!(["qa", "translate", "summarize", "other"].map(seconds), [61, 5, 14_400, 14_400]);
    assert_eq!((ai.text_size_tiers.small, ai.text_size_tiers.medium), (7, 5_000));
    let source = |name: &str| report.sources[name].to_string();
    assert_eq!(source("operation_ttls.qa"), "code");
    assert_eq!(source("operation_ttls.translate"), "variable CACHE_CUSTOM_CONFIG");
    assert_eq!(source("operation_ttls.summarize"), "preset ai-production");
    assert_eq!(source("text_size_tiers.large"), "preset ai-production");
}

#[test]
fn f1_ai_switched_on_brings_the_defaults_and_off_takes_everything() {
    let on = load(&[("CACHE_PRESET", "simple"), ("ENABLE_AI_CACHE", "yes")]);
    assert_eq!(on.settings.ttl_of("sentiment").as_secs(), 86_400);
    assert_eq!(on.sources["operation_ttls.qa"], Source::AiDefaults);
    assert!(!on.settings.ai.unwrap().readable_keys);

    let developing = load(&[("ENABLE_AI_CACHE", "1")]);
    assert!(developing.settings.ai.unwrap().readable_keys, "keys are readable in presets for development");

    let off = load(&[("CACHE_PRESET", "ai-production"), ("ENABLE_AI_CACHE", "No")]);
    assert_eq!(off.settings.ai, None);
    assert!(!off.sources.keys().any(|name| name.starts_with("operation_ttls")));

    let idle = load(&[("CACHE_CUSTOM_CONFIG", r#"{"max_text_length":5}"#)]);
    assert!(idle.warnings[0].to_string().contains("has no effect while AI is off"), "{:?}", idle.warnings);
}

#[test]
fn f1_the_words_for_yes_and_no() {
    for (word, expected) in [
        ("true", Some(true)),
        ("1", Some(true)),
        ("yes", Some(true)),
        ("on", Some(true)),
        ("TRUE", Some(true)),
        ("Yes", Some(true)),
        ("oN", Some(true)),
        ("false", Some(false)),
        ("0", Some(false)),
        ("no", Some(false)),
        ("off", Some(false)),
        ("False", Some(false)),
        ("OFF", Some(false)),
        ("", None),
        (" ", None),
        ("t", None),
        ("y", None),
        ("2", None),
        ("enabled", None),
        (" true", None),
        ("true ", None),
        ("\"true\"", None),
        ("none", None),
    ] {
        let loaded = loader(&[("ENABLE_AI_CACHE", word)]).load();
        match expected {
            Some(on) => assert_eq!(loaded.unwrap().settings.ai.is_some(), on, "{word:?}"),
            None => assert_eq!(loaded.unwrap_err().faults()[0].setting, "enable_ai_cache", "{word:?}"),
        }
    }
}

#[test]
fn f1_entries_and_bytes_replace_each_other_across_sources() {
    let bytes = load(&[("CACHE_CUSTOM_CONFIG", r#"{"memory_cache_bytes":1048576}"#)]);
    assert_eq!(bytes.settings.memory, MemoryLimit::Bytes(1 << 20));
    let entries = loader(&[("CACHE_CUSTOM_CONFIG", r#"{"memory_cache_bytes":1048576}"#)]).set("memory_cache_size", 9);
    assert_eq!(entries.load().unwrap().settings.memory, MemoryLimit::Entries(9));
}

#[test]
fn f1_a_document_may_name_the_preset_and_a_displaced_variable_is_told() {
    let report = load(&[("CACHE_PRESET", "testing"), ("CACHE_CUSTOM_CONFIG", r#"{"preset":"Production"}"#)]);
    assert_eq!(report.settings.preset, Preset::Production);
    assert_eq!(report.settings.ttl().as_secs(), 7200);
    assert_eq!(
        report.warnings[0].to_string(),
        "preset = testing (variable CACHE_PRESET): is displaced by preset production (variable CACHE_CUSTOM_CONFIG); name the preset in one place"
    );
    assert_eq!(loader(&[]).preset(Preset::Simple).load().unwrap().settings.preset, Preset::Simple);
}

#[test]
fn f1_custom_config_may_live_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("c.json", r#"{"default_ttl": 42, "log_level": "debug"}"#),
        ("c.TOML", "default_ttl = 42\nlog_level = 'Debug'"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let report = load(&[("CACHE_CUSTOM_CONFIG", &format!("@{}", path.display()))]);
        assert_eq!(report.settings.ttl().as_secs(), 42);
        let shown = report.lines().nth(1).unwrap();
        assert_eq!(shown, format!("default_ttl = 42 (variable CACHE_CUSTOM_CONFIG, file {})", path.display()));
    }
}

#[test]
fn f1_every_override_is_told_once_with_its_source() {
    let report = loader(&[
        ("CACHE_PRESET", "ai-production"),
        ("CACHE_REDIS_URL", "rediss://app:hunter2@cache.example/3"),
        ("CACHE_CUSTOM_CONFIG", r#"{"operation_ttls":{"qa":60},"default_ttl":"Never"}"#),
    ])
    .set("enable_monitoring", false)
    .load()
    .unwrap();
    assert_eq!(
        report.lines().collect::<Vec<_>>(),
        [
            "preset ai-production (variable CACHE_PRESET)",
            "default_ttl = \"never\" (variable CACHE_CUSTOM_CONFIG)",
            "enable_monitoring = false (code)",
            "operation_ttls.qa = 60 (variable CACHE_CUSTOM_CONFIG)",
            "redis_url = rediss://***@cache.example:6379/3 (variable CACHE_REDIS_URL)",
        ]
    );
    assert_eq!(report.settings.ttl(), std::time::Duration::MAX);
}

#[test]
fn f1_a_secret_may_stand_in_a_file_or_another_variable() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("url");
    fs::write(&path, "redis://:pw@localhost:7000\n").unwrap();
    let custom = json!({ "redis_url_file": path }).to_string();
    let report = load(&[("CACHE_CUSTOM_CONFIG", &custom)]);
    assert_eq!(report.settings.redis_url().unwrap().expose(), "redis://:pw@localhost:7000");

    let named = load(&[("CACHE_REDIS_URL", "env:THEIR_URL"), ("THEIR_URL", "unix:///run/redis.sock")]);
    assert_eq!(named.settings.redis_url().unwrap().socket(), Some("/run/redis.sock".as_ref()));

    let missing = loader(&[("CACHE_REDIS_URL", "env:THEIR_URL")]).load().unwrap_err();
    assert_eq!(
        missing.faults()[0].to_string(),
        "redis_url (variable CACHE_REDIS_URL): names variable THEIR_URL, which is not set; set THEIR_URL"
    );
}
