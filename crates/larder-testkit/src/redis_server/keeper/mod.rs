//! A process that dies with us, however we die.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Holds one server by a pipe, whose end kills the server; our death ends it, too.
#[derive(Debug)]
pub(super) struct Keeper {
    shell: Child,
    /// None once the end has begun.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Keeper {
    const SCRIPT: &str = include_str!("keeper.sh");

    /// A keeper of `program`, which does not run yet; it removes `folder` at the end.
    pub(super) fn new(
        folder: &Path,
        program: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        output: Stdio,
    ) -> io::Result<Self> {
        let script = folder.join("keeper");
        fs::write(&script, Self::SCRIPT)?;
        let mut command = Command::new("sh");
        command.arg(&script).arg(folder).arg(program).args(arguments);
        // A group of its own: the keys that interrupt the tests must not end the keeper before the server.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(output);
        let mut shell = command.spawn()?;
        let orders = shell.stdin.take();
        let answers = BufReader::new(shell.stdout.take().expect("standard output is piped above"));
        Ok(Self { shell, orders, answers })
    }

    /// Starts the server and returns the number of its process.
    pub(super) fn start(&mut self) -> io::Result<u32> {
        self.give("start")?;
        loop {
            let answer = self.answer()?;
            if let Some(number) = answer.strip_prefix("started ") {
                return number.parse().map_err(io::Error::other);
            }
        }
    }

    /// Stops the server as it stands (SIGSTOP); false when none runs.
    pub(super) fn stop(&mut self) -> io::Result<bool> {
        self.order("stop")
    }

    /// Lets a stopped server go on (SIGCONT); false when none runs.
    pub(super) fn go_on(&mut self) -> io::Result<bool> {
        self.order("continue")
    }

    /// Kills the server (SIGKILL) and waits for its end; false when none runs.
    pub(super) fn kill(&mut self) -> io::Result<bool> {
        self.order("kill")
    }

    /// Waits until the server ends by itself, and returns its exit code.
    pub(super) fn ended(&mut self) -> io::Result<i32> {
        loop {
            let answer = self.answer()?;
            if let Some(code) = answer.strip_prefix("ended ") {
                return code.parse().map_err(io::Error::other);
            }
        }
    }

    /// The pipe that holds the server: dropping it kills.
    pub(super) fn take_orders(&mut self) -> Option<ChildStdin> {
        self.orders.take()
    }

    fn order(&mut self, order: &str) -> io::Result<bool> {
        self.give(order)?;
        loop {
            match self.answer()?.as_str() {
                "done" => return Ok(true),
                "refused" => return Ok(false),
                _ => {}
            }
        }
    }

    fn give(&mut self, order: &str) -> io::Result<()> {
        let orders = self.orders.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(orders, "{order}")
    }

    fn answer(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.orders = None;
        // It waits for the server, so that nothing is left when a test has ended.
        let _ = self.shell.wait();
    }
}
