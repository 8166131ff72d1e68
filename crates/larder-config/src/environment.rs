//! The environment, as a value that a test can make.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

/// The four variables that Larder reads.
pub mod variable {
    /// The base settings: the name of a preset.
    pub const PRESET: &str = "CACHE_PRESET";
    /// Where Redis is.
    pub const REDIS_URL: &str = "CACHE_REDIS_URL";
    /// AI features on or off over the preset.
    pub const ENABLE_AI: &str = "ENABLE_AI_CACHE";
    /// A JSON object, or `@path` to a JSON or TOML file.
    pub const CUSTOM_CONFIG: &str = "CACHE_CUSTOM_CONFIG";

    /// All of them.
    pub const ALL: [&str; 4] = [PRESET, REDIS_URL, ENABLE_AI, CUSTOM_CONFIG];
}

/// Where variables are read from: this process, or a list.
///
/// ```
/// use larder_config::Environment;
///
/// let environment = Environment::from_pairs([("CACHE_PRESET", "production")]);
/// assert_eq!(format!("{environment:?}"), "Environment(1 variable)");
/// ```
#[derive(Clone)]
pub struct Environment(Variables);

#[derive(Clone)]
enum Variables {
    Process,
    Listed(BTreeMap<String, OsString>),
}

impl Environment {
    /// The variables of this process, read when they are asked for.
    #[must_use]
    pub const fn process() -> Self {
        Self(Variables::Process)
    }

    /// No variables at all.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Variables::Listed(BTreeMap::new()))
    }

    /// Exactly these variables.
    pub fn from_pairs<N: Into<String>, V: Into<OsString>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(Variables::Listed(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect()))
    }

    /// The value of `name`: `None` when unset, `Err` when it is not Unicode.
    pub(crate) fn get(&self, name: &str) -> Option<Result<String, NotUnicode>> {
        let value = match &self.0 {
            Variables::Process => of_process(name)?,
            Variables::Listed(pairs) => pairs.get(name)?.clone(),
        };
        Some(value.into_string().map_err(|_| NotUnicode))
    }

    /// The name of every variable, in order; names that are not Unicode are none of ours.
    pub(crate) fn names(&self) -> Vec<String> {
        match &self.0 {
            Variables::Process => {
                let mut names: Vec<_> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
                names.sort();
                names
            }
            Variables::Listed(pairs) => pairs.keys().cloned().collect(),
        }
    }
}

/// A variable's value is not Unicode.
pub(crate) struct NotUnicode;

#[allow(clippy::disallowed_methods)] // This is the one place that reads the environment.
fn of_process(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Variables::Process => f.write_str("Environment(process)"),
            Variables::Listed(pairs) if pairs.len() == 1 => f.write_str("Environment(1 variable)"),
            Variables::Listed(pairs) => write!(f, "Environment({} variables)", pairs.len()),
        }
    }
}
