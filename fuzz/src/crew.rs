//! The targets side by side, each in a process of its own.

use std::collections::VecDeque;
use std::env;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::worker::Running;
use crate::{Failure, Finding, Target};

/// What is run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The targets.
    pub targets: Vec<&'static Target>,
    /// How long each is fed.
    pub seconds: u64,
    /// What inputs are drawn from.
    pub seed: u64,
    /// Whether the planted bugs are fed instead.
    pub planted: bool,
    /// The file of the only input, if there is one.
    pub only: Option<PathBuf>,
    /// How many run at one time.
    pub side_by_side: usize,
    /// An input that takes so many seconds hangs.
    pub patience: u64,
    /// The root of the workspace.
    pub root: PathBuf,
}

/// What became of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub target: String,
    /// How many inputs it was given.
    pub fed: u64,
    /// How many of them were built upon.
    pub kept: usize,
    /// How long that took.
    pub took: Duration,
    /// Whether its property holds.
    pub verdict: Verdict,
}

/// Whether a property holds for everything that was fed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Holds,
    /// It does not.
    Broken(Finding),
}

impl Row {
    /// The row in one line, by which a process tells it.
    #[must_use]
    pub fn to_line(&self) -> String {
        let mut line = format!("{}\t{}\t{}\t{}", self.target, self.fed, self.kept, self.took.as_millis());
        if let Verdict::Broken(Finding { file, failure: Failure { place, what } }) = &self.verdict {
            line = format!("{line}\t{}\t{place}\t{}", file.display(), what.replace('\t', " "));
        }
        line
    }

    fn read(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.trim_end().split('\t').collect();
        let (numbers, finding) = fields.split_at_checked(4)?;
        let &[target, fed, kept, millis] = numbers else { return None };
        let verdict = match *finding {
            [] => Verdict::Holds,
            [file, place, what] => Verdict::Broken(Finding {
                file: file.into(),
                failure: Failure { place: place.to_owned(), what: what.to_owned() },
            }),
            _ => return None,
        };
        let took = Duration::from_millis(millis.parse().ok()?);
        Some(Self { target: target.to_owned(), fed: fed.parse().ok()?, kept: kept.parse().ok()?, took, verdict })
    }
}

/// Runs the targets, each to its end; the rows are in the order of the plan.
///
/// # Errors
/// What keeps a process from being started, or an input from being read.
pub fn run(plan: &Plan) -> io::Result<Vec<Row>> {
    let waiting: Mutex<VecDeque<(usize, &Target)>> = Mutex::new(plan.targets.iter().copied().enumerate().collect());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let lane = || {
        let mut rows = Vec::new();
        while let Some((place, target)) = next() {
            rows.push((place, process(plan, target)?));
        }
        Ok(rows)
    };
    let lanes: io::Result<Vec<_>> = thread::scope(|scope| {
        let lanes: Vec<_> = (0..plan.side_by_side.max(1)).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().map(|lane| lane.join().expect("a lane does not panic")).collect()
    });
    let mut rows: Vec<(usize, Row)> = lanes?.into_iter().flatten().collect();
    rows.sort_by_key(|(place, _)| *place);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

fn process(plan: &Plan, target: &Target) -> io::Result<Row> {
    let mut command = Command::new(env::current_exe()?);
    command.current_dir(&plan.root).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.args(["--worker", target.name]);
    command.args(["--seconds", &plan.seconds.to_string(), "--seed", &plan.seed.to_string()]);
    command.args(["--patience", &plan.patience.to_string()]);
    if plan.planted {
        command.arg("--planted");
    }
    if let Some(file) = &plan.only {
        command.arg("--repeat").arg(file);
    }
    let child = command.spawn()?;
    let id = child.id();
    let ended = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&ended.stdout);
    match Row::read(&said) {
        Some(row) if ended.status.success() => Ok(row),
        _ if ended.status.code() == Some(2) => Err(io::Error::other(last_words(&ended))),
        _ => died(plan, target, &ended, id),
    }
}

/// A process that an input took with it: a stack that overflowed, memory that ran out, a second panic.
fn died(plan: &Plan, target: &Target, ended: &Output, id: u32) -> io::Result<Row> {
    let input = Running::left_behind(&plan.root, target.name, id)?;
    let what = format!("the process ended with {}; {}", ended.status, last_words(ended));
    let finding = Finding::keep(&plan.root, target.name, &input, Failure { place: "process".to_owned(), what })?;
    let verdict = Verdict::Broken(finding);
    Ok(Row { target: target.name.to_owned(), fed: 0, kept: 0, took: Duration::ZERO, verdict })
}

fn last_words(ended: &Output) -> String {
    let said = String::from_utf8_lossy(&ended.stderr);
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_as_it_was_told() {
        let failure = Failure { place: "a.rs:1".to_owned(), what: "left is right".to_owned() };
        let broken = Verdict::Broken(Finding { file: "fuzz/artifacts/json/1.bin".into(), failure });
        for verdict in [Verdict::Holds, broken] {
            let row = Row { target: "json".to_owned(), fed: 7, kept: 3, took: Duration::from_millis(9), verdict };
            assert_eq!(Row::read(&format!("{}\n", row.to_line())), Some(row));
        }
        assert_eq!(Row::read("thread panicked at a.rs"), None);
    }
}
