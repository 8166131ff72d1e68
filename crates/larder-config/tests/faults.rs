//! B24–B29: bad input is a fault with a name, all faults come at once, and none takes long.

use std::fs;
use std::time::Duration;

use larder_config::{ConfigError, Environment, Finding, Loader, Preset, Settings};

fn loader(pairs: &[(&str, &str)]) -> Loader {
    Loader::new().environment(Environment::from_pairs(pairs.iter().copied()))
}

fn refused(custom: &str) -> ConfigError {
    loader(&[("CACHE_PRESET", "ai-production"), ("CACHE_CUSTOM_CONFIG", custom)])
        .load()
        .expect_err("the document is wrong")
}

#[test]
fn b29_every_fault_of_every_source_comes_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("larder.toml");
    fs::write(&file, "default_tll = 5\nmax_connections = 1000\nmemory_cache_size = 0\n").unwrap();
    let error = loader(&[
        ("CACHE_PRESET", "ai-production"),
        ("CACHE_REDIS_URL", "redis://app:hunter2@cache.example:6379"),
        ("ENABLE_AI_CACHE", "ja"),
        (
            "CACHE_CUSTOM_CONFIG",
            r#"{"default_ttl":"1h30m","compression_level":1.5,"memory_cache_size":true,"connection_timeout":-1,
                "text_size_tiers":{"smal":1,"small":90000},"operation_ttls":{"qa":0,"":1},"log_level":"INFOO",
                "redis_url":"redis://x","redis_url_file":"/x","prefix":"a:b","enable_monitoring":"yes","strategy":null}"#,
        ),
    ])
    .file(&file)
    .set("smart_promotion", 1)
    .load()
    .unwrap_err();
    let text = error.to_string().replace(&file.display().to_string(), "larder.toml");
    let expected = r#"19 faults in the settings:
  default_tll (file larder.toml): is no setting; did you mean `default_ttl`?
  max_connections = 1000 (file larder.toml): is more than 100; give 1 to 100 connections
  memory_cache_size = 0 (file larder.toml): is less than 1; give 1 to 10000000 entries
  enable_ai_cache = "ja" (variable ENABLE_AI_CACHE): is neither yes nor no; use true, 1, yes, on, false, 0, no or off
  redis_url (variable CACHE_CUSTOM_CONFIG): stands beside `redis_url_file`, and they exclude each other; keep one of them
  compression_level = 1.5 (variable CACHE_CUSTOM_CONFIG): is no whole number in reach; give 1 to 9
  connection_timeout = -1 (variable CACHE_CUSTOM_CONFIG): is below zero; give 1 to 60 seconds
  default_ttl = "1h30m" (variable CACHE_CUSTOM_CONFIG): is a text; a whole number is wanted; write 5400, without quotes, or "never"
  enable_monitoring = "yes" (variable CACHE_CUSTOM_CONFIG): is a text; true or false is wanted; write true or false
  log_level = "INFOO" (variable CACHE_CUSTOM_CONFIG): is not known; did you mean `INFO`?
  memory_cache_size = true (variable CACHE_CUSTOM_CONFIG): is true or false; a whole number is wanted; give 1 to 10000000 entries
  operation_ttls. (variable CACHE_CUSTOM_CONFIG): is no setting; remove it
  operation_ttls.qa = 0 (variable CACHE_CUSTOM_CONFIG): is less than 1; give 1 to 315360000 seconds
  prefix = "a:b" (variable CACHE_CUSTOM_CONFIG): is no name; a name is made of A–Z, a–z, 0–9, `_`, `.` and `-`
  strategy = null (variable CACHE_CUSTOM_CONFIG): is null; a text is wanted; write it in quotes
  text_size_tiers.smal (variable CACHE_CUSTOM_CONFIG): is no setting; did you mean `small`?
  smart_promotion = 1 (code): is a number; true or false is wanted; write true or false
  text_size_tiers = 90000/5000/25000 (variable CACHE_CUSTOM_CONFIG): do not ascend; give small < medium < large
  redis_url = redis://***@cache.example:6379 (variable CACHE_REDIS_URL): has no TLS and leaves this machine, which preset ai-production refuses; use rediss://, or give the reason in `allow_plaintext`"#;
    assert_eq!(text, expected);
    assert!(!text.contains("hunter2"));
    let core = larder_core::Error::from(error);
    assert_eq!((core.kind(), core.to_string().contains('\n')), (larder_core::ErrorKind::Invalid, false));
}

#[test]
fn b29_one_fault_is_one_line_for_any_length_of_nonsense() {
    let long = "\u{1b}[2J\r\n".repeat(1000);
    for fault in
        refused(&serde_json::json!({ &long: 1, "log_level": long, "operation_ttls": { &long: long } }).to_string())
            .faults()
    {
        let line = fault.to_string();
        assert!(line.len() < 600 && !line.contains(['\n', '\u{1b}']), "{line}");
    }
}

#[test]
fn b24_names_that_look_like_ours_are_told() {
    let report = loader(&[
        ("CACHE_PRESETT", "prod"),
        ("CAHCE_PRESET", "prod"),
        ("ENABLE_AI_CACHES", "1"),
        ("cache_preset", "simple"),
        ("CACHE_DEFAULT_TTL", "1"),
        ("CACHE_WHATEVER", "hunter2"),
        ("PATH", "/bin"),
        ("CACHE", "x"),
    ])
    .load()
    .unwrap();
    let mut told: Vec<_> = report.warnings.iter().map(|w| format!("{}: {}", w.setting, w.suggestion)).collect();
    told.sort();
    assert_eq!(
        told,
        [
            "CACHE_DEFAULT_TTL: put `default_ttl` into CACHE_CUSTOM_CONFIG",
            "CACHE_PRESETT: did you mean CACHE_PRESET?",
            "CACHE_WHATEVER: the four are CACHE_PRESET, CACHE_REDIS_URL, ENABLE_AI_CACHE, CACHE_CUSTOM_CONFIG",
            "CAHCE_PRESET: did you mean CACHE_PRESET?",
            "ENABLE_AI_CACHES: did you mean ENABLE_AI_CACHE?",
            "cache_preset: did you mean CACHE_PRESET?",
        ]
    );
    assert!(!format!("{report:?}").contains("hunter2"));
}

#[test]
fn b25_times_are_whole_seconds_or_never() {
    for (text, suggestion) in [
        (r#""1h30""#, "give 1 to 2592000 seconds, or \"never\""),
        (r#""-5""#, "give 1 to 2592000 seconds, or \"never\""),
        (r#""0""#, "give 1 to 2592000 seconds, or \"never\""),
        (r#""1e9y""#, "give 1 to 2592000 seconds, or \"never\""),
        (r#""٣s""#, "give 1 to 2592000 seconds, or \"never\""),
        (r#""5 m""#, "write 300, without quotes, or \"never\""),
        (r#""60""#, "write 60, without quotes, or \"never\""),
        ("-5", "give 1 to 2592000 seconds, or \"never\""),
        ("0", "give 1 to 2592000 seconds, or \"never\""),
        ("60.0", "give 1 to 2592000 seconds, or \"never\""),
        ("1e30", "give 1 to 2592000 seconds, or \"never\""),
        ("99999999999999999999", "give 1 to 2592000 seconds, or \"never\""),
        ("2592001", "give 1 to 2592000 seconds, or \"never\""),
        ("true", "give 1 to 2592000 seconds, or \"never\""),
        ("[]", "give 1 to 2592000 seconds, or \"never\""),
    ] {
        let error = refused(&format!(r#"{{"default_ttl":{text}}}"#));
        assert_eq!((error.faults().len(), error.faults()[0].suggestion.as_str()), (1, suggestion), "{text}");
    }
}

#[test]
fn b26_json_is_read_strictly_and_quickly() {
    let deep = format!(r#"{{"operation_ttls":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let huge = format!(r#"{{"prefix":"{}"}}"#, "x".repeat(5 << 20));
    let wide = format!("[{}]", "[],".repeat(300_000));
    for (text, setting, why) in [
        (r#"{"default_ttl":1,"default_ttl":2}"#, "default_ttl", "is there twice"),
        (r#"{"operation_ttls":{"qa":1,"qa":1}}"#, "operation_ttls.qa", "is there twice"),
        (r#"{"default_ttl":1,}"#, "CACHE_CUSTOM_CONFIG", "is no JSON: trailing comma at line 1 column 18"),
        ("\u{feff}{}", "CACHE_CUSTOM_CONFIG", "begins with a byte-order mark"),
        (&huge, "CACHE_CUSTOM_CONFIG", "is longer than 1048576 bytes"),
        (&deep, "CACHE_CUSTOM_CONFIG", "recursion limit exceeded"),
        (&wide, "CACHE_CUSTOM_CONFIG", "is no JSON"),
        ("[]", "CACHE_CUSTOM_CONFIG", "is a list, not a table of settings"),
        ("null", "CACHE_CUSTOM_CONFIG", "is null, not a table of settings"),
        ("{} {}", "CACHE_CUSTOM_CONFIG", "is no JSON: trailing characters"),
        ("{'a':1}", "CACHE_CUSTOM_CONFIG", "is no JSON: key must be a string"),
        ("default_ttl=5", "CACHE_CUSTOM_CONFIG", "is no JSON"),
        ("", "CACHE_CUSTOM_CONFIG", "is set to nothing"),
    ] {
        let begun = now();
        let error = refused(text);
        let spent = begun.elapsed();
        let fault = &error.faults()[0];
        assert!(fault.setting == setting && fault.why.contains(why), "{fault}");
        // The budget is 50 ms; debug builds on a loaded machine get more.
        assert!(spent < Duration::from_millis(500), "{spent:?}");
    }
}

#[allow(clippy::disallowed_methods)] // Measures real time; nothing is decided by it.
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[test]
fn b26_every_doubled_key_is_told() {
    let error = refused(r#"{"prefix":"a","operation_ttls":{"qa":1,"qa":2},"prefix":"b"}"#);
    assert_eq!(
        error.faults().iter().map(|fault| fault.setting.as_str()).collect::<Vec<_>>(),
        ["operation_ttls.qa", "prefix"]
    );
}

fn refused_file(name: &str, make: impl FnOnce(&std::path::Path)) -> Finding {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    make(&path);
    let error = loader(&[]).file(&path).load().expect_err("the file is wrong");
    assert_eq!(error.faults().len(), 1);
    let by_variable =
        loader(&[("CACHE_CUSTOM_CONFIG", &format!("@{}", path.display()))]).load().expect_err("the file is wrong");
    assert_eq!(by_variable.faults()[0].why, error.faults()[0].why);
    error.faults()[0].clone()
}

#[test]
fn b27_yaml_is_refused_by_name() {
    for name in ["larder.yaml", "larder.YML"] {
        let fault = refused_file(name, |path| fs::write(path, "default_ttl: 5").unwrap());
        assert_eq!((fault.why.as_str(), fault.suggestion.as_str()), ("is YAML, which is not read", "use JSON or TOML"));
    }
    let other = refused_file("larder.conf", |path| fs::write(path, "{}").unwrap());
    assert_eq!(other.suggestion, "use JSON or TOML");
}

#[test]
fn b28_what_is_no_plain_readable_file_is_refused() {
    assert_eq!(refused_file("a.json", |path| fs::create_dir(path).unwrap()).why, "is no plain file");
    assert!(refused_file("a.json", |_| ()).why.starts_with("cannot be read: "));
    assert_eq!(refused_file("a.json", |path| fs::write(path, [0xff, 0xfe]).unwrap()).why, "is not UTF-8");
    let toml = refused_file("a.toml", |path| fs::write(path, "prefix = 'a'\nprefix = 'hunter2'").unwrap());
    assert!(toml.why.contains("line 2") && !toml.why.contains("hunter2"), "{toml}");
    let dated = refused_file("a.toml", |path| fs::write(path, "default_ttl = 1979-05-27").unwrap());
    assert_eq!((dated.setting.as_str(), dated.why.as_str()), ("default_ttl", "is a text; a whole number is wanted"));
}

#[cfg(unix)]
#[test]
fn b28_pipes_loops_and_forbidden_files_are_refused_without_waiting() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    let pipe = refused_file("a.json", |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()));
    assert_eq!(pipe.why, "is no plain file");
    assert!(refused_file("a.json", |path| symlink(path, path).unwrap()).why.starts_with("cannot be read: "));
    let forbid = |path: &std::path::Path| {
        fs::write(path, "{").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    };
    // Root may read everything, and then the broken text is the fault.
    let why = refused_file("a.json", forbid).why;
    assert!(why.starts_with("cannot be read: ") || why.starts_with("is no JSON"), "{why}");
}

#[cfg(unix)]
#[test]
fn b28_a_secret_that_others_can_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    fs::write(&path, r#"{"redis_url":"redis://:pw@localhost"}"#).unwrap();
    for (mode, warned) in [(0o600, false), (0o640, true), (0o604, true), (0o644, true)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let report = loader(&[]).file(&path).load().unwrap();
        assert_eq!(report.warnings.iter().any(|w| w.suggestion == "chmod 600 the file"), warned, "{mode:o}");
    }
}

#[test]
fn f1_what_is_odd_is_a_warning() {
    let warnings = |custom: &str| {
        let report = loader(&[("CACHE_PRESET", "simple"), ("CACHE_CUSTOM_CONFIG", custom)]).load().unwrap();
        report.warnings.iter().map(|warning| warning.setting.clone()).collect::<Vec<_>>()
    };
    assert_eq!(warnings(r#"{"default_ttl":604801,"memory_cache_size":200}"#), ["default_ttl"]);
    assert!(warnings(r#"{"default_ttl":604800,"memory_cache_size":200}"#).is_empty());
    assert_eq!(warnings(r#"{"enable_ai_cache":true,"operation_ttls":{"qa":604801}}"#), ["operation_ttls.qa"]);
    assert_eq!(warnings(r#"{"default_ttl":7201,"memory_cache_size":199}"#), ["memory_cache_size"]);
    assert_eq!(warnings(r#"{"max_connections":51,"connection_timeout":9}"#), ["max_connections"]);
    assert!(warnings(r#"{"max_connections":51,"connection_timeout":10}"#).is_empty());
    assert!(warnings(r#"{"max_connections":50,"connection_timeout":9}"#).is_empty());
    assert_eq!(warnings(r#"{"redis_url":"redis://:pw@localhost"}"#), ["redis_url"]);
    assert!(warnings(r#"{"redis_url":"rediss://:pw@cache.example"}"#).is_empty());
    assert!(warnings(r#"{"redis_url":"unix://:pw@/run/redis.sock"}"#).is_empty());
}

#[test]
fn f1_a_distant_redis_without_a_preset_is_told() {
    let warned = |pairs: &[(&str, &str)]| {
        loader(pairs).load().unwrap().warnings.iter().any(|warning| warning.why.contains("`development` is in force"))
    };
    assert!(warned(&[("CACHE_REDIS_URL", "rediss://cache.example")]));
    assert!(!warned(&[("CACHE_REDIS_URL", "redis://localhost")]));
    assert!(!warned(&[("CACHE_REDIS_URL", "rediss://cache.example"), ("CACHE_PRESET", "development")]));
}

#[test]
fn f1_settings_changed_in_code_are_checked_again() {
    let mut settings = Settings::preset(Preset::AiProduction);
    settings.max_connections = 0;
    settings.connection_timeout = Duration::from_millis(1500);
    settings.ai.as_mut().unwrap().text_size_tiers.small = 5_000;
    let error = settings.validate().unwrap_err();
    let names: Vec<_> = error.faults().iter().map(|fault| fault.setting.as_str()).collect();
    assert_eq!(names, ["connection_timeout", "max_connections", "text_size_tiers"]);
}

#[test]
fn f1_reading_settings_back_is_as_strict_as_loading_them() {
    let error = serde_json::from_str::<Settings>(r#"{"preset":"simple","default_tll":5}"#).unwrap_err();
    assert!(error.to_string().contains("did you mean `default_ttl`?"), "{error}");
    let error = serde_json::from_str::<Settings>(r#"{"default_ttl":5,"default_ttl":6}"#).unwrap_err();
    assert!(error.to_string().contains("default_ttl is there twice"), "{error}");
}
