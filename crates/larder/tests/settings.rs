//! Every setting that has a tier to act on has an effect (F1, F3).

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::io::Write;
use std::sync::{Arc, Mutex};

use larder::config::{Environment, Loader, Preset, Settings};
use larder::core::Departure;
use larder::prelude::*;
use larder::{Capacity, config};
use serde_json::json;

/// A larder as these variables say.
fn from(variables: &[(&str, &str)]) -> larder::Result<Larder> {
    let environment = Environment::from_pairs(variables.iter().map(|(name, value)| (*name, *value)));
    config::assemble(&Loader::new().environment(environment).load()?.settings)
}

fn with(custom: &serde_json::Value) -> Larder {
    from(&[("CACHE_PRESET", "ai-development"), ("CACHE_CUSTOM_CONFIG", &custom.to_string())]).unwrap()
}

fn reply() -> Reply {
    Reply::text("x")
}

fn ask(operation: &str, text: &str) -> AiRequest {
    AiRequest::new(Scope::public(), operation, text)
}

#[tokio::test]
async fn f1_every_preset_gives_a_larder_that_follows_it() {
    for preset in Preset::ALL {
        let settings = Settings::preset(preset);
        let larder = larder::from_settings(&settings).await.unwrap();
        let policy = larder.defaults();
        assert_eq!(policy.ttl, settings.default_ttl, "{preset}");
        assert_eq!(policy.max_load_time, settings.hard_load_timeout(), "{preset}");
        assert_eq!(policy.grace.of(policy.ttl), settings.grace_for(policy.ttl), "{preset}");
        assert!((policy.jitter - settings.jitter()).abs() < f64::EPSILON, "{preset}");
        assert_eq!((policy.soft_timeout, policy.lease), (settings.soft_load_timeout(), settings.lease()), "{preset}");
        assert_eq!(policy.refresh_ahead, settings.refresh_beta(), "{preset}");
        assert_eq!(format!("{:?}", policy.coherence), format!("{:?}", settings.coherence()), "{preset}");
        assert_eq!(larder.is_off(), preset == Preset::Disabled, "{preset}");
        assert_eq!(larder.part::<AiSettings>().unwrap().enabled, settings.ai.is_some(), "{preset}");
    }
}

#[tokio::test]
async fn f1_default_ttl_size_and_prefix_take_effect() {
    let larder = with(&json!({"default_ttl": 7, "memory_cache_size": 3, "prefix": "shop"}));
    assert_eq!(larder.prefix().as_str(), "shop");
    let cache = larder.cache::<u32>("numbers").build().unwrap();
    for key in 0..10 {
        let _written = cache.insert(key, key).await.unwrap();
    }
    let l1 = cache.statistics().l1;
    assert_eq!((l1.entries, l1.departures.of(Departure::Capacity) + l1.departures.of(Departure::Rejected)), (3, 7));
    let rest = cache.remaining_ttl(0).await.unwrap().or(cache.remaining_ttl(9).await.unwrap());
    assert!(rest.is_none_or(|rest| rest <= Duration::from_secs(7)));
    let larder = with(&json!({"memory_cache_bytes": 10_000}));
    assert_eq!(larder.defaults().capacity, Capacity::Bytes(10_000));
    let texts = larder.cache::<String>("texts").build().unwrap();
    let ai = AiCache::builder(&larder, "replies").build().unwrap();
    for number in 0..100 {
        let _written = texts.insert(number, "x".repeat(1_000)).await.unwrap();
        let _written = ai.put(&ask("qa", &number.to_string()), Reply::text("x".repeat(1_000))).await.unwrap();
    }
    for l1 in [texts.statistics().l1, ai.cache_statistics().l1] {
        assert!(l1.bytes.unwrap() <= 10_000 && (3..10).contains(&l1.entries), "{l1:?}");
    }
}

#[tokio::test]
async fn f1_disabled_really_disables() {
    let larder = from(&[("CACHE_PRESET", "disabled")]).unwrap();
    let unreachable = [("CACHE_PRESET", "disabled"), ("CACHE_REDIS_URL", "redis://localhost")];
    assert!(from(&unreachable).unwrap().is_off(), "what is disabled connects to nothing");
    let cache = larder.cache::<u32>("numbers").build().unwrap();
    assert!(!cache.insert(1, 1).await.unwrap().is_stored());
    assert_eq!(cache.get(1).await.unwrap().outcome(), Outcome::Disabled);
    let loaded = cache.get_or_load(1, |_| async { Ok::<_, Error>(5) }).await.unwrap();
    assert_eq!((*loaded, loaded.outcome()), (5, Outcome::Disabled));
}

#[tokio::test]
async fn f1_monitoring_is_a_switch() {
    for (monitored, word) in [(true, "true"), (false, "false")] {
        let larder = with(&json!({"enable_monitoring": word == "true"}));
        let cache = larder.cache::<u32>("numbers").build().unwrap();
        let _miss = cache.get(1).await.unwrap();
        assert_eq!(cache.statistics().outcomes.is_some(), monitored);
    }
}

#[tokio::test]
async fn f1_enable_ai_cache_turns_replies_on_and_off() {
    for (variables, kept) in [
        (vec![("CACHE_PRESET", "simple")], false),
        (vec![("CACHE_PRESET", "simple"), ("ENABLE_AI_CACHE", "yes")], true),
        (vec![("CACHE_PRESET", "ai-production")], true),
        (vec![("CACHE_PRESET", "ai-production"), ("ENABLE_AI_CACHE", "off")], false),
    ] {
        let ai = AiCache::builder(&from(&variables).unwrap(), "replies").build().unwrap();
        assert_eq!(ai.put(&ask("qa", "text"), reply()).await.unwrap().is_kept(), kept, "{variables:?}");
        let answer = ai.get_or_generate(&ask("qa", "text"), |_| async { Ok::<_, Error>(reply()) }).await.unwrap();
        assert_eq!(answer.is_hit(), kept, "{variables:?}");
        assert_eq!(answer.outcome() == Outcome::Disabled, !kept, "{variables:?}");
        assert_eq!(ai.get(&ask("qa", "text")).await.unwrap().is_some(), kept, "{variables:?}");
    }
}

#[tokio::test]
async fn f1_ai_settings_take_effect() {
    let larder = with(&json!({
        "operation_ttls": {"qa": 5},
        "text_size_tiers": {"small": 2, "medium": 3, "large": 4},
        "max_text_length": 10,
        "text_hash_threshold": 7,
    }));
    let ai = AiCache::builder(&larder, "replies").build().unwrap();
    assert_eq!(ai.settings().operation_ttls["qa"], Duration::from_secs(5));
    assert_eq!(ai.settings().operation_ttls["summarize"], Duration::from_secs(1800), "tables merge per key");
    assert!(ai.settings().readable_keys && ai.settings().text_hash_threshold == 7);
    assert!(!ai.put(&ask("qa", "eleven chars"), reply()).await.unwrap().is_kept());
    let tier = |text: &'static str| {
        let ai = ai.clone();
        async move {
            let generate = |_| async { Ok::<_, Error>(reply()) };
            ai.get_or_generate(&ask("qa", text), generate).await.unwrap().text_tier().as_str()
        }
    };
    assert_eq!(
        [tier("ab").await, tier("abc").await, tier("abcd").await, tier("abcde").await],
        ["small", "medium", "large", "xlarge"]
    );
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn f1_log_level_says_how_much_is_logged_and_no_key_or_value_is() {
    for (level, lookups, inserts) in [("ERROR", false, false), ("DEBUG", false, true), ("TRACE", true, true)] {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        let _listening = tracing::subscriber::set_default(subscriber);
        let larder = with(&json!({"log_level": level}));
        let cache = larder.cache::<String>("users").build().unwrap();
        assert!(cache.insert("the-key", "the-value".into()).await.unwrap().is_stored());
        assert!(cache.get("the-key").await.unwrap().is_hit());
        let told = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert_eq!((told.contains("hit_l1"), told.contains("insert")), (lookups, inserts), "{level}: {told}");
        assert!(!told.contains("the-key") && !told.contains("the-value"), "{told}");
    }
}

#[tokio::test]
async fn a_redis_that_this_build_cannot_reach_stops_the_start_and_says_so() {
    let error = from(&[("CACHE_REDIS_URL", "redis+cluster://user:hunter2@localhost:6379")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let told = format!("{error:?}");
    assert!(told.contains("redis_url") && !told.contains("hunter2"), "{told}");
    let sentinels = larder::for_web(Some("redis+sentinel://localhost/main")).await.unwrap_err();
    assert_eq!(sentinels.kind(), ErrorKind::Unsupported);
    assert_eq!(larder::for_ai(Some("nonsense")).await.unwrap_err().kind(), ErrorKind::Invalid);
    if cfg!(not(feature = "redis")) {
        let error = larder::for_web(Some("redis://localhost")).await.unwrap_err();
        assert!(error.kind() == ErrorKind::Unsupported && error.to_string().contains("feature `redis`"), "{error}");
    }
}

#[tokio::test]
async fn every_fault_stops_the_start_at_once() {
    let error = from(&[("CACHE_PRESET", "prod"), ("ENABLE_AI_CACHE", "maybe")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let told = format!("{error:?}");
    assert!(told.contains("CACHE_PRESET") && told.contains("ENABLE_AI_CACHE"), "{told}");
}

#[tokio::test]
async fn f3_the_factory_words() {
    let web = larder::for_web(None).await.unwrap();
    assert_eq!((web.defaults().ttl, web.defaults().capacity), (Duration::from_mins(30), Capacity::Entries(200)));
    let ai = larder::for_ai(None).await.unwrap();
    assert_eq!((ai.defaults().ttl, ai.defaults().capacity), (Duration::from_hours(1), Capacity::Entries(100)));
    assert_eq!(ai.part::<AiSettings>().unwrap().operation_ttls.len(), 5);
    let testing = larder::for_testing().await.unwrap();
    assert_eq!((testing.defaults().ttl, testing.defaults().capacity), (Duration::from_mins(1), Capacity::Entries(25)));
}
