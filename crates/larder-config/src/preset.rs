//! The presets: named settings, one word instead of twenty-eight variables.

use crate::words::words;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Unknown;

/// Named settings, the base on which everything else is laid.
///
/// ```
/// use larder_config::Preset;
///
/// assert_eq!(Preset::parse("Production")?, Preset::Production);
/// assert_eq!(Preset::parse("prodution").unwrap_err().meant, Some("production"));
/// # Ok::<(), larder_config::Unknown>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Preset {
    /// Every lookup is a miss, nothing is stored, no connection is made.
    Disabled,
    /// As little memory as possible.
    Minimal,
    /// Sensible for a small service.
    Simple,
    /// For a developer's machine; in force when nothing is said.
    #[default]
    Development,
    /// For test suites.
    Testing,
    /// For services under load.
    Production,
    /// For developing an application of language models.
    AiDevelopment,
    /// For applications of language models under load.
    AiProduction,
}

words! { Preset, "preset":
    Disabled = "disabled",
    Minimal = "minimal",
    Simple = "simple",
    Development = "development",
    Testing = "testing",
    Production = "production",
    AiDevelopment = "ai-development",
    AiProduction = "ai-production",
}

impl Preset {
    /// True for the presets that refuse what is unsafe.
    #[must_use]
    pub const fn is_production(self) -> bool {
        matches!(self, Self::Production | Self::AiProduction)
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Preset {
    type Err = Unknown;

    fn from_str(word: &str) -> Result<Self, Unknown> {
        Self::parse(word)
    }
}
