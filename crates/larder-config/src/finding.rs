//! What is wrong, or odd, with one setting; and the error that holds all of them.

use std::fmt;
use std::sync::Arc;

use larder_core::Error;

use crate::Source;

/// One thing that is wrong or odd: which setting, from where, why, and the fix.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The setting; a part of a table as `operation_ttls.qa`.
    pub setting: String,
    /// Its value, redacted; `None` when it could be a secret or there is none.
    pub value: Option<String>,
    /// Where the value came from.
    pub source: Source,
    /// What is wrong with it.
    pub why: String,
    /// How to mend it.
    pub suggestion: String,
}

impl Finding {
    pub(crate) fn new(
        setting: impl Into<String>,
        source: &Source,
        why: impl Into<String>,
        suggestion: impl Into<String>,
    ) -> Self {
        let (setting, why, suggestion) = (setting.into(), why.into(), suggestion.into());
        Self { setting, value: None, source: source.clone(), why, suggestion }
    }

    pub(crate) fn showing(self, value: impl fmt::Display) -> Self {
        Self { value: Some(value.to_string()), ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.setting)?;
        if let Some(value) = &self.value {
            write!(f, " = {value}")?;
        }
        write!(f, " ({}): {}; {}", self.source, self.why, self.suggestion)
    }
}

/// Everything that stops these settings from being used, all at once.
///
/// `Display` prints one line per fault. No secret is in any of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    faults: Vec<Finding>,
}

impl ConfigError {
    /// `Err` when there is any fault.
    pub(crate) fn unless_empty(faults: Vec<Finding>) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self { faults }) }
    }

    /// Every fault, lowest source first.
    #[must_use]
    pub fn faults(&self) -> &[Finding] {
        &self.faults
    }

    fn heading(&self) -> String {
        match self.faults.len() {
            1 => "1 fault in the settings:".into(),
            many => format!("{many} faults in the settings:"),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.heading())?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl std::error::Error for ConfigError {}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        let faults: Vec<_> = error.faults.iter().map(ToString::to_string).collect();
        let message = format!("{} {}", error.heading(), faults.join(" | "));
        Self::invalid("configure", message).because(Arc::new(error))
    }
}
