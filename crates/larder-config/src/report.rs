//! What was loaded, from where, and what is odd about it.

use std::collections::BTreeMap;

use crate::{Finding, Settings, Source, shown};

/// What was loaded, from where, and what is odd about it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// The settings, checked.
    pub settings: Settings,
    /// Where each came from; parts of tables as `operation_ttls.qa`.
    pub sources: BTreeMap<String, Source>,
    /// What is allowed and odd.
    pub warnings: Vec<Finding>,
}

impl Report {
    /// Lines to log once at start: the preset, every override with its source, every warning. No secret is in them.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let preset = format!("preset {} ({})", self.settings.preset, self.source("preset"));
        let warnings = self.warnings.iter().map(|warning| format!("warning: {warning}"));
        std::iter::once(preset).chain(self.overrides()).chain(warnings)
    }

    /// Every setting that neither a preset nor a default gave, as `name = value (source)`.
    pub fn overrides(&self) -> impl Iterator<Item = String> {
        let values = self.settings.to_document();
        let set = self.sources.iter().filter(|(name, source)| source.is_override() && *name != "preset");
        set.map(move |(name, source)| format!("{} = {} ({source})", shown::bare(name), self.value(name, &values)))
    }

    fn source(&self, name: &str) -> &Source {
        self.sources.get(name).unwrap_or(&Source::Default)
    }

    fn value(&self, path: &str, values: &crate::document::Document) -> String {
        if let ("redis_url", Some(url)) = (path, &self.settings.redis_url) {
            return url.to_string();
        }
        let (name, part) = path.split_once('.').map_or((path, None), |(name, part)| (name, Some(part)));
        let value = values.get(name).and_then(|value| part.map_or(Some(value), |part| value.get(part)));
        value.map_or_else(String::new, shown::value)
    }
}
