//! One source's settings, and how sources are laid over each other.

use std::collections::{BTreeMap, BTreeSet};

use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use crate::document::Document;
use crate::wire::Flat;
use crate::{AiSettings, Preset, Settings, Source};

/// Where each setting came from; parts of tables as `operation_ttls.qa`.
pub(crate) type Sources = BTreeMap<String, Source>;

/// One source's settings.
pub(crate) struct Layer {
    pub(crate) source: Source,
    pub(crate) values: Document,
}

/// What no preset sets, though everyone has it.
const DEFAULTS: [&str; 4] = ["preset", "prefix", "l2_read_timeout_ms", "l2_write_timeout_ms"];

/// The layers below everything a person sets: defaults, AI defaults, the preset.
pub(crate) fn below_settings(preset: Preset) -> [Layer; 3] {
    let mut of_preset = Settings::preset(preset).to_document();
    let defaults = DEFAULTS.into_iter().filter_map(|name| of_preset.remove_entry(name)).collect();
    [
        Layer { source: Source::Default, values: defaults },
        Layer { source: Source::AiDefaults, values: AiSettings::of(preset.values()).to_document() },
        Layer { source: Source::Preset(preset), values: of_preset },
    ]
}

/// Lays the later layers over the earlier ones, key by key inside tables.
pub(crate) fn merge(layers: &[Layer]) -> Option<(Settings, Sources)> {
    let laid =
        layers.iter().enumerate().fold(Figment::new(), |below, (index, layer)| below.merge(Numbered(index, layer)));
    let settings = laid.extract::<Flat>().ok()?.into_settings()?;
    let sources = sources(&laid, layers, &settings);
    Some((settings, sources))
}

fn sources(laid: &Figment, layers: &[Layer], settings: &Settings) -> Sources {
    let names: BTreeSet<_> = layers.iter().flat_map(|layer| layer.values.keys()).collect();
    let mut sources = Sources::new();
    for name in names {
        if let Ok(value) = laid.find_value(name) {
            collect(name.clone(), &value, &|value| source_of(laid, layers, value), &mut sources);
        }
    }
    if settings.ai.is_none() {
        sources.retain(|name, _| !is_ai(name));
    }
    sources
}

fn source_of(laid: &Figment, layers: &[Layer], value: &Value) -> Option<Source> {
    let index: usize = laid.get_metadata(value.tag())?.name.parse().ok()?;
    layers.get(index).map(|layer| layer.source.clone())
}

fn collect(path: String, value: &Value, source: &impl Fn(&Value) -> Option<Source>, sources: &mut Sources) {
    match value.as_dict() {
        Some(fields) => fields.iter().for_each(|(key, value)| collect(format!("{path}.{key}"), value, source, sources)),
        None => sources.extend(source(value).map(|source| (path, source))),
    }
}

/// True for a setting, or a part of one, that acts on replies of models only.
pub(crate) fn is_ai(path: &str) -> bool {
    let name = path.split('.').next().unwrap_or(path);
    crate::Setting::find(name).is_some_and(|setting| setting.area == crate::Area::Ai)
}

/// A layer under its number, by which the origin of a merged value is found again.
struct Numbered<'a>(usize, &'a Layer);

impl Provider for Numbered<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.0.to_string())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let dict = Value::serialize(&self.1.values)?.into_dict().unwrap_or_default();
        Ok(Map::from([(Profile::Default, dict)]))
    }
}
