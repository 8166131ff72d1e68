//! F1: every preset holds exactly what the table of presets says.

use std::time::Duration;

use larder_config::{AiSettings, Coherence, MemoryLimit, Preset, SETTINGS, Settings, Strategy, TextSizeTiers};

/// The table of presets, as the documentation prints it.
const TABLE: &str = "
| setting | disabled | minimal | simple | development | testing | production | ai-development | ai-production |
| strategy | fast | fast | balanced | fast | fast | robust | ai_optimized | ai_optimized |
| default_ttl | 300 | 900 | 3600 | 600 | 60 | 7200 | 1800 | 14400 |
| memory_cache_size | 10 | 25 | 100 | 50 | 25 | 500 | 100 | 1000 |
| compression_threshold | 10000 | 5000 | 1000 | 2000 | 5000 | 500 | 1000 | 300 |
| compression_level | 1 | 1 | 6 | 3 | 1 | 9 | 6 | 9 |
| max_connections | 1 | 2 | 5 | 3 | 2 | 20 | 5 | 25 |
| connection_timeout | 1 | 3 | 5 | 2 | 1 | 10 | 5 | 15 |
| enable_ai_cache | no | no | no | no | no | no | yes | yes |
| enable_monitoring | no | no | yes | yes | yes | yes | yes | yes |
| log_level | WARN | ERROR | INFO | DEBUG | WARN | INFO | DEBUG | INFO |
| contexts | testing, minimal | minimal, embedded, iot, container, serverless | development, testing, staging, production | development, local | testing, ci | production, staging | development, ai-development | production, ai-production |
| text_hash_threshold | – | – | – | – | – | – | 500 | 1000 |
| text_size_tiers | – | – | – | – | – | – | 500/2000/10000 | 1000/5000/25000 |
| summarize | – | – | – | – | – | – | 1800 | 14400 |
| sentiment | – | – | – | – | – | – | 900 | 7200 |
| key_points | – | – | – | – | – | – | 1200 | 10800 |
| questions | – | – | – | – | – | – | 1500 | 9600 |
| qa | – | – | – | – | – | – | 900 | 7200 |
| smart_promotion | – | – | – | – | – | – | on | on |
| max_text_length | – | – | – | – | – | – | 50000 | 200000 |
| readable_keys | – | – | – | – | – | – | on | off |
";

fn cell(settings: &Settings, row: &str) -> String {
    let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
    let on = |flag: bool| if flag { "on" } else { "off" }.to_owned();
    let ai = |read: &dyn Fn(&AiSettings) -> String| settings.ai.as_ref().map_or("–".into(), read);
    match row {
        "strategy" => settings.strategy.to_string(),
        "default_ttl" => settings.ttl().as_secs().to_string(),
        "memory_cache_size" => match settings.memory {
            MemoryLimit::Entries(entries) => entries.to_string(),
            MemoryLimit::Bytes(bytes) => format!("{bytes} bytes"),
        },
        "compression_threshold" => settings.compression_threshold.to_string(),
        "compression_level" => settings.compression_level.to_string(),
        "max_connections" => settings.max_connections.to_string(),
        "connection_timeout" => settings.connection_timeout.as_secs().to_string(),
        "enable_ai_cache" => yes(settings.ai.is_some()),
        "enable_monitoring" => yes(settings.enable_monitoring),
        "log_level" => settings.log_level.to_string(),
        "contexts" => settings.preset.about().contexts.join(", "),
        "text_hash_threshold" => ai(&|ai| ai.text_hash_threshold.to_string()),
        "text_size_tiers" => ai(&|ai| {
            let TextSizeTiers { small, medium, large } = ai.text_size_tiers;
            format!("{small}/{medium}/{large}")
        }),
        "smart_promotion" => ai(&|ai| on(ai.smart_promotion)),
        "max_text_length" => ai(&|ai| ai.max_text_length.to_string()),
        "readable_keys" => ai(&|ai| on(ai.readable_keys)),
        operation => ai(&|ai| ai.operation_ttls[operation].as_secs().to_string()),
    }
}

#[test]
fn f1_every_preset_holds_what_the_table_says() {
    let mut rows =
        TABLE.trim().lines().map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    let names = rows.next().unwrap();
    assert_eq!(names[1..], Preset::NAMES);
    for row in rows {
        for (name, expected) in names.iter().zip(&row).skip(1) {
            let settings = Settings::preset(Preset::parse(name).unwrap());
            assert_eq!(cell(&settings, row[0]), *expected, "{} of {name}", row[0]);
        }
    }
}

#[test]
fn f1_the_guide_shows_the_same_values() {
    let guide = include_str!("../../../docs/guide/configuration.md");
    for line in TABLE.trim().lines().filter(|line| !line.starts_with("| contexts")) {
        assert!(guide.contains(line), "the guide lacks {line}");
    }
}

#[test]
fn f1_ai_over_another_preset_takes_the_ai_defaults() {
    let ai = Settings::for_ai().ai.unwrap();
    let ttls: Vec<_> = ai.operation_ttls.iter().map(|(name, ttl)| (name.as_str(), ttl.as_secs())).collect();
    let expected = [("key_points", 7200), ("qa", 1800), ("questions", 3600), ("sentiment", 86400), ("summarize", 7200)];
    assert_eq!(ttls, expected);
    assert_eq!((ai.text_hash_threshold, ai.max_text_length), (1000, 100_000));
    let TextSizeTiers { small, medium, large } = ai.text_size_tiers;
    assert_eq!([small, medium, large], [500, 5_000, 50_000]);
    assert!(ai.smart_promotion && !ai.readable_keys);
}

#[test]
fn f3_the_templates_hold_what_the_factory_words_promise() {
    let facts = |s: &Settings| (s.ttl().as_secs(), s.memory, s.compression_threshold, s.compression_level);
    assert_eq!(facts(&Settings::for_web()), (1800, MemoryLimit::Entries(200), 2000, 4));
    assert_eq!(facts(&Settings::for_ai()), (3600, MemoryLimit::Entries(100), 1000, 6));
    assert_eq!(Settings::for_testing().ttl().as_secs(), 60);
    assert_eq!(Settings::for_testing().memory, MemoryLimit::Entries(25));
    assert!(Settings::for_testing().redis_url().is_none());
}

#[test]
fn f1_every_strategy_is_its_column_of_engine_defaults() {
    let row = |strategy: Strategy| {
        let engine = strategy.defaults();
        let hour = Duration::from_hours(1);
        let bound = match engine.coherence {
            Coherence::Bounded(bound) => bound.as_secs(),
            Coherence::Available => 0,
            other => panic!("{other:?}"),
        };
        (
            [engine.grace.of(Duration::from_secs(1)).as_secs(), engine.grace.of(hour * 24 * 30).as_secs()],
            bound,
            engine.refresh_beta,
            engine.soft_load_timeout.map(|soft| soft.as_millis()),
            engine.hard_load_timeout.as_secs(),
            engine.lease,
            engine.jitter,
        )
    };
    assert_eq!(row(Strategy::Fast), ([1, 300], 5, None, None, 10, false, 0.0));
    assert_eq!(row(Strategy::Balanced), ([10, 3_600], 4, Some(1.0), Some(100), 10, false, 0.1));
    assert_eq!(row(Strategy::Robust), ([10, 86_400], 4, Some(1.0), Some(100), 30, false, 0.1));
    assert_eq!(row(Strategy::AiOptimized), ([10, 86_400], 0, Some(1.0), Some(1000), 120, true, 0.1));
    assert_eq!(Strategy::Robust.defaults().grace.of(Duration::MAX), Duration::from_hours(24));
}

#[test]
fn f1_every_preset_is_valid_round_trips_and_can_be_chosen_by_any_case() {
    for preset in Preset::ALL {
        let settings = Settings::preset(preset);
        let warnings = settings.validate().unwrap();
        assert_eq!(warnings.len(), 0, "{preset}: {warnings:?}");
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings, "{preset}");
        assert_eq!(Preset::parse(&preset.name().to_uppercase()), Ok(preset));
        assert_eq!(serde_json::to_value(preset).unwrap(), preset.name());
        let about = preset.about();
        for words in
            [about.description, about.use_case, about.rationale, about.performance, about.resources, about.security]
        {
            assert!(words.ends_with('.') && words.len() > 20, "{preset}: {words}");
        }
    }
}

#[test]
fn f1_every_setting_of_the_table_is_exported_or_says_why_not() {
    let mut settings = Settings::preset(Preset::AiProduction);
    settings.allow_plaintext = Some("a reason".into());
    let exported = serde_json::to_value(&settings).unwrap();
    settings.memory = MemoryLimit::Bytes(1 << 20);
    let in_bytes = serde_json::to_value(&settings).unwrap();
    for setting in SETTINGS {
        let exported = exported.get(setting.name).or(in_bytes.get(setting.name)).is_some();
        let elsewhere = ["redis_url", "redis_url_file"].contains(&setting.name);
        assert!(exported != elsewhere, "{}", setting.name);
        assert!(setting.about.ends_with('.'), "{}", setting.name);
    }
    assert_eq!(exported.as_object().unwrap().len(), SETTINGS.len() - 3);
}
