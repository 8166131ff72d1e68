//! A process that feeds one target: what breaks it takes this process away, and nothing else.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;
use std::{process, thread};

use crate::finding::FOLDER;
use crate::smallest::smallest;
use crate::stopwatch::Stopwatch;
use crate::{Check, Failure, Finding, Fuzz, Row, Target, Verdict, seeds};

/// As much as a thread of a runtime has.
const STACK: usize = 2 * 1024 * 1024;

/// What one process does.
#[derive(Clone, Debug)]
pub struct Job {
    /// What is fed.
    pub target: &'static Target,
    /// For how long.
    pub time: Duration,
    /// What the inputs are drawn from.
    pub seed: u64,
    /// Whether the planted bug is fed instead.
    pub planted: bool,
    /// The file of the only input, if there is one.
    pub only: Option<PathBuf>,
    /// An input that takes longer hangs.
    pub patience: Duration,
    /// The root of the workspace.
    pub root: PathBuf,
}

impl Job {
    fn check(&self) -> Check {
        if self.planted { self.target.planted } else { self.target.check }
    }
}

/// Feeds the target until its time is over or something is found.
///
/// An input that hangs ends the process, after its row was written to standard output.
///
/// # Errors
/// What keeps inputs from being read or findings from being kept.
pub fn work(job: &Job) -> io::Result<Row> {
    let (running, watch) = (Running::new(&job.root, job.target.name)?, Watch::default());
    let row = thread::scope(|scope| {
        scope.spawn(|| watch.look(job));
        let feeding = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || feed(job, running, &watch));
        let row = feeding.map(|feeding| feeding.join().expect("what a target panics with is caught"));
        watch.end();
        row?
    })?;
    fs::remove_file(Running::path(&job.root, job.target.name, process::id()))?;
    Ok(row)
}

fn feed(job: &Job, mut running: Running, watch: &Watch) -> io::Result<Row> {
    let first = match &job.only {
        Some(file) => vec![fs::read(file)?],
        None => seeds(job.target)?,
    };
    let (mut fuzz, mut left) = (Fuzz::new(job.target, job.check(), first, job.seed), job.only.as_ref().map(|_| 1));
    let began = Stopwatch::start();
    let mut verdict = Verdict::Holds;
    while left != Some(0) && (left.is_some() || began.elapsed() < job.time) {
        left = left.map(|left| left - 1);
        let input = fuzz.draw();
        running.note(&input)?;
        watch.fed.store(fuzz.fed() + 1, Ordering::Relaxed);
        if let Err(failure) = fuzz.feed(input.clone()) {
            watch.end();
            verdict = Verdict::Broken(found(job, &input, failure)?);
            break;
        }
    }
    Ok(Row { target: job.target.name.to_owned(), fed: fuzz.fed(), kept: fuzz.kept(), took: began.elapsed(), verdict })
}

fn found(job: &Job, input: &[u8], failure: Failure) -> io::Result<Finding> {
    let input = match job.only {
        Some(_) => input.to_vec(),
        None => smallest(job.check(), job.target.allowance, input, &failure),
    };
    Finding::keep(&job.root, job.target.name, &input, failure)
}

/// The input that is fed at the moment, in a file that outlives this process.
pub(crate) struct Running(File);

impl Running {
    fn path(root: &Path, target: &str, process: u32) -> PathBuf {
        root.join(FOLDER).join(target).join(format!("running-{process}"))
    }

    fn new(root: &Path, target: &str) -> io::Result<Self> {
        let path = Self::path(root, target, process::id());
        fs::create_dir_all(path.parent().unwrap_or(root))?;
        File::create(path).map(Self)
    }

    fn note(&mut self, input: &[u8]) -> io::Result<()> {
        let length = (input.len() as u64).to_le_bytes();
        self.0.rewind()?;
        self.0.write_all(&[&length, input].concat())
    }

    /// The input that a process did not survive.
    pub(crate) fn left_behind(root: &Path, target: &str, process: u32) -> io::Result<Vec<u8>> {
        let path = Self::path(root, target, process);
        let noted = fs::read(&path)?;
        fs::remove_file(path)?;
        let input = noted
            .split_first_chunk()
            .and_then(|(length, rest)| rest.get(..usize::try_from(u64::from_le_bytes(*length)).ok()?));
        input.map(<[u8]>::to_vec).ok_or_else(|| io::Error::other("it ended before it was fed"))
    }
}

/// Sees when one input takes too long.
#[derive(Default)]
struct Watch {
    fed: AtomicU64,
    ended: Mutex<bool>,
    end: Condvar,
}

impl Watch {
    fn end(&self) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.end.notify_all();
    }

    fn look(&self, job: &Job) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        while !*ended {
            let before = self.fed.load(Ordering::Relaxed);
            let waited = self.end.wait_timeout(ended, job.patience).unwrap_or_else(PoisonError::into_inner);
            ended = waited.0;
            if !*ended && waited.1.timed_out() && self.fed.load(Ordering::Relaxed) == before && before > 0 {
                process::exit(hangs(job, before));
            }
        }
    }
}

/// Keeps the input that hangs, and tells of it: nobody else in this process can.
fn hangs(job: &Job, fed: u64) -> i32 {
    let what = format!("it still runs after {} s", job.patience.as_secs());
    let failure = Failure { place: "time".to_owned(), what };
    let told = Running::left_behind(&job.root, job.target.name, process::id())
        .and_then(|input| Finding::keep(&job.root, job.target.name, &input, failure))
        .and_then(|finding| {
            let verdict = Verdict::Broken(finding);
            let row = Row { target: job.target.name.to_owned(), fed, kept: 0, took: job.patience, verdict };
            writeln!(io::stdout().lock(), "{}", row.to_line())
        });
    if told.is_ok() { 0 } else { 2 }
}
