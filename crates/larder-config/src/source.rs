//! Where a value came from.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::{Preset, shown};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// The AI defaults, because AI is on over a preset without AI.
    AiDefaults,
    /// A preset.
    Preset(Preset),
    /// A file given in code.
    File(PathBuf),
    /// An environment variable, by its name.
    Variable(String),
    /// The file that a variable names with `@path`.
    VariableFile {
        /// The variable.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// The program itself.
    Code,
}

impl Source {
    /// True when a person set it, rather than a preset or a default.
    #[must_use]
    pub const fn is_override(&self) -> bool {
        !matches!(self, Self::Default | Self::AiDefaults | Self::Preset(_))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::AiDefaults => f.write_str("AI defaults"),
            Self::Preset(preset) => write!(f, "preset {preset}"),
            Self::File(path) => write!(f, "file {}", Printable(path)),
            Self::Variable(name) => write!(f, "variable {}", shown::bare(name)),
            Self::VariableFile { name, path } => write!(f, "variable {}, file {}", shown::bare(name), Printable(path)),
            Self::Code => f.write_str("code"),
        }
    }
}

struct Printable<'a>(&'a Path);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.to_string_lossy().chars().flat_map(char::escape_debug).try_for_each(|c| write!(f, "{c}"))
    }
}
