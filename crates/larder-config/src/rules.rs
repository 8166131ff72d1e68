//! What must hold between settings, and what is odd enough for a warning.

use std::time::Duration;

use crate::check::check;
use crate::layer::{Sources, is_ai};
use crate::table::LONG_TTL;
use crate::{ConfigError, Finding, MemoryLimit, RedisUrl, Settings, Source, TextSizeTiers};

/// Checks settings that were made or changed in code.
pub(crate) fn validate(settings: &Settings) -> Result<Vec<Finding>, ConfigError> {
    let mut faults = Vec::new();
    check(settings.to_document(), &Source::Code, &mut faults);
    let sources = Sources::new();
    let rules = Rules { settings, sources: &sources };
    faults.extend(rules.faults());
    ConfigError::unless_empty(faults)?;
    Ok(rules.warnings())
}

/// The rules, over settings and where they came from.
pub(crate) struct Rules<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) sources: &'a Sources,
}

impl Rules<'_> {
    /// What stops start-up.
    pub(crate) fn faults(&self) -> Vec<Finding> {
        [self.tiers_ascend(), self.plaintext_refused()].into_iter().flatten().collect()
    }

    /// What is allowed and odd.
    pub(crate) fn warnings(&self) -> Vec<Finding> {
        let mut warnings: Vec<_> = self.long_ttls().collect();
        warnings.extend([self.many_connections(), self.small_memory()].into_iter().flatten());
        if let Some(url) = &self.settings.redis_url {
            warnings.extend(self.of_redis(url));
        }
        warnings
    }

    fn finding(&self, setting: &str, why: impl Into<String>, suggestion: impl Into<String>) -> Finding {
        Finding::new(setting, &self.source(setting), why, suggestion)
    }

    /// The source of a setting; of a table, that of the part which a person set.
    fn source(&self, setting: &str) -> Source {
        let part = format!("{setting}.");
        let mut found = self.sources.iter().filter(|(name, _)| *name == setting || name.starts_with(&part));
        let first = found.clone().next();
        found.find(|(_, source)| source.is_override()).or(first).map_or(Source::Code, |(_, source)| source.clone())
    }

    fn tiers_ascend(&self) -> Option<Finding> {
        let TextSizeTiers { small, medium, large } = self.settings.ai.as_ref()?.text_size_tiers;
        (small >= medium || medium >= large).then(|| {
            self.finding("text_size_tiers", "do not ascend", "give small < medium < large")
                .showing(format_args!("{small}/{medium}/{large}"))
        })
    }

    fn plaintext_refused(&self) -> Option<Finding> {
        let url = self.settings.redis_url.as_ref()?;
        let refused = self.settings.preset.is_production() && self.settings.allow_plaintext.is_none();
        (refused && url.is_plaintext_beyond_loopback()).then(|| {
            let why = format!("has no TLS and leaves this machine, which preset {} refuses", self.settings.preset);
            let suggestion = "use rediss://, or give the reason in `allow_plaintext`";
            self.finding("redis_url", why, suggestion).showing(url)
        })
    }

    fn long_ttls(&self) -> impl Iterator<Item = Finding> {
        let default = ("default_ttl".to_owned(), self.settings.default_ttl);
        let operations = self.settings.ai.iter().flat_map(|ai| &ai.operation_ttls);
        let operations = operations.map(|(name, &ttl)| (format!("operation_ttls.{name}"), ttl));
        std::iter::once(default).chain(operations).filter(|(_, ttl)| is_long(*ttl)).map(|(name, ttl)| {
            self.finding(
                &crate::shown::bare(&name),
                "is longer than 7 days",
                "make sure that nothing goes stale unnoticed",
            )
            .showing(format_args!("{} s", ttl.as_secs()))
        })
    }

    fn many_connections(&self) -> Option<Finding> {
        let many = self.settings.max_connections > 50 && self.settings.connection_timeout < Duration::from_secs(10);
        many.then(|| {
            let why = "are many for a connection_timeout below 10 s: after an outage they all connect at once";
            self.finding("max_connections", why, "raise connection_timeout or lower max_connections")
                .showing(self.settings.max_connections)
        })
    }

    fn small_memory(&self) -> Option<Finding> {
        let MemoryLimit::Entries(entries) = self.settings.memory else { return None };
        let long = self.settings.default_ttl > Duration::from_secs(7_200);
        (long && entries < 200).then(|| {
            let why = "is small for a default_ttl above 2 hours: entries are evicted long before they expire";
            self.finding("memory_cache_size", why, "raise it to 200 or more, or lower default_ttl").showing(entries)
        })
    }

    fn of_redis(&self, url: &RedisUrl) -> Vec<Finding> {
        let distant = !url.is_local();
        let mut warnings = Vec::new();
        let mut warn = |when: bool, setting: &str, why: &str, suggestion: &str| {
            if when {
                warnings.push(self.finding(setting, why, suggestion).showing(url));
            }
        };
        let password = url.password().is_some() || url.sentinel_password().is_some();
        let over_tcp = url.socket().is_none();
        warn(password && over_tcp && !url.is_tls(), "redis_url", "sends a password without TLS", "use rediss://");
        warn(
            url.is_plaintext_beyond_loopback() && !password,
            "redis_url",
            "has no TLS and leaves this machine",
            "use rediss://",
        );
        let unnamed = self.sources.get("preset") == Some(&Source::Default);
        let why = "leaves this machine while no preset is named, so `development` is in force";
        warn(distant && unnamed, "redis_url", why, "set CACHE_PRESET");
        warn(
            self.settings.is_disabled(),
            "redis_url",
            "is not used: preset disabled connects to nothing",
            "remove one",
        );
        warnings
    }
}

/// For ever is not odd: it was said in words.
fn is_long(ttl: Duration) -> bool {
    ttl > Duration::from_secs(LONG_TTL) && ttl != Duration::MAX
}

/// AI settings that a person set while AI is off do nothing, and that is worth a word.
pub(crate) fn without_effect(layers: &[crate::layer::Layer]) -> Vec<Finding> {
    let set = layers.iter().filter(|layer| layer.source.is_override());
    set.flat_map(|layer| layer.values.keys().filter(|name| is_ai(name)).map(|name| (name, &layer.source)))
        .map(|(name, source)| {
            Finding::new(name, source, "has no effect while AI is off", "set ENABLE_AI_CACHE=true, or remove it")
        })
        .collect()
}
