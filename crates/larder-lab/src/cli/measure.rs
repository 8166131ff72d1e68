//! The commands `measure` and, for the processes of a storm, `worker`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::{Args, ValueEnum};

use super::{note, tell};
use crate::measure::{BrokenPath, Measure, Scale, work};
use crate::{Limit, Machine};

/// What is to be measured.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Without a name, all
    #[arg(value_enum)]
    names: Vec<Measure>,
    /// A few seconds each, to see that it works
    #[arg(long)]
    small: bool,
    /// Write the page to this file
    #[arg(long, value_name = "PATH")]
    report: Option<PathBuf>,
}

/// One measure, whose limits are told in lines.
#[derive(Debug, Args)]
pub(super) struct One {
    #[arg(value_enum)]
    name: Measure,
    #[arg(long)]
    small: bool,
}

/// A process of a storm.
#[derive(Debug, Args)]
pub(super) struct Worker {
    /// Where the server listens on this machine
    #[arg(long)]
    port: u16,
    /// Load by leases
    #[arg(long)]
    lease: bool,
}

/// Whether every limit holds. What cannot be measured does not, and keeps nothing else from being measured.
pub(super) fn carry_out(arguments: &Arguments) -> Result<bool, String> {
    let names = if arguments.names.is_empty() { Measure::value_variants() } else { &arguments.names };
    let program = this_program()?;
    let mut parts = Vec::new();
    for measure in names {
        let what = measure.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        note(&format!("==> {what}"));
        let limits = apart(&program, &what, arguments.small);
        let limits = limits.unwrap_or_else(|why| vec![Limit::unmeasured("the measure", why)]);
        tell(&limits);
        parts.push((what, limits));
    }
    if let Some(path) = &arguments.report {
        std::fs::write(path, page(&Machine::here(), &parts))
            .map_err(|error| format!("the report cannot be written: {error}"))?;
    }
    Ok(parts.iter().all(|(_, limits)| limits.iter().all(|limit| limit.holds)))
}

/// Measures in a process of its own: memory that one measure let go of, and tasks that it left, are nothing to the next.
fn apart(program: &Path, name: &str, small: bool) -> Result<Vec<Limit>, String> {
    let mut command = Command::new(program);
    command.args(["measure-one", name]).args(small.then_some("--small"));
    let ended = command.stderr(Stdio::piped()).output().map_err(|error| error.to_string())?;
    let words = String::from_utf8_lossy(&ended.stderr);
    if !ended.status.success() {
        return Err(words.trim().trim_start_matches("error: ").to_owned());
    }
    note_all(&words);
    let told = String::from_utf8_lossy(&ended.stdout);
    let limits: Option<Vec<Limit>> = told.lines().map(Limit::read).collect();
    limits.filter(|limits| !limits.is_empty()).ok_or_else(|| format!("its process told no limits: {told}"))
}

fn note_all(words: &str) {
    if !words.trim().is_empty() {
        note(words.trim());
    }
}

/// Measures one thing here, and tells its limits in lines.
pub(super) fn carry_out_one(one: &One) -> Result<bool, String> {
    let scale = if one.small { Scale::Small } else { Scale::Full };
    let limits = runtime()?.block_on(one.name.take(scale, this_program()?)).map_err(|error| error.to_string())?;
    let lines: String = limits.iter().map(|limit| limit.line() + "\n").collect();
    std::io::stdout().lock().write_all(lines.as_bytes()).map_err(|error| error.to_string())?;
    Ok(true)
}

fn this_program() -> Result<PathBuf, String> {
    std::env::current_exe().map_err(|error| format!("this program is not to be found: {error}"))
}

/// Asks when it is told to, until its input ends.
pub(super) fn serve(worker: &Worker) -> Result<bool, String> {
    let worked = runtime()?.block_on(work(worker.port, worker.lease));
    worked.map(|()| true).map_err(|error| error.to_string())
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|error| error.to_string())
}

fn page(machine: &Machine, parts: &[(String, Vec<Limit>)]) -> String {
    let bound = Measure::BOUND;
    let mut page = format!(
        "# Figures of several nodes\n\nWritten by `cargo xtask evidence`, never by hand: nodes over a real Redis, on one machine, \
         each measure in a process of its own.\n\n{}\n\
         Paths are broken under the bound S = {} ms. A node that hears nothing takes itself for deaf after {} ms already, nine \
         tenths of S: the rest is left for timers and looks that are late.\n\n\
         | | what | allowed | measured | |\n| --- | --- | --- | --- | --- |\n",
        machine.facts(),
        bound.as_millis(),
        BrokenPath::silence(bound).as_millis(),
    );
    for (name, limits) in parts {
        for Limit { what, allowed, measured, holds } in limits {
            let verdict = if *holds { "holds" } else { "**fails**" };
            writeln!(page, "| {name} | {what} | {allowed} | {measured} | {verdict} |").expect("a string takes all");
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_tells_the_slack_of_broken_paths_and_what_could_not_be_measured() {
        let parts = [("storm".to_owned(), vec![Limit::unmeasured("the measure", "there is no server")])];
        let page = page(&Machine::default(), &parts);
        assert!(page.contains("S = 500 ms") && page.contains("after 450 ms already, nine tenths of S"), "{page}");
        assert!(page.contains("| could not be: there is no server | **fails** |"), "{page}");
    }

    #[test]
    fn a_process_that_cannot_measure_says_why() {
        let said = apart(Path::new("/bin/false"), "storm", true);
        assert_eq!(said, Err(String::new()));
        assert!(apart(Path::new("/bin/true"), "storm", true).is_err_and(|why| why.contains("told no limits")));
        assert!(apart(Path::new("/no-such-program"), "storm", true).is_err());
    }
}
