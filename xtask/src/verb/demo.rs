//! `demo`: the service of `examples/text-service`, started for a person or tested over HTTP.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use cargo_metadata::TargetKind;

use crate::process::{self, Ended, Running};
use crate::verdict::{Fault, Result, Verdict};
use crate::{cargo, output};

const PACKAGE: &str = "text-service";
const ANNOUNCEMENT: &str = "listening on ";

/// To start, to answer all questions, to stop: each takes a second or two.
const LIMIT: Duration = Duration::from_secs(60);

/// Builds the service and becomes it: signals and the exit code are its own.
pub(crate) fn serve(extra: &[OsString]) -> Result<Verdict> {
    let error = Command::new(build()?).arg("serve").args(extra).exec();
    Err(Fault::io("start the service", &error))
}

/// Starts the service on a free port, lets it test itself over HTTP, and stops it.
pub(crate) fn smoke(extra: &[OsString]) -> Result<Verdict> {
    let program = build()?;
    let mut command = Command::new(&program);
    command.args(["serve", "--listen", "127.0.0.1:0"]).args(extra);
    let mut server = process::start(command.stdout(Stdio::piped()))?;
    let url = address(&listen(&mut server)?, LIMIT)?;
    let answers = question(&program, &url)?;
    let end = stop(&mut server)?;
    Ok(Verdict::good_if(answers == Verdict::Good && end == Verdict::Good))
}

fn build() -> Result<PathBuf> {
    let metadata = cargo::workspace(None)?;
    let root = metadata.workspace_root.as_std_path();
    let built = cargo::executables(&mut cargo::command(root, &["build", "--package", PACKAGE, "--bin", PACKAGE]))?;
    let program = built.into_iter().find(|it| it.target.is_kind(TargetKind::Bin) && it.target.name == PACKAGE);
    let path = program.and_then(|artifact| artifact.executable);
    path.map(Into::into).ok_or_else(|| Fault::new(format!("cargo built no program `{PACKAGE}`")))
}

/// The lines that the service prints; all of them are read, so that it never waits for us.
fn listen(server: &mut Running) -> Result<Receiver<String>> {
    let stdout = server.child().stdout.take().ok_or_else(|| Fault::new("the service has no output"))?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(std::result::Result::ok) {
            output::note(&format!("service: {line}"));
            let _ = sender.send(line);
        }
    });
    Ok(receiver)
}

fn address(lines: &Receiver<String>, limit: Duration) -> Result<String> {
    loop {
        let line = lines.recv_timeout(limit).map_err(|error| match error {
            mpsc::RecvTimeoutError::Timeout => Fault::new("the service did not say in time where it listens"),
            mpsc::RecvTimeoutError::Disconnected => Fault::new("the service ended before it said where it listens"),
        })?;
        if let Some(url) = line.strip_prefix(ANNOUNCEMENT) {
            return Ok(url.trim().to_owned());
        }
    }
}

fn question(program: &Path, url: &str) -> Result<Verdict> {
    let mut smoke = process::start(Command::new(program).args(["smoke", "--url", url]))?;
    expect_success("the smoke test", smoke.wait(LIMIT)?)
}

fn stop(server: &mut Running) -> Result<Verdict> {
    server.terminate()?;
    expect_success("the service, asked to stop,", server.wait(LIMIT)?)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn started(script: &str) -> (Running, Receiver<String>) {
        let mut server =
            process::start(Command::new("sh").args(["-c", script]).stdout(Stdio::piped())).expect("sh runs");
        let lines = listen(&mut server).expect("piped");
        (server, lines)
    }

    #[test]
    fn the_address_is_read_from_among_other_lines() {
        let (_server, lines) = started("echo hello; echo 'listening on http://127.0.0.1:4711'");
        assert_eq!(address(&lines, LIMIT), Ok("http://127.0.0.1:4711".to_owned()));
    }

    #[test]
    fn a_service_that_ends_early_or_says_nothing_is_told_apart() {
        let (_server, lines) = started("echo hello");
        assert!(address(&lines, LIMIT).is_err_and(|fault| fault.to_string().contains("ended before")));
        let (_server, lines) = started("exec sleep 60");
        assert!(address(&lines, Duration::from_millis(20)).is_err_and(|fault| fault.to_string().contains("in time")));
    }

    #[test]
    fn a_service_must_end_well_when_asked() {
        let (mut server, lines) = started("trap 'exit 0' TERM; echo 'listening on x'; while :; do :; done");
        address(&lines, LIMIT).expect("it says so");
        assert_eq!(stop(&mut server), Ok(Verdict::Good));
        let (mut server, lines) = started("echo 'listening on x'; exec sleep 60");
        address(&lines, LIMIT).expect("it says so");
        assert_eq!(stop(&mut server), Ok(Verdict::Bad));
    }
}
