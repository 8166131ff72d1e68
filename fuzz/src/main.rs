//! Feeds the fuzz targets; `cargo xtask fuzz` builds and starts it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Duration;

use clap::Parser;
use larder_fuzz::{Job, Plan, Target, Verdict, page, run, table, targets, work};

/// Feed everything that reads with inputs that are nearly valid.
#[derive(Debug, Parser)]
#[command(name = "larder-fuzz")]
#[command(after_help = "Exit codes: 0 every property holds, 1 one does not, 2 wrong usage or could not run.")]
struct Cli {
    /// What to feed; without a name, every target
    target: Option<String>,
    /// How long each target is fed
    #[arg(long, default_value = "10", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// What inputs are drawn from
    #[arg(long, default_value = "1")]
    seed: u64,
    /// How many targets run at one time; without it, as many as there are cores
    #[arg(long, value_name = "COUNT")]
    side_by_side: Option<usize>,
    /// List the targets, what holds for them, and the bug that is planted for each
    #[arg(long)]
    list: bool,
    /// Give one input to its target again; the name of its folder says which, unless it is given
    #[arg(long, value_name = "FILE")]
    repeat: Option<PathBuf>,
    /// Write the figures to this file, as a page of Markdown
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Feed the planted bugs, which have to be found
    #[arg(long)]
    planted: bool,
    /// An input that takes so many seconds hangs, also in a debug build on a busy machine
    #[arg(long, default_value = "10", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    patience: u64,
    /// Feed this target in this process, and tell its row
    #[arg(long, hide = true, value_name = "TARGET")]
    worker: Option<String>,
}

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            // Nobody is left to be told when standard error is closed.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

impl Cli {
    /// Whether every property holds.
    fn run(self) -> io::Result<bool> {
        if self.list {
            list()?;
            return Ok(true);
        }
        if let Some(name) = &self.worker {
            return self.work(named(name)?).map(|()| true);
        }
        let plan = self.plan()?;
        // Before: what is there afterwards may be another commit than what was run.
        let facts = self.report.as_ref().map(|_| facts()).transpose()?;
        let rows = run(&plan)?;
        write!(io::stdout().lock(), "{}", table(&rows))?;
        if let (Some(file), Some(facts)) = (&self.report, &facts) {
            std::fs::write(file, page(&rows, self.seed, self.seconds, facts))?;
        }
        Ok(rows.iter().all(|row| row.verdict == Verdict::Holds))
    }

    fn work(&self, target: &'static Target) -> io::Result<()> {
        let (time, only) = (Duration::from_secs(self.seconds), self.repeat.clone());
        let patience = Duration::from_secs(self.patience);
        let row = work(&Job { target, time, seed: self.seed, planted: self.planted, only, patience, root: root() })?;
        writeln!(io::stdout().lock(), "{}", row.to_line())
    }

    fn plan(&self) -> io::Result<Plan> {
        let name = self.target.clone().or_else(|| self.repeat.as_deref().and_then(folder_of));
        let targets = match (name, &self.repeat) {
            (Some(name), _) => vec![named(&name)?],
            (None, Some(_)) => return Err(io::Error::other("the file lies in no folder; name its target as well")),
            (None, None) => targets::ALL.iter().collect(),
        };
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let only = self.repeat.as_ref().map(|file| root().join(file));
        if let Some(file) = only.as_ref().filter(|file| !file.is_file()) {
            return Err(io::Error::other(format!("there is no file {}", file.display())));
        }
        Ok(Plan {
            targets,
            seconds: self.seconds,
            seed: self.seed,
            planted: self.planted,
            only,
            side_by_side: self.side_by_side.unwrap_or(cores),
            patience: self.patience,
            root: root(),
        })
    }
}

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn folder_of(file: &Path) -> Option<String> {
    file.parent()?.file_name().map(|name| name.to_string_lossy().into_owned())
}

fn named(name: &str) -> io::Result<&'static Target> {
    targets::find(name).ok_or_else(|| {
        let known: Vec<&str> = targets::ALL.iter().map(|target| target.name).collect();
        io::Error::other(format!("there is no target `{name}`; there is: {}", known.join(", ")))
    })
}

fn list() -> io::Result<()> {
    let mut out = io::stdout().lock();
    targets::ALL
        .iter()
        .try_for_each(|target| writeln!(out, "{}\n  holds: {}\n  planted: {}", target.name, target.says, target.bug))
}

fn facts() -> io::Result<String> {
    let said = |program: &str, arguments: &[&str]| -> io::Result<String> {
        let ended = Command::new(program).args(arguments).current_dir(root()).output()?;
        Ok(String::from_utf8_lossy(&ended.stdout).trim().to_owned())
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    Ok(format!(
        "* date: {}; what is older than 60 days should be shown again\n* commit: {}\n* machine: {}, {cores} cores\n* compiler: {}\n",
        said("date", &["-u", "+%Y-%m-%d"])?,
        said("git", &["rev-parse", "--short=12", "HEAD"])?,
        said("uname", &["-s", "-m"])?,
        said("rustc", &["--version"])?,
    ))
}
