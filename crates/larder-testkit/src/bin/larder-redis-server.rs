//! Runs the Redis that the tests run, for scripts and programs that stay light.
//!
//! `larder-redis-server --path` prints where the program is, unpacking it first where none is installed; anything else
//! is an argument of the server, which ends with our standard input.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use larder_core::Result;
use larder_testkit::{find_redis_server, keep_redis_server};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    answer(arguments).unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "{error}");
        ExitCode::from(2)
    })
}

fn answer(arguments: Vec<OsString>) -> Result<ExitCode> {
    if arguments == ["--path"] {
        let path = find_redis_server()?;
        let _ = writeln!(io::stdout(), "{}", path.display());
        return Ok(ExitCode::SUCCESS);
    }
    let code = keep_redis_server(arguments)?;
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)))
}
