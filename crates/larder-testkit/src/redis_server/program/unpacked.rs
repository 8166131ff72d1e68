//! A server in the build folder, unpacked once for all tests.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::environment::is_program;
use super::{apt, target, tool};

/// What unfinished folders begin with.
const UNFINISHED: &str = ".redis-";

/// Writes its second argument into the program that the first one names.
const WRITE: &str = r#"printf %s "$1" >"$0" && chmod 755 "$0""#;

/// The server that was unpacked, now or before.
pub(super) fn find() -> Result<PathBuf, String> {
    let tools = target::folder().ok_or("this program is in no build folder of cargo")?.join("tools");
    let place = tools.join(format!("redis-{}", system()));
    let program = place.join("redis-server");
    if is_program(&program) {
        return Ok(program);
    }
    fs::create_dir_all(&tools).map_err(|error| format!("make {}: {error}", tools.display()))?;
    // Tests run in many processes: one unpacks, the others wait here.
    let _lock = lock(&tools).map_err(|error| format!("lock {}: {error}", tools.display()))?;
    if !is_program(&program) {
        remove_unfinished(&tools);
        unpack(&tools, &place)?;
    }
    Ok(program)
}

fn lock(tools: &Path) -> io::Result<File> {
    let file = File::create(tools.join("redis.lock"))?;
    file.lock()?;
    Ok(file)
}

/// What a test left that was killed while it unpacked.
fn remove_unfinished(tools: &Path) {
    for entry in fs::read_dir(tools).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Unpacks beside `place` and moves the whole there at the end.
fn unpack(tools: &Path, place: &Path) -> Result<(), String> {
    let place_failed = |error: io::Error| format!("write {}: {error}", place.display());
    let unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(tools).map_err(place_failed)?;
    let server = apt::unpack(unfinished.path())?;
    let launcher = unfinished.path().join("redis-server");
    // Written by another process: a child that this one starts meanwhile would hold the file open, and no system runs a
    // program that somebody may still write.
    let mut write = Command::new("sh");
    write.args(["-c", WRITE]).arg(&launcher).arg(script(unfinished.path(), &server));
    tool::run(&mut write)?;
    tool::run(Command::new(&launcher).arg("--version"))?;
    fs::set_permissions(unfinished.path(), Permissions::from_mode(0o755)).map_err(place_failed)?;
    fs::rename(unfinished.path(), place).map_err(place_failed)
}

/// Starts the server with the libraries beside it, wherever the folder is moved.
fn script(root: &Path, server: &Path) -> String {
    let libraries: Vec<String> = libraries(root).iter().map(|folder| format!("$here/{}", folder.display())).collect();
    format!(
        "#!/bin/sh\nhere=${{0%/*}}\nLD_LIBRARY_PATH=\"{}\"\nexport LD_LIBRARY_PATH\nexec \"$here/{}\" \"$@\"\n",
        libraries.join(":"),
        server.display()
    )
}

/// The folders with libraries, as seen from `root`.
fn libraries(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["usr/lib", "lib"] {
        let within = fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
        found.extend(
            within.filter(|entry| entry.path().is_dir()).map(|entry| Path::new(folder).join(entry.file_name())),
        );
        found.push(PathBuf::from(folder));
    }
    found
}

/// The system that a program is for: another one has other libraries.
fn system() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let field = |name: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or("unknown").trim_matches('"').to_owned()
    };
    format!("{}-{}-{}", field("ID"), field("VERSION_ID"), std::env::consts::ARCH)
}
