//! Other programs: started, waited for within a bound, never left behind.

use std::process::{Child, Command, ExitStatus, Output};
use std::time::Duration;

use crate::stopwatch::Stopwatch;
use crate::verdict::{Fault, Result, Verdict};

/// Between two looks at a child; short beside any build, long beside a look.
const LOOK: Duration = Duration::from_millis(10);

/// Runs `command` to its end; its output is ours.
pub(crate) fn run(command: &mut Command) -> Result<Verdict> {
    let status = command.status().map_err(|error| could_not_start(command, &error))?;
    Ok(Verdict::good_if(status.success()))
}

/// Runs `command` to its end; its output is ours, and its exit code says more than good or bad.
pub(crate) fn run_status(mut command: Command) -> Result<Option<i32>> {
    let status = command.status().map_err(|error| could_not_start(&command, &error))?;
    Ok(status.code())
}

/// Runs `command` to its end and collects its output.
pub(crate) fn output(command: &mut Command) -> Result<Output> {
    command.output().map_err(|error| could_not_start(command, &error))
}

/// Starts `command`; dropping what comes back ends the process.
pub(crate) fn start(command: &mut Command) -> Result<Running> {
    command.spawn().map(Running).map_err(|error| could_not_start(command, &error))
}

/// What a wait came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The process ended by itself.
    Exited(ExitStatus),
    /// It was still running at the limit, and was killed.
    Killed,
}

/// A child process that does not outlive this value.
#[derive(Debug)]
pub(crate) struct Running(Child);

impl Running {
    /// The child, to take its pipes.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Waits at most `limit`, then kills.
    pub(crate) fn wait(&mut self, limit: Duration) -> Result<Ended> {
        let watch = Stopwatch::start();
        while watch.elapsed() < limit {
            if let Some(status) = self.0.try_wait().map_err(|error| Fault::io("wait for a process", &error))? {
                return Ok(Ended::Exited(status));
            }
            pause();
        }
        self.kill();
        Ok(Ended::Killed)
    }

    /// Asks the process to end (SIGTERM); the shell's own `kill` is on every Unix, the program of that name is not.
    pub(crate) fn terminate(&self) -> Result<()> {
        let id = self.0.id().to_string();
        match run(Command::new("sh").args(["-c", "kill -TERM \"$0\"", &id]))? {
            Verdict::Good => Ok(()),
            Verdict::Bad => Err(Fault::new(format!("could not send SIGTERM to process {id}: it has already ended"))),
        }
    }

    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Between two looks at another program.
#[expect(clippy::disallowed_methods, reason = "a child of another language has no condition to wait for but its end")]
pub(crate) fn pause() {
    std::thread::sleep(LOOK);
}

fn could_not_start(command: &Command, error: &std::io::Error) -> Fault {
    let program = command.get_program().to_string_lossy();
    Fault::new(format!("could not start `{program}`: {error}; `cargo xtask setup` names what is missing"))
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
    fn a_process_beyond_its_limit_is_killed() {
        let mut running = start(&mut shell("exec sleep 60")).expect("sh runs");
        assert_eq!(running.wait(Duration::from_millis(50)), Ok(Ended::Killed));
    }

    #[test]
    fn a_terminated_process_ends_by_its_own_trap() {
        let mut command = shell("trap 'exit 7' TERM; echo ready; while :; do :; done");
        let mut running = start(command.stdout(std::process::Stdio::piped())).expect("sh runs");
        let mut ready = String::new();
        let stdout = running.child().stdout.take().expect("piped");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut ready).expect("a line");
        running.terminate().expect("it runs");
        let ended = running.wait(Duration::from_secs(10)).expect("a wait");
        assert!(matches!(ended, Ended::Exited(status) if status.code() == Some(7)), "{ended:?}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let fault = run(&mut Command::new("no-such-program-of-larder")).expect_err("it is not there");
        assert!(fault.to_string().contains("`no-such-program-of-larder`"), "{fault}");
    }
}
