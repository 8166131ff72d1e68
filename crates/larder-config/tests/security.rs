//! B23, T10, T17, T32: URLs, redaction, plaintext, and what each preset allows.

use std::fmt::Debug;

use larder_config::{Environment, Loader, Preset, RedisLayout, RedisUrl, Settings};

const CANARY: &str = "c4n4ry";

/// What a URL is, in one line: layout, TLS, user, password, hosts, rest.
fn told(text: &str) -> String {
    match RedisUrl::parse(text) {
        Err(error) => format!("error: {}", error.why),
        Ok(url) => {
            let secret =
                |secret: Option<&larder_config::Secret<String>>| secret.map_or("-".into(), |s| s.expose().clone());
            let hosts: Vec<_> = url.hosts().iter().map(ToString::to_string).collect();
            let place = url.socket().map_or(hosts.join(","), |socket| socket.display().to_string());
            let kind = match url.layout() {
                RedisLayout::Single => "single",
                RedisLayout::Unix => "unix",
                RedisLayout::Sentinel => "sentinel",
                RedisLayout::Cluster => "cluster",
                _ => "new",
            };
            let tls = if url.is_tls() { "+tls" } else { "" };
            let service = url.service().map_or(String::new(), |service| format!(" {service}"));
            format!("{kind}{tls} {} {} {place}{service} {}", secret(url.user()), secret(url.password()), url.database())
        }
    }
}

const NO_HOST: &str = "error: names no host";
const SPECIAL: &str = "error: has a special character in its user or password";
const PORT: &str = "error: has a wrong port";
const DATABASE: &str = "error: has a wrong database";
const SCHEME: &str = "error: has a scheme that is not known";
const SPACE: &str = "error: has a space or a control character";
const PARAMETER: &str = "error: has a query parameter that is not known";

const URLS: &[(&str, &str)] = &[
    ("redis://localhost", "single - - localhost:6379 0"),
    ("redis://localhost:6380", "single - - localhost:6380 0"),
    ("redis://localhost/", "single - - localhost:6379 0"),
    ("redis://localhost/16", "single - - localhost:6379 16"),
    ("REDIS://LocalHost:1/2", "single - - LocalHost:1 2"),
    ("rediss://cache.example:65535/15", "single+tls - - cache.example:65535 15"),
    ("redis://:c4n4ry@host", "single - c4n4ry host:6379 0"),
    ("redis://app:c4n4ry@host", "single app c4n4ry host:6379 0"),
    ("redis://app:c4n4ry%40%2F%3A%25@host", "single app c4n4ry@/:% host:6379 0"),
    ("redis://app:c4n:4ry@host", "single app c4n:4ry host:6379 0"),
    ("redis://a%40b:c4n4ry@host", "single a@b c4n4ry host:6379 0"),
    ("redis://[::1]", "single - - [::1]:6379 0"),
    ("redis://[::1]:7000/1", "single - - [::1]:7000 1"),
    ("rediss://:c4n4ry@[2001:db8::1]:7000", "single+tls - c4n4ry [2001:db8::1]:7000 0"),
    ("redis://10.0.0.1:6379", "single - - 10.0.0.1:6379 0"),
    ("redis://redis_master.svc:6379", "single - - redis_master.svc:6379 0"),
    ("unix:///run/redis.sock", "unix - - /run/redis.sock 0"),
    ("unix://:c4n4ry@/run/redis.sock?db=3", "unix - c4n4ry /run/redis.sock 3"),
    ("unix:///run/a%20b.sock", "unix - - /run/a b.sock 0"),
    ("redis+sentinel://a,b:1/main", "sentinel - - a:26379,b:1 main 0"),
    ("redis+sentinel://u:c4n4ry@a/main/4", "sentinel u c4n4ry a:26379 main 4"),
    ("rediss+sentinel://a/main?sentinelUsername=s&sentinelPassword=c4n4ry", "sentinel+tls - - a:26379 main 0"),
    ("redis+cluster://a,b,[::1]:7001", "cluster - - a:6379,b:6379,[::1]:7001 0"),
    ("rediss+cluster://u:c4n4ry@a:7000/0", "cluster+tls u c4n4ry a:7000 0"),
    ("", "error: is empty"),
    ("localhost:6379", "error: has no scheme"),
    ("c4n4ry@localhost", "error: has no scheme"),
    ("redis:/localhost", "error: has no scheme"),
    ("http://localhost", SCHEME),
    ("https://u:c4n4ry@localhost", SCHEME),
    ("c4n4ry://localhost", SCHEME),
    ("://localhost", SCHEME),
    ("memcached://localhost", SCHEME),
    ("redis+sentinels://a/main", SCHEME),
    ("redis://", NO_HOST),
    ("redis:///0", NO_HOST),
    ("redis://:6379", NO_HOST),
    ("redis://u:c4n4ry@", NO_HOST),
    ("redis+cluster://a,,b", NO_HOST),
    ("redis://h:0", PORT),
    ("redis://h:65536", PORT),
    ("redis://h:", PORT),
    ("redis://h:+1", PORT),
    ("redis://h:c4n4ry", PORT),
    ("redis://[::1]:0", PORT),
    ("redis://h/256", DATABASE),
    ("redis://h/-1", DATABASE),
    ("redis://h/one", DATABASE),
    ("redis://h/1/2", DATABASE),
    ("unix:///s?db=", "error: has a query parameter without a value"),
    ("redis://::1:6379", "error: has an IPv6 address without brackets"),
    ("redis://[::1", "error: has an open bracket"),
    ("redis://[localhost]", "error: has brackets around what is no IPv6 address"),
    ("redis://[::1]6379", "error: has something between `]` and the port"),
    ("redis://hö.example", "error: has a host with a wrong character"),
    ("redis://a b", SPACE),
    ("redis://u:c4n4ry@h\n", SPACE),
    (" redis://h", SPACE),
    ("redis://u:c4n4ry%0A@h", "error: has an encoded control character"),
    ("redis://u:c4n@4ry@h", SPECIAL),
    ("redis://u:c4n/4ry@h", SPECIAL),
    ("redis://u:c4n?4ry@h", SPECIAL),
    ("redis://u:c4n#4ry@h", "error: has a `#`"),
    ("redis://u:c4n%4ry@h", "error: has a `%` that begins no code"),
    ("redis://u:c4n4ry%@h", "error: has a `%` that begins no code"),
    ("redis://u:c4n4ry%zz@h", "error: has a `%` that begins no code"),
    ("redis://u:%ff@h", "error: has encoded bytes that are not UTF-8"),
    ("redis://c4n4ry@h", "error: has a user without a password"),
    ("redis://u:@h", "error: has an empty password"),
    ("redis://a,b", "error: names several hosts"),
    ("redis://h?password=c4n4ry", "error: has a query"),
    ("redis+cluster://a/1", "error: names a database"),
    ("redis+sentinel://a", "error: names no service"),
    ("redis+sentinel://a/", "error: names no service"),
    ("redis+sentinel://a/main?c4n4ry=1", PARAMETER),
    ("redis+sentinel://a/main?sentinelUsername=c4n4ry", "error: has a sentinel user without a password"),
    ("unix://", "error: names no socket"),
    ("unix://run/redis.sock", "error: names no socket"),
    ("unix:///s?c4n4ry=1", PARAMETER),
];

#[test]
fn b23_every_form_of_url_is_parsed_or_refused() {
    for &(text, expected) in URLS {
        assert_eq!(told(text), expected, "{text:?}");
        let shown = match RedisUrl::parse(text) {
            Ok(url) => format!("{url} {url:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(!shown.contains("c4n") && !shown.contains("4ry"), "{shown}");
    }
}

#[test]
fn b23_what_is_shown_is_a_url_again() {
    for text in ["redis://h:1/2", "unix:///run/s", "redis+sentinel://a:1,b:2/main/3", "rediss+cluster://[::1]:7000"] {
        let shown = RedisUrl::parse(text).unwrap().to_string();
        assert_eq!(shown, text);
    }
}

#[test]
fn t17_production_refuses_plaintext_beyond_this_machine() {
    let urls = [
        ("redis://cache.example", true),
        ("redis://10.0.0.1", true),
        ("redis://localhost.example", true),
        ("redis+cluster://localhost,cache.example", true),
        ("redis+sentinel://cache.example/main", true),
        ("redis://localhost", false),
        ("redis://LOCALHOST.", false),
        ("redis://127.0.0.1", false),
        ("redis://127.9.9.9", false),
        ("redis://[::1]", false),
        ("redis://[::ffff:127.0.0.1]", false),
        ("unix:///run/redis.sock", false),
        ("rediss://cache.example", false),
        ("rediss+cluster://cache.example", false),
    ];
    for preset in Preset::ALL {
        for (url, distant) in urls {
            let load = |custom: &str| {
                let pairs =
                    [("CACHE_PRESET", preset.name()), ("CACHE_REDIS_URL", url), ("CACHE_CUSTOM_CONFIG", custom)];
                Loader::new().environment(Environment::from_pairs(pairs)).load()
            };
            let refused = distant && preset.is_production();
            assert_eq!(load("{}").is_err(), refused, "{preset} {url}");
            if distant {
                let report = load(r#"{"allow_plaintext":"the mesh encrypts"}"#).unwrap();
                let warned = report.warnings.iter().any(|warning| warning.why.starts_with("has no TLS"));
                assert!(warned, "{preset} {url}");
                assert!(load(r#"{"allow_plaintext":" "}"#).is_err(), "an empty reason is none");
            }
        }
    }
}

/// T32: what each preset allows. A change here is a change of its security.
#[test]
fn t32_what_each_preset_allows() {
    let row = |preset: Preset| {
        let mut settings = Settings::preset(preset);
        let readable = settings.ai.as_ref().is_some_and(|ai| ai.readable_keys);
        settings.redis_url = Some(RedisUrl::parse("redis://cache.example").unwrap());
        let plaintext = settings.validate().map_or("refused", |_| "warned");
        let redis = Settings::preset(preset).redis_url().is_some();
        let stale = settings.grace_for(settings.ttl()).as_secs();
        format!(
            "{preset}: plaintext {plaintext}, names a Redis {redis}, readable keys {readable}, stale at most {stale} s, log {}",
            settings.log_level
        )
    };
    assert_eq!(
        Preset::ALL.map(row),
        [
            "disabled: plaintext warned, names a Redis false, readable keys false, stale at most 300 s, log WARN",
            "minimal: plaintext warned, names a Redis false, readable keys false, stale at most 300 s, log ERROR",
            "simple: plaintext warned, names a Redis false, readable keys false, stale at most 3600 s, log INFO",
            "development: plaintext warned, names a Redis false, readable keys false, stale at most 300 s, log DEBUG",
            "testing: plaintext warned, names a Redis false, readable keys false, stale at most 60 s, log WARN",
            "production: plaintext refused, names a Redis false, readable keys false, stale at most 72000 s, log INFO",
            "ai-development: plaintext warned, names a Redis false, readable keys true, stale at most 18000 s, log DEBUG",
            "ai-production: plaintext refused, names a Redis false, readable keys false, stale at most 86400 s, log INFO",
        ]
    );
}

fn clean(what: &str, shown: &impl Debug) {
    let shown = format!("{shown:?} {shown:#?}");
    assert!(!shown.contains(CANARY), "{what}: {shown}");
}

#[test]
fn t10_no_secret_leaves_through_any_output() {
    let secret_urls = [
        format!("redis://u:{CANARY}@localhost"),
        format!("redis://{CANARY}:{CANARY}@cache.example"),
        format!("redis+sentinel://a/main?sentinelUsername={CANARY}&sentinelPassword={CANARY}"),
        format!("unix://:{CANARY}@/run/redis.sock"),
    ];
    for url in &secret_urls {
        for preset in Preset::NAMES {
            let environment = Environment::from_pairs([("CACHE_PRESET", preset), ("CACHE_REDIS_URL", url)]);
            clean("environment", &environment);
            let loader = Loader::new().environment(environment).set("redis_url", url);
            clean("loader", &loader);
            match loader.load() {
                Ok(report) => {
                    clean("report", &report);
                    clean("lines", &report.lines().collect::<Vec<_>>());
                    clean("export", &serde_json::to_string(&report.settings));
                    clean("warnings", &report.warnings.iter().map(ToString::to_string).collect::<Vec<_>>());
                }
                Err(error) => {
                    clean("error", &error);
                    clean("error text", &error.to_string());
                    clean("core error", &larder_core::Error::from(error));
                }
            }
        }
    }
}

#[test]
fn t10_no_secret_leaves_through_a_misplaced_value() {
    let url = format!("redis://u:{CANARY}@h");
    for (name, text) in [
        ("CACHE_PRESET", url.clone()),
        ("ENABLE_AI_CACHE", url.clone()),
        ("CACHE_REDIS_URL", format!("redis//u:{CANARY}@h")),
        ("CACHE_REDIS_URL", CANARY.to_owned()),
        ("CACHE_CUSTOM_CONFIG", url.clone()),
        ("CACHE_CUSTOM_CONFIG", format!(r#"{{"redis_ur":"{CANARY}"}}"#)),
        ("CACHE_CUSTOM_CONFIG", format!(r#"{{"redis_url":"{CANARY}"}}"#)),
        ("CACHE_CUSTOM_CONFIG", format!(r#"{{"redis_url":["{CANARY}"]}}"#)),
        ("CACHE_CUSTOM_CONFIG", format!(r#"{{"default_ttl":"{url}"}}"#)),
        ("CACHE_CUSTOM_CONFIG", format!(r#"{{"default_ttl":["{CANARY}"]}}"#)),
        ("CACHE_CUSTOM_CONFIG", format!(r#"{{"redis_url":"{CANARY}" "#)),
        ("CACHE_CUSTOM_CONFIG", format!(r#"{{"redis_url":{CANARY}}}"#)),
        ("CACHE_CUSTOM_CONFIG", format!(r#""{CANARY}""#)),
    ] {
        let error = Loader::new().environment(Environment::from_pairs([(name, &text)])).load().unwrap_err();
        clean(&text, &error);
        assert!(!error.to_string().contains(CANARY), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    for (index, text) in [
        format!("redis_url = {CANARY}"),
        format!("redis_url = \"{CANARY}"),
        format!("redis_url = \"\"\"{CANARY}"),
        format!("redis_url = '{CANARY}' {CANARY}"),
        format!("[redis_url]\nx = 1\n[redis_url]\n{CANARY} = 1"),
        format!("default_ttl = '{CANARY}@'"),
    ]
    .iter()
    .enumerate()
    {
        let path = folder.path().join(format!("{index}.toml"));
        std::fs::write(&path, text).unwrap();
        let error = Loader::new().environment(Environment::empty()).file(&path).load().unwrap_err();
        assert!(!error.to_string().contains(CANARY), "{error}");
    }
}

#[test]
fn t10_a_secret_file_that_is_wrong_is_not_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    std::fs::write(&path, CANARY).unwrap();
    let error = Loader::new().environment(Environment::empty()).set("redis_url_file", &path).load().unwrap_err();
    assert_eq!(
        error.faults()[0].to_string(),
        "redis_url (code): has no scheme; begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://"
    );
}

proptest::proptest! {
    #[test]
    fn b23_no_text_panics_the_parser_or_shows_its_password(text in ".*", password in "[a-z]{12}") {
        let _ = RedisUrl::parse(&text);
        let wrapped = RedisUrl::parse(&format!("redis://u:{password}@{text}"));
        if let Ok(url) = wrapped {
            let shown = format!("{url} {url:?}");
            proptest::prop_assert!(!shown.contains(&password));
        }
    }

    #[test]
    fn b26_no_text_panics_the_loader(text in ".*") {
        let pairs = [("CACHE_CUSTOM_CONFIG", &text), ("CACHE_PRESET", &text), ("ENABLE_AI_CACHE", &text)];
        let pairs = pairs.map(|(name, text)| (name, text.replace('\0', "")));
        let _ = Loader::new().environment(Environment::from_pairs(pairs)).load();
    }
}

#[test]
fn t10_what_follows_env_is_shown_only_if_it_is_a_name() {
    let url = "env:redis://user:hunter2@x";
    let environment = Environment::from_pairs([("CACHE_REDIS_URL", url)]);
    let error = Loader::new().environment(environment).load().unwrap_err().to_string();
    assert!(error.contains("no name of a variable") && !error.contains("hunter2"), "{error}");
}
