//! A running service, which listens where it says.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::{LIMIT, expect_success};
use crate::output;
use crate::process::{self, Running};
use crate::verdict::{Fault, Result, Verdict};

const ANNOUNCEMENT: &str = "listening on ";

/// A service that was started; dropping it ends it.
#[derive(Debug)]
pub(super) struct Service {
    running: Running,
    /// Where it listens.
    pub(super) url: String,
}

impl Service {
    /// Starts it by `command`, and waits until it says where it listens.
    pub(super) fn start(mut command: Command) -> Result<Self> {
        let mut running = process::start(command.stdout(Stdio::piped()))?;
        let url = address(&listen(&mut running)?, LIMIT)?;
        Ok(Self { running, url })
    }

    /// Asks it to end; good when it ends well.
    pub(super) fn stop(&mut self) -> Result<Verdict> {
        self.running.terminate()?;
        expect_success("the service, asked to stop,", self.running.wait(LIMIT)?)
    }
}

/// The lines that the service prints; all of them are read, so that it never waits for us.
fn listen(service: &mut Running) -> Result<Receiver<String>> {
    let stdout = service.child().stdout.take().ok_or_else(|| Fault::new("the service has no output"))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn the_address_is_read_from_among_other_lines() {
        let service = Service::start(shell("echo hello; echo 'listening on http://127.0.0.1:4711'"));
        assert_eq!(service.expect("it says so").url, "http://127.0.0.1:4711");
    }

    #[test]
    fn a_service_that_ends_early_or_says_nothing_is_told_apart() {
        let early = Service::start(shell("echo hello")).expect_err("it says nothing");
        assert!(early.to_string().contains("ended before"), "{early}");
        let mut silent = process::start(shell("exec sleep 60").stdout(Stdio::piped())).expect("sh runs");
        let lines = listen(&mut silent).expect("piped");
        assert!(address(&lines, Duration::from_millis(20)).is_err_and(|fault| fault.to_string().contains("in time")));
    }

    #[test]
    fn a_service_must_end_well_when_asked() {
        let start = |script: &str| Service::start(shell(script)).expect("it says so");
        let mut polite = start("trap 'exit 0' TERM; echo 'listening on x'; while :; do :; done");
        assert_eq!(polite.stop(), Ok(Verdict::Good));
        assert_eq!(start("echo 'listening on x'; exec sleep 60").stop(), Ok(Verdict::Bad));
    }
}
