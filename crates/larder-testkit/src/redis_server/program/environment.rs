//! What the environment says of the server that tests run.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The variable that names the server to test with.
pub(super) const NAMED: &str = "LARDER_REDIS_SERVER";

/// The server that the variable names.
pub(super) fn named() -> Option<PathBuf> {
    variable(NAMED).map(PathBuf::from)
}

/// The first program of this name in the search path.
pub(super) fn in_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&variable("PATH")?).map(|folder| folder.join(program)).find(|path| is_program(path))
}

/// Whether this is a file that may be run.
pub(super) fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// A variable; an empty one counts as none.
#[allow(clippy::disallowed_methods)] // Which server a test runs is no setting of the application under test.
pub(super) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
