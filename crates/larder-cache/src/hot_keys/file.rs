//! A list in a file.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, ErrorKind as Io};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use larder_core::Result;

use super::HotKeyList;
use super::format::broken;

impl HotKeyList {
    /// Writes the list into the file at `path`, whole or not at all: beside it first, then in its place.
    ///
    /// On Unix only the process's own user may read it, for keys can tell something. It blocks its thread while it writes;
    /// call it where that harms nobody, at the end of the process say, or through `spawn_blocking`.
    ///
    /// # Errors
    /// As [`write_to`](HotKeyList::write_to), and `Unavailable` with the error of the file system. What was there stays.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let beside = beside(path);
        let saved = self.write_beside(&beside).and_then(|()| {
            fs::rename(&beside, path).map_err(|error| broken("write_hot_keys", "the file could not be replaced", error))
        });
        if saved.is_err() {
            // What cannot be removed either is written over by the next save.
            fs::remove_file(&beside).ok();
        }
        saved
    }

    /// Reads the list from the file at `path`; none when there is no such file, as before the first run.
    ///
    /// # Errors
    /// As [`read_from`](HotKeyList::read_from).
    pub fn open(path: impl AsRef<Path>) -> Result<Option<Self>> {
        match File::open(path) {
            Ok(file) => Self::read_from(BufReader::new(file)).map(Some),
            Err(error) if error.kind() == Io::NotFound => Ok(None),
            Err(error) => Err(broken("read_hot_keys", "the file could not be opened", error)),
        }
    }

    fn write_beside(&self, beside: &Path) -> Result<()> {
        let failed = |error| broken("write_hot_keys", "the file could not be written; look at its folder", error);
        let file = private().open(beside).map_err(failed)?;
        self.write_to(BufWriter::new(&file))?;
        file.sync_all().map_err(failed)
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A name beside `path` that no other save of this machine uses at the same time.
fn beside(path: &Path) -> PathBuf {
    static SAVES: AtomicUsize = AtomicUsize::new(0);
    let save = SAVES.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().map(OsString::from).unwrap_or_default();
    name.push(format!(".{}-{save}.part", std::process::id()));
    path.with_file_name(name)
}
