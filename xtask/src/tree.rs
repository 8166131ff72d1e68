//! The files of the repository, as paths relative to its root.

use std::fs;
use std::path::{Path, PathBuf};

use crate::verdict::{Fault, Result};

/// A text file of the repository.
#[derive(Debug, Clone)]
pub(crate) struct TextFile {
    /// Its path from the root, with `/` between the parts.
    pub(crate) path: String,
    /// What it says.
    pub(crate) text: String,
}

/// All files below `root` that end with `.extension`, sorted; build output and hidden folders are left out.
pub(crate) fn files(root: &Path, extension: &str) -> Result<Vec<TextFile>> {
    let mut paths = Vec::new();
    collect(root, extension, &mut paths)?;
    paths.sort();
    paths.into_iter().map(|path| read_file(root, &path)).collect()
}

/// The text of one file, with its path in the message when it cannot be read.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| Fault::io(&format!("read {}", path.display()), &error))
}

fn read_file(root: &Path, path: &Path) -> Result<TextFile> {
    let relative = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    Ok(TextFile { path: relative, text: read(path)? })
}

fn collect(folder: &Path, extension: &str, into: &mut Vec<PathBuf>) -> Result<()> {
    let refused = |error| Fault::io(&format!("list {}", folder.display()), &error);
    for entry in fs::read_dir(folder).map_err(refused)? {
        let path = entry.map_err(refused)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            collect(&path, extension, into)?;
        } else if path.is_file() && path.extension().is_some_and(|found| found == extension) {
            into.push(path);
        }
    }
    Ok(())
}
