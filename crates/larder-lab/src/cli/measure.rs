//! The commands `measure` and, for the processes of a storm, `worker`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{note, tell};
use crate::measure::{Measure, Scale, work};
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

/// Whether every limit holds.
pub(super) fn carry_out(arguments: &Arguments) -> Result<bool, String> {
    let names = if arguments.names.is_empty() { Measure::value_variants() } else { &arguments.names };
    let scale = if arguments.small { Scale::Small } else { Scale::Full };
    let program = std::env::current_exe().map_err(|error| format!("this program is not to be found: {error}"))?;
    let mut parts = Vec::new();
    for measure in names {
        let what = measure.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        note(&format!("==> {what}"));
        // A runtime of its own: the tasks that are counted are those of one measure.
        let limits = runtime()?.block_on(measure.take(scale, program.clone())).map_err(|error| error.to_string())?;
        tell(&limits);
        parts.push((what, limits));
    }
    if let Some(path) = &arguments.report {
        std::fs::write(path, page(&Machine::here(), &parts))
            .map_err(|error| format!("the report cannot be written: {error}"))?;
    }
    Ok(parts.iter().all(|(_, limits)| limits.iter().all(|limit| limit.holds)))
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
    let Machine { date, commit, system, processor, cores, compiler, redis } = machine;
    let mut page = format!(
        "# Figures of several nodes\n\nWritten by `cargo xtask evidence`, never by hand: nodes over a real Redis, on one machine.\n\n\
         * date: {date}; what is older than 60 days should be shown again\n* commit: {commit}\n\
         * machine: {system}, {cores} cores, {processor}\n* compiler: {compiler}; server: {redis}\n\n\
         | | what | allowed | measured | |\n| --- | --- | --- | --- | --- |\n"
    );
    for (name, limits) in parts {
        for Limit { what, allowed, measured, holds } in limits {
            let verdict = if *holds { "holds" } else { "**fails**" };
            writeln!(page, "| {name} | {what} | {allowed} | {measured} | {verdict} |").expect("a string takes all");
        }
    }
    page
}
