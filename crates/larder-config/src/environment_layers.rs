//! What the four variables say, and the variables that look as if they should.

use std::path::PathBuf;

use serde_json::Value;

use crate::document::{self, Document, Problem};
use crate::environment::{NotUnicode, variable};
use crate::layer::Layer;
use crate::loader::Reading;
use crate::{Environment, Finding, Setting, Source, file, shown};

/// The layer of `CACHE_PRESET`.
pub(crate) fn preset(environment: &Environment, faults: &mut Vec<Finding>) -> Option<Layer> {
    let word = read(environment, variable::PRESET, "preset", faults)?;
    Some(layer_of(variable::PRESET, "preset", word.into()))
}

/// The layers of `CACHE_REDIS_URL` and `ENABLE_AI_CACHE`.
pub(crate) fn shortcuts(environment: &Environment, faults: &mut Vec<Finding>) -> Vec<Layer> {
    let url = read(environment, variable::REDIS_URL, "redis_url", faults);
    let ai = read(environment, variable::ENABLE_AI, "enable_ai_cache", faults);
    let mut layers = Vec::from_iter(url.map(|url| layer_of(variable::REDIS_URL, "redis_url", url.into())));
    if let Some(word) = ai {
        match parse_flag(&word) {
            Some(flag) => layers.push(layer_of(variable::ENABLE_AI, "enable_ai_cache", flag.into())),
            None => faults.push(no_flag(&word)),
        }
    }
    layers
}

/// The layer of `CACHE_CUSTOM_CONFIG`: a JSON object, or a file behind `@`.
pub(crate) fn custom(environment: &Environment, reading: &mut Reading) -> Option<Layer> {
    let name = variable::CUSTOM_CONFIG;
    let text = read(environment, name, name, &mut reading.faults)?;
    let (source, parsed) = match text.strip_prefix('@') {
        None => (Source::Variable(name.into()), document::parse_json(&text)),
        Some(path) => {
            let source = Source::VariableFile { name: name.into(), path: PathBuf::from(path) };
            let contents = file::read_settings(path.as_ref());
            (source.clone(), contents.map(|contents| accepted(contents, &source, reading)))
        }
    };
    match parsed {
        Ok(values) => Some(Layer { source, values }),
        Err(problems) => {
            reading.refuse(problems, name, &source);
            None
        }
    }
}

fn accepted(contents: file::Contents<Document>, source: &Source, reading: &mut Reading) -> Document {
    reading.warn_of_readable_secret(&contents, source);
    contents.value
}

fn layer_of(name: &str, setting: &str, value: Value) -> Layer {
    Layer { source: Source::Variable(name.into()), values: Document::from([(setting.to_owned(), value)]) }
}

/// A variable that is set to nothing is a fault: it is more often a slip in a template than a wish.
fn read(environment: &Environment, name: &str, setting: &str, faults: &mut Vec<Finding>) -> Option<String> {
    let problem = match environment.get(name)? {
        Ok(text) if text.trim().is_empty() => {
            Problem::whole("is set to nothing", format!("give {name} a value or unset it"))
        }
        Ok(text) => return Some(text),
        Err(NotUnicode) => Problem::whole("is not Unicode", format!("set {name} to text")),
    };
    let source = Source::Variable(name.into());
    faults.extend(
        problem.into_iter().map(|Problem { why, suggestion, .. }| Finding::new(setting, &source, why, suggestion)),
    );
    None
}

/// Reads a flag from a variable, in any case: `true`, `1`, `yes`, `on`, `false`, `0`, `no`, `off`.
fn parse_flag(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn no_flag(word: &str) -> Finding {
    let source = Source::Variable(variable::ENABLE_AI.into());
    Finding::new("enable_ai_cache", &source, "is neither yes nor no", "use true, 1, yes, on, false, 0, no or off")
        .showing(shown::text(word))
}

/// Variables that nobody reads but whose names look as if Larder did.
pub(crate) fn strange_names(environment: &Environment) -> Vec<Finding> {
    environment.names().iter().filter_map(|name| strange(name)).collect()
}

fn strange(name: &str) -> Option<Finding> {
    if variable::ALL.contains(&name) {
        return None;
    }
    let upper = name.to_ascii_uppercase();
    let near = variable::ALL.into_iter().find(|known| name.len() <= 64 && strsim::levenshtein(&upper, known) <= 2);
    let suggestion = match (near, upper.strip_prefix("CACHE_")) {
        (Some(near), _) => format!("did you mean {near}?"),
        (None, Some(rest)) => of_setting(&rest.to_lowercase()),
        (None, None) => return None,
    };
    let source = Source::Variable(name.into());
    Some(Finding::new(shown::bare(name), &source, "is no variable of Larder and is not read", suggestion))
}

fn of_setting(name: &str) -> String {
    match Setting::find(name) {
        Some(setting) => format!("put `{}` into CACHE_CUSTOM_CONFIG", setting.name),
        None => "the four are CACHE_PRESET, CACHE_REDIS_URL, ENABLE_AI_CACHE, CACHE_CUSTOM_CONFIG".into(),
    }
}
