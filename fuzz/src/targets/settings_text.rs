//! Settings as text: what JSON and TOML have in common.

use larder_config::{ConfigError, Loader, Report, Settings};

use crate::Seen;

/// What must not be told: a password that stands in an address of the seeds.
pub(super) const PASSWORD: &str = "tops3cretw0rd";

/// What was loaded holds together, and reads back as the same; neither it nor a refusal tells the password if that is secret.
pub(super) fn check(loaded: Result<Report, ConfigError>, text: &str, is_secret: bool) -> Seen {
    let report = match loaded {
        Ok(report) => report,
        Err(error) => return refused(&error, text, is_secret),
    };
    let told = format!("{:?} {:?}", report, report.lines().collect::<Vec<_>>());
    assert!(!is_secret || !told.contains(PASSWORD), "a password is told");
    assert!(report.settings.validate().is_ok(), "loaded although it does not fit together");
    let written = serde_json::to_value(without_secrets(report.settings.clone())).expect("settings can be written");
    let read: Settings = serde_json::from_value(written).expect("what was written can be read");
    assert_eq!(read, without_secrets(report.settings), "other settings after they were written");
    Seen::of((report.sources.len(), report.warnings.len(), read.ai.is_some()))
}

fn refused(error: &ConfigError, text: &str, is_secret: bool) -> Seen {
    assert!(!error.faults().is_empty(), "refused without a fault");
    let told = format!("{error} {error:?}");
    assert!(!is_secret || !told.contains(PASSWORD), "a password is told");
    assert!(told.len() < 64 * 1024 + 64 * text.len(), "more is told than anybody reads");
    let ways: Vec<&str> = error.faults().iter().map(|fault| fault.why.split(':').next().unwrap_or_default()).collect();
    Seen::of(ways)
}

/// An address that has a password is written without it, and then asks for one.
fn without_secrets(settings: Settings) -> Settings {
    let mut settings = settings;
    settings.redis_url = None;
    settings.allow_plaintext = None;
    settings
}

/// Whether the password stands in nothing but the value of `redis_url`, where it is secret.
pub(super) fn only_in_an_address(text: &str) -> bool {
    let Some((before, after)) = text.split_once(PASSWORD) else { return false };
    let value =
        before.rsplit_once("redis_url").map_or("{", |(_, value)| value.trim_start_matches([' ', '"', '=', ':']));
    !after.contains(PASSWORD) && value.contains("://") && !value.contains(['{', '}', '[', ',', '\n', '='].as_slice())
}

pub(super) fn empty() -> Loader {
    Loader::new().environment(larder_config::Environment::empty())
}
