//! A finding: an input that breaks a property, kept as a file.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::{Failure, Seen};

/// Where findings are kept, from the root of the workspace.
pub(crate) const FOLDER: &str = "fuzz/artifacts";

/// An input that breaks the property of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file that holds the input.
    pub file: PathBuf,
    /// How it breaks the property.
    pub failure: Failure,
}

impl Finding {
    /// Keeps `input` below `root`, in a file that is named after it.
    ///
    /// # Errors
    /// What keeps it from being written.
    pub(crate) fn keep(root: &Path, target: &str, input: &[u8], failure: Failure) -> io::Result<Self> {
        let Seen(number) = Seen::of(input);
        let file = Path::new(FOLDER).join(target).join(format!("{number:016x}.bin"));
        let whole = root.join(&file);
        fs::create_dir_all(whole.parent().unwrap_or(root))?;
        fs::write(whole, input)?;
        Ok(Self { file, failure })
    }

    /// The command that gives the input to its target again.
    #[must_use]
    pub fn command(&self) -> String {
        format!("cargo xtask fuzz --repeat {}", self.file.display())
    }
}
