//! Which program is the server: named by a variable, installed, or unpacked for the tests.

mod advice;
mod apt;
mod environment;
mod target;
mod tool;
mod unpacked;

use std::path::PathBuf;

use larder_core::{Error, ErrorKind, Result};

use super::fault::fault;
use environment::{NAMED, in_path, is_program, named};

/// The programs that speak the protocol, in the order in which they are looked for.
const PROGRAMS: &[&str] = &["redis-server", "valkey-server"];

/// Finds the server that tests start.
///
/// # Behavior
/// It is the program that the variable `LARDER_REDIS_SERVER` names; else `redis-server` or `valkey-server` in the search
/// path; else the package of the distribution (Debian and its like), unpacked once into `tools` of cargo's build folder.
/// Unpacking takes seconds, needs the distribution's server of packages, and needs no root.
///
/// # Errors
/// `Unavailable` when there is none; the message names the command that installs one.
pub fn find_redis_server() -> Result<PathBuf> {
    if let Some(path) = named() {
        return if is_program(&path) { Ok(path) } else { Err(wrong_name(&path.display().to_string())) };
    }
    if let Some(path) = PROGRAMS.iter().find_map(|program| in_path(program)) {
        return Ok(path);
    }
    unpacked::find().map_err(|why| missing(&why))
}

fn wrong_name(path: &str) -> Error {
    let message = format!("{NAMED} names {path}, which is no program: correct the variable, or unset it");
    fault(ErrorKind::Unavailable, "find", message)
}

fn missing(why: &str) -> Error {
    let message = format!(
        "there is no redis-server in PATH, and none could be unpacked from the distribution's package ({why}); \
         install it with `{}`, or let {NAMED} name one",
        advice::command()
    );
    fault(ErrorKind::Unavailable, "find", message)
}
