//! Secrets that a source names instead of holding: `env:NAME`, and `redis_url_file`.

use std::path::Path;

use serde_json::Value;

use crate::document::Document;
use crate::environment::NotUnicode;
use crate::loader::Reading;
use crate::{Environment, Finding, Source, file, shown};

const URL: &str = "redis_url";
const URL_FILE: &str = "redis_url_file";

/// Puts the secrets that `values` names into it.
pub(crate) fn fetch(
    mut values: Document,
    source: &Source,
    environment: &Environment,
    reading: &mut Reading,
) -> Document {
    let fetched = match (values.get(URL), values.get(URL_FILE)) {
        (Some(Value::String(text)), _) => text.strip_prefix("env:").map(|name| of_variable(name, environment)),
        (None, Some(Value::String(path))) => Some(of_file(path, source, reading)),
        _ => None,
    };
    match fetched {
        Some(Ok(url)) => {
            values.remove(URL_FILE);
            values.insert(URL.into(), url.into());
        }
        Some(Err((setting, why, suggestion))) => {
            values.retain(|name, _| name != URL && name != URL_FILE);
            reading.faults.push(Finding::new(setting, source, why, suggestion));
        }
        None => {}
    }
    values
}

type Fetched = Result<String, (&'static str, String, String)>;

fn of_variable(name: &str, environment: &Environment) -> Fetched {
    if !is_variable_name(name) {
        // What stands there may be the secret itself, so it is not shown.
        let why = "is `env:` followed by what is no name of a variable".to_owned();
        return Err((URL, why, "write `env:NAME`, or the URL without `env:`".into()));
    }
    let shown = shown::bare(name);
    match environment.get(name) {
        Some(Ok(url)) => Ok(url),
        Some(Err(NotUnicode)) => {
            Err((URL, format!("names variable {shown}, which is not Unicode"), "mend the variable".into()))
        }
        None => Err((URL, format!("names variable {shown}, which is not set"), format!("set {shown}"))),
    }
}

fn is_variable_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn of_file(path: &str, source: &Source, reading: &mut Reading) -> Fetched {
    let contents = file::read_secret(Path::new(path)).map_err(|problems| {
        let problem = problems.into_iter().next().expect("a refusal has a problem");
        (URL_FILE, problem.why, problem.suggestion)
    })?;
    if contents.readable_by_others {
        reading.warnings.push(readable_by_others(URL_FILE, source));
    }
    Ok(contents.value)
}

pub(crate) fn readable_by_others(setting: &str, source: &Source) -> Finding {
    Finding::new(setting, source, "is in a file that other users of this machine can read", "chmod 600 the file")
}
