//! The project's own commands: `cargo xtask <verb>`.
//!
//! It depends on `clap` and `cargo_metadata` only, so that it builds in seconds; everything else it *spawns*.
//! `verb/` has one file per command; beside it lie the few things that several commands share.
//!
//! Exit codes: 0 good, 1 the thing checked is bad, 2 wrong usage or could not run.

mod ablations;
mod cargo;
mod cli;
mod date;
mod output;
mod process;
mod report;
mod rust;
mod steps;
mod stopwatch;
mod table;
mod tree;
mod verb;
mod verdict;

use std::process::ExitCode;

use verdict::Verdict;

fn main() -> ExitCode {
    match cli::run() {
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Bad) => ExitCode::from(1),
        Err(fault) => {
            output::note(&format!("error: {fault}"));
            ExitCode::from(2)
        }
    }
}
