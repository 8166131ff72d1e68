//! Reads settings and secrets from files, and refuses what is no plain file.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use crate::document::{self, Document, LARGEST, Problem};

/// What a file held, and whether others may read it.
pub(crate) struct Contents<T> {
    pub(crate) value: T,
    pub(crate) readable_by_others: bool,
}

/// Reads a file of settings; its name says whether it is JSON or TOML.
pub(crate) fn read_settings(path: &Path) -> Result<Contents<Document>, Vec<Problem>> {
    let parse = match extension(path).as_str() {
        "json" => document::parse_json,
        "toml" => document::parse_toml,
        "yaml" | "yml" => return Err(Problem::whole("is YAML, which is not read", "use JSON or TOML")),
        _ => return Err(Problem::whole("has a name that ends neither in .json nor in .toml", "use JSON or TOML")),
    };
    let Contents { value: text, readable_by_others } = read_text(path)?;
    Ok(Contents { value: parse(&text)?, readable_by_others })
}

/// Reads a secret; one newline at its end is taken off.
pub(crate) fn read_secret(path: &Path) -> Result<Contents<String>, Vec<Problem>> {
    let mut contents = read_text(path)?;
    if contents.value.ends_with('\n') {
        contents.value.pop();
    }
    if contents.value.ends_with('\r') {
        contents.value.pop();
    }
    Ok(contents)
}

fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

fn read_text(path: &Path) -> Result<Contents<String>, Vec<Problem>> {
    // Opening a FIFO would wait for its writer, so the kind is asked for first.
    let metadata = fs::metadata(path).map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        return Err(Problem::whole("is no plain file", "name a file"));
    }
    let mut bytes = Vec::new();
    let limit = LARGEST as u64 + 1;
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(|error| unreadable(&error))?;
    match String::from_utf8(bytes) {
        Ok(value) => Ok(Contents { value, readable_by_others: is_readable_by_others(&metadata) }),
        Err(_) => Err(Problem::whole("is not UTF-8", "save it as UTF-8")),
    }
}

fn unreadable(error: &io::Error) -> Vec<Problem> {
    let suggestion = match error.kind() {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::PermissionDenied => "let the user of this process read it",
        _ => "check the file",
    };
    Problem::whole(format!("cannot be read: {error}"), suggestion)
}

#[cfg(unix)]
fn is_readable_by_others(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o044 != 0
}

#[cfg(not(unix))]
fn is_readable_by_others(_: &Metadata) -> bool {
    false
}
