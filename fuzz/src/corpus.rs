//! Inputs to begin with: what a target makes itself, and what lies in its folder.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::Target;

/// The folder of committed inputs of `target`.
fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// The committed inputs of `target`, in the order of their names; none where there is no folder.
///
/// # Errors
/// What keeps a file from being read.
pub fn read(target: &str) -> io::Result<Vec<Vec<u8>>> {
    let folder = folder(target);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut files = fs::read_dir(folder)?.map(|file| file.map(|file| file.path())).collect::<io::Result<Vec<_>>>()?;
    files.sort();
    files.into_iter().map(fs::read).collect()
}

/// Everything that `target` begins with.
///
/// # Errors
/// As [`read`].
pub fn seeds(target: &Target) -> io::Result<Vec<Vec<u8>>> {
    let mut seeds = (target.seeds)();
    seeds.extend(read(target.name)?);
    Ok(seeds)
}
