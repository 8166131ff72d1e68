//! One protection, tried: its test with it and without it.

use std::collections::HashSet;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::programs::Program;
use crate::ablations::{Ablation, TestName};
use crate::process::{self, Ended, Running};
use crate::verdict::{Fault, Result};

/// One run of one test; a hang without the protection is a failure too.
const LIMIT: Duration = Duration::from_secs(120);

/// For the last output of a program that has ended, in case a process of its own still holds the pipe.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What a test program answers when a test failed.
const FAILED: i32 = 101;

/// What a trial showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// The test fails without the protection.
    Fails,
    /// It does not end without the protection.
    Hangs,
    /// It passes all the same.
    Passes,
    /// It does not even pass with the protection.
    Spoiled(String),
    /// Without the protection the program ends in another way than by a failed test.
    Breaks(String),
}

/// What one run of a test showed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Run {
    Passed,
    Failed,
    Hung,
    Absent,
    Odd(String),
}

/// Runs the test of `entry` with all protections, unless it is `sound` already, then without the one.
pub(super) fn prove(program: Option<&Program>, entry: &Ablation, sound: &mut HashSet<TestName>) -> Result<Proof> {
    let Some(program) = program else { return Ok(Proof::Spoiled("has no test program".to_owned())) };
    let command = || program.command(&entry.test.path);
    if !sound.contains(&entry.test) {
        let control = run(&mut command())?;
        if control != Run::Passed {
            return Ok(Proof::Spoiled(control.words()));
        }
        sound.insert(entry.test.clone());
    }
    // The names of functions are slow to find, and every panic is wanted.
    Ok(match run(command().env("LARDER_ABLATE", &entry.name).env("RUST_BACKTRACE", "0"))? {
        Run::Failed => Proof::Fails,
        Run::Hung => Proof::Hangs,
        Run::Passed => Proof::Passes,
        other => Proof::Breaks(other.words()),
    })
}

impl Run {
    fn words(&self) -> String {
        match self {
            Self::Passed => "passes".to_owned(),
            Self::Failed => "fails".to_owned(),
            Self::Hung => format!("runs longer than {} s", LIMIT.as_secs()),
            Self::Absent => "does not exist in its program".to_owned(),
            Self::Odd(how) => how.clone(),
        }
    }
}

fn run(command: &mut Command) -> Result<Run> {
    let mut running = process::start(command.stdout(Stdio::piped()).stderr(Stdio::null()))?;
    let words = listen(&mut running)?;
    let ended = running.wait(LIMIT)?;
    let said = words.recv_timeout(LAST_WORDS).unwrap_or_default();
    Ok(judge(ended, &said))
}

/// Reads the output beside us, so that a full pipe stops nobody.
fn listen(running: &mut Running) -> Result<Receiver<String>> {
    let mut stdout = running.child().stdout.take().ok_or_else(|| Fault::new("a test program has no output"))?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stdout.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    Ok(receiver)
}

fn judge(ended: Ended, said: &str) -> Run {
    let Ended::Exited(status) = ended else { return Run::Hung };
    match status.code() {
        _ if said.lines().any(|line| line == "running 0 tests") => Run::Absent,
        Some(0) if said.lines().any(|line| line == "running 1 test") => Run::Passed,
        Some(FAILED) => Run::Failed,
        _ => Run::Odd(format!("ends with {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Run {
        run(Command::new("sh").args(["-c", script])).expect("sh runs")
    }

    #[test]
    fn a_run_is_judged_by_what_it_says_and_how_it_ends() {
        assert_eq!(shell("echo 'running 1 test'"), Run::Passed);
        assert_eq!(shell("echo 'running 1 test'; exit 101"), Run::Failed);
        assert_eq!(shell("echo 'running 0 tests'"), Run::Absent);
    }

    #[test]
    fn an_end_by_a_signal_is_no_failed_test() {
        assert!(matches!(shell("echo 'running 1 test'; kill -ABRT $$"), Run::Odd(how) if how.contains("signal")));
    }

    #[test]
    fn a_killed_run_hung() {
        assert_eq!(judge(Ended::Killed, "running 1 test\n"), Run::Hung);
    }

    #[test]
    fn much_output_stops_nobody() {
        assert_eq!(shell("echo 'running 1 test'; head -c 1000000 /dev/zero; exit 101"), Run::Failed);
    }
}
