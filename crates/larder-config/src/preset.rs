//! The presets: named settings, one word instead of twenty-eight variables.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Unknown, suggest};

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

impl Preset {
    /// Every preset, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Disabled,
        Self::Minimal,
        Self::Simple,
        Self::Development,
        Self::Testing,
        Self::Production,
        Self::AiDevelopment,
        Self::AiProduction,
    ];

    /// The words for them, in the same order.
    pub const NAMES: [&'static str; 8] = {
        let mut names = [""; 8];
        let mut index = 0;
        while index < names.len() {
            names[index] = Self::ALL[index].name();
            index += 1;
        }
        names
    };

    /// The word for it in files and variables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Minimal => "minimal",
            Self::Simple => "simple",
            Self::Development => "development",
            Self::Testing => "testing",
            Self::Production => "production",
            Self::AiDevelopment => "ai-development",
            Self::AiProduction => "ai-production",
        }
    }

    /// Reads a word, in any case.
    ///
    /// # Errors
    /// [`Unknown`], with the nearest preset when there is one.
    pub fn parse(word: &str) -> Result<Self, Unknown> {
        suggest::choose(word, "preset", &Self::ALL, &Self::NAMES)
    }

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
