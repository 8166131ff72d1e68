//! Reads every source, lowest first, and makes one answer or one list of faults.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use crate::document::{Document, Problem};
use crate::layer::{self, Layer};
use crate::rules::{self, Rules};
use crate::{
    ConfigError, Environment, Finding, Preset, Report, Source, check, environment_layers, exclusive, file, secrets,
};

/// Collects the sources of settings and reads them.
///
/// Lowest first: preset, files in the order given, `CACHE_REDIS_URL` and `ENABLE_AI_CACHE`, `CACHE_CUSTOM_CONFIG`, code.
///
/// ```
/// use larder_config::{Environment, Loader};
///
/// let environment = Environment::from_pairs([
///     ("CACHE_PRESET", "production"),
///     ("CACHE_CUSTOM_CONFIG", r#"{ "default_ttl": 600 }"#),
/// ]);
/// let report = Loader::new().environment(environment).set("memory_cache_size", 50).load()?;
/// assert_eq!(report.settings.ttl().as_secs(), 600);
/// assert_eq!(report.sources["memory_cache_size"].to_string(), "code");
/// # Ok::<(), larder_config::ConfigError>(())
/// ```
#[derive(Debug)]
#[must_use = "a loader reads nothing until `load` is called"]
pub struct Loader {
    environment: Environment,
    files: Vec<PathBuf>,
    code: Vec<Code>,
}

/// What the program itself sets. Its values are not shown: one may be a secret.
struct Code(Result<Document, String>);

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Ok(document) => f.debug_set().entries(document.keys()).finish(),
            Err(_) => f.write_str("not serialisable"),
        }
    }
}

impl Default for Loader {
    fn default() -> Self {
        Self::new()
    }
}

impl Loader {
    /// Reads this process's environment, and nothing else yet.
    pub const fn new() -> Self {
        Self { environment: Environment::process(), files: Vec::new(), code: Vec::new() }
    }

    /// Reads `environment` instead of the process's.
    pub fn environment(self, environment: Environment) -> Self {
        Self { environment, ..self }
    }

    /// Reads a JSON or TOML file, over the files given before.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self
    }

    /// Chooses the preset in code, over every other source.
    pub fn preset(self, preset: Preset) -> Self {
        self.set("preset", preset)
    }

    /// Sets one setting in code, over every other source.
    pub fn set(mut self, setting: &str, value: impl Serialize) -> Self {
        let document = serde_json::to_value(value).map(|value| Document::from([(setting.to_owned(), value)]));
        self.code.push(Code(document.map_err(|error| error.to_string())));
        self
    }

    /// Sets several settings in code, as a map or a struct with their names.
    pub fn override_with(mut self, settings: impl Serialize) -> Self {
        self.code.push(Code(match serde_json::to_value(settings) {
            Ok(Value::Object(fields)) => Ok(fields.into_iter().collect()),
            Ok(_) => Err("overrides are a map from names to values".into()),
            Err(error) => Err(error.to_string()),
        }));
        self
    }

    pub(crate) fn document(mut self, document: Document) -> Self {
        self.code.push(Code(Ok(document)));
        self
    }

    /// Reads every source and checks everything.
    ///
    /// # Errors
    /// Every fault of every source at once; nothing falls back to another preset.
    pub fn load(self) -> Result<Report, ConfigError> {
        let mut reading = Reading::default();
        self.read_all(&mut reading);
        reading.finish(environment_layers::strange_names(&self.environment))
    }

    fn read_all(&self, reading: &mut Reading) {
        let named = environment_layers::preset(&self.environment, &mut reading.faults);
        self.accept(reading, named);
        for path in &self.files {
            let source = Source::File(path.clone());
            match file::read_settings(path) {
                Ok(contents) => {
                    reading.warn_of_readable_secret(&contents, &source);
                    self.accept(reading, Some(Layer { source, values: contents.value }));
                }
                Err(problems) => reading.refuse(problems, "file", &source),
            }
        }
        for layer in environment_layers::shortcuts(&self.environment, &mut reading.faults) {
            self.accept(reading, Some(layer));
        }
        let custom = environment_layers::custom(&self.environment, reading);
        self.accept(reading, custom);
        for code in &self.code {
            match &code.0 {
                Ok(values) => self.accept(reading, Some(Layer { source: Source::Code, values: values.clone() })),
                Err(why) => {
                    reading.refuse(Problem::whole(why, "give values that are JSON"), "overrides", &Source::Code);
                }
            }
        }
    }

    /// Fetches a layer's secrets and checks its values.
    fn accept(&self, reading: &mut Reading, layer: Option<Layer>) {
        let Some(Layer { source, mut values }) = layer else { return };
        exclusive::refuse_both(&mut values, &source, &mut reading.faults);
        let values = secrets::fetch(values, &source, &self.environment, reading);
        let values = check::check(values, &source, &mut reading.faults);
        reading.layers.push(Layer { source, values });
    }
}

/// What has been read so far.
#[derive(Default)]
pub(crate) struct Reading {
    pub(crate) layers: Vec<Layer>,
    pub(crate) faults: Vec<Finding>,
    pub(crate) warnings: Vec<Finding>,
}

impl Reading {
    pub(crate) fn refuse(&mut self, problems: Vec<Problem>, whole: &str, source: &Source) {
        self.faults.extend(problems.into_iter().map(|Problem { setting, why, suggestion }| {
            Finding::new(setting.unwrap_or_else(|| whole.to_owned()), source, why, suggestion)
        }));
    }

    pub(crate) fn warn_of_readable_secret(&mut self, contents: &file::Contents<Document>, source: &Source) {
        if contents.readable_by_others && contents.value.contains_key("redis_url") {
            self.warnings.push(secrets::readable_by_others("redis_url", source));
        }
    }

    fn finish(mut self, strange: Vec<Finding>) -> Result<Report, ConfigError> {
        self.warn_of_displaced_preset();
        let mut layers = Vec::from(layer::below_settings(self.preset()));
        layers.append(&mut self.layers);
        exclusive::settle(&mut layers);
        let Some((settings, sources)) = layer::merge(&layers) else { return Err(self.unmergeable()) };
        let rules = Rules { settings: &settings, sources: &sources };
        self.faults.extend(rules.faults());
        ConfigError::unless_empty(self.faults)?;
        let mut warnings = self.warnings;
        warnings.extend(rules.warnings());
        if settings.ai.is_none() {
            warnings.extend(rules::without_effect(&layers));
        }
        warnings.extend(strange);
        Ok(Report { settings, sources, warnings })
    }

    fn unmergeable(mut self) -> ConfigError {
        let why = "could not be put together although each was checked";
        let suggestion = "this is a fault of larder-config; please report it";
        self.faults.push(Finding::new("settings", &Source::Code, why, suggestion));
        ConfigError::unless_empty(self.faults).expect_err("a fault was just added")
    }

    /// The preset that the highest source names.
    fn preset(&self) -> Preset {
        let mut named = self.presets().map(|(preset, _)| preset);
        named.next_back().unwrap_or_default()
    }

    fn presets(&self) -> impl DoubleEndedIterator<Item = (Preset, &Source)> {
        self.layers.iter().filter_map(|layer| {
            let word = layer.values.get("preset")?.as_str()?;
            Some((Preset::parse(word).ok()?, &layer.source))
        })
    }

    fn warn_of_displaced_preset(&mut self) {
        let (Some((lowest, source)), Some((highest, winner))) = (self.presets().next(), self.presets().next_back())
        else {
            return;
        };
        if source.is_override() && lowest != highest {
            let why = format!("is displaced by preset {highest} ({winner})");
            let warning = Finding::new("preset", source, why, "name the preset in one place").showing(lowest);
            self.warnings.push(warning);
        }
    }
}
