//! `demo`: the service of `examples/text-service`, started for a person or tested over HTTP, alone or over a Redis.

mod redis;
mod service;

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use cargo_metadata::TargetKind;

use self::redis::Redis;
use self::service::Service;
use crate::process::{self, Ended};
use crate::verdict::{Fault, Result, Verdict};
use crate::{cargo, output};

const PACKAGE: &str = "text-service";

/// To start, to answer all questions, to stop: each takes a second or two.
const LIMIT: Duration = Duration::from_secs(60);

/// The variable by which the service finds its Redis.
const URL: &str = "CACHE_REDIS_URL";

/// The smoke test asks whether a shared answer is found, not how fast: a busy machine must not look like a miss.
const PATIENT: (&str, &str) = ("CACHE_CUSTOM_CONFIG", r#"{"l2_read_timeout_ms":1000,"l2_write_timeout_ms":1000}"#);

/// Builds the service and becomes it: signals and the exit code are its own. A Redis of its own lives as long as it does.
pub(crate) fn serve(over_redis: bool, extra: &[OsString]) -> Result<Verdict> {
    let mut command = Command::new(program()?);
    command.arg("serve").args(extra);
    let redis = if over_redis { Some(Redis::start()?) } else { None };
    if let Some(redis) = &redis {
        output::note(&format!("the service shares {}, which ends with it", redis.url()));
        command.env(URL, redis.url()).stdin(redis.held()?);
    }
    let error = command.exec();
    Err(Fault::io("start the service", &error))
}

/// Starts the service on a free port, lets it test itself over HTTP, and stops it.
pub(crate) fn smoke(extra: &[OsString]) -> Result<Verdict> {
    let program = program()?;
    let mut service = Service::start(serving(&program, extra))?;
    let answers = question(&program, &["--url", &service.url])?;
    let end = service.stop()?;
    Ok(Verdict::good_if(answers == Verdict::Good && end == Verdict::Good))
}

/// Starts a Redis, a service, and then another one, which must know what the first computed; ends the Redis, and both
/// must go on without it. Whatever happens, nothing of it is left running.
pub(crate) fn smoke_over_redis(extra: &[OsString]) -> Result<Verdict> {
    let program = program()?;
    let redis = Redis::start()?;
    let start = || {
        let mut command = serving(&program, extra);
        command.env(URL, redis.url()).env(PATIENT.0, PATIENT.1);
        Service::start(command)
    };
    let mut first = start()?;
    let alone = question(&program, &["--url", &first.url])?;
    let mut second = start()?;
    let both = ["--url", &first.url, "--second", &second.url];
    let shared = question(&program, &both)?;
    redis.end()?;
    output::note("the Redis was killed");
    let without = question(&program, &[&both[..], &["--degraded"]].concat())?;
    let ends = [first.stop()?, second.stop()?];
    Ok(Verdict::good_if([alone, shared, without].iter().chain(&ends).all(|verdict| *verdict == Verdict::Good)))
}

fn program() -> Result<PathBuf> {
    build(&["build", "--package", PACKAGE, "--bin", PACKAGE], PACKAGE)
}

/// The program `name` that cargo builds by these words.
fn build(words: &[&str], name: &str) -> Result<PathBuf> {
    let metadata = cargo::workspace(None)?;
    let root = metadata.workspace_root.as_std_path();
    let built = cargo::executables(&mut cargo::command(root, words))?;
    let program = built.into_iter().find(|it| it.target.is_kind(TargetKind::Bin) && it.target.name == name);
    let path = program.and_then(|artifact| artifact.executable);
    path.map(Into::into).ok_or_else(|| Fault::new(format!("cargo built no program `{name}`")))
}

fn serving(program: &Path, extra: &[OsString]) -> Command {
    let mut command = Command::new(program);
    command.args(["serve", "--listen", "127.0.0.1:0"]).args(extra);
    command
}

fn question(program: &Path, words: &[&str]) -> Result<Verdict> {
    let mut smoke = process::start(Command::new(program).arg("smoke").args(words))?;
    expect_success("the smoke test", smoke.wait(LIMIT)?)
}

fn expect_success(who: &str, ended: Ended) -> Result<Verdict> {
    match ended {
        Ended::Exited(status) if status.success() => Ok(Verdict::Good),
        Ended::Exited(status) => output::line(&format!("{who} ended with {status}")).map(|()| Verdict::Bad),
        Ended::Killed => {
            output::line(&format!("{who} did not end within {} s", LIMIT.as_secs())).map(|()| Verdict::Bad)
        }
    }
}
