//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::verb::{ablate, advisories, chaos, check, demo, evidence, fuzz, layers, rules, setup, test, tidy};
use crate::verdict::{Result, Verdict};

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
#[command(after_help = "Exit codes: 0 good, 1 the thing checked is bad, 2 wrong usage or could not run.")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run every test, doctest and example of the workspace
    Test {
        /// Passed on to `cargo test`
        #[arg(last = true, value_name = "ARGUMENT")]
        extra: Vec<OsString>,
    },
    /// Check formatting, lints, documentation, layers, tidiness, rules and advisories
    Check,
    /// Check that every crate sees only the crates below it
    Layers {
        /// The manifest of another workspace
        #[arg(long, value_name = "FILE")]
        manifest_path: Option<PathBuf>,
    },
    /// Check style: sizes, names, leftovers, links, decisions, ablations
    Tidy,
    /// Check Cargo.lock against the committed snapshot of security advisories
    Advisories {
        /// Write the snapshot anew from an unpacked copy of the advisory database
        #[arg(long, value_name = "FOLDER")]
        import: Option<PathBuf>,
    },
    /// Turn protections off, one by one, and see that their tests fail
    Ablate {
        /// Switches or rules of ablations.toml; without a name, all
        names: Vec<String>,
    },
    /// List the rules of the engine with their tests and ablations; fail when one has none
    ///
    /// `cargo xtask check` runs it, and shows only what is missing.
    Rules {
        /// Only the rules without a test or without an ablation
        #[arg(long)]
        missing: bool,
        /// How to show them
        #[arg(long, value_enum, default_value_t = rules::Format::Table)]
        format: rules::Format,
    },
    /// Start the demo service, or test it over HTTP
    Demo {
        /// Start it on a free port, test it, stop it
        #[arg(long)]
        smoke: bool,
        /// Over a Redis of its own; with --smoke, two services that share it, and then lose it
        #[arg(long)]
        redis: bool,
        /// Passed on to `text-service serve`
        #[arg(last = true, value_name = "ARGUMENT")]
        extra: Vec<OsString>,
    },
    /// Let nodes share a Redis while everything goes wrong, and check what they serve
    Chaos(chaos::Arguments),
    /// Feed everything that reads with inputs that are nearly valid, and check what comes of them
    Fuzz(fuzz::Arguments),
    /// Run the tests with large counts and what the lab measures in full, and write `docs/reliability.md`
    Evidence {
        /// What is to be shown; without a name, everything, which takes an hour
        names: Vec<String>,
    },
    /// Find what this machine lacks, and name the command that mends it
    Setup,
}

/// Reads the command line and does what it says.
pub(crate) fn run() -> Result<Verdict> {
    match Cli::parse().verb {
        Verb::Test { extra } => test::run(&extra),
        Verb::Check => check::run(),
        Verb::Layers { manifest_path } => layers::run(manifest_path.as_deref()),
        Verb::Tidy => tidy::run(),
        Verb::Advisories { import: Some(folder) } => advisories::import(&folder),
        Verb::Advisories { import: None } => advisories::run(),
        Verb::Ablate { names } => ablate::run(&names),
        Verb::Rules { missing, format } => rules::run(missing, format),
        Verb::Demo { smoke: true, redis: false, extra } => demo::smoke(&extra),
        Verb::Demo { smoke: true, redis: true, extra } => demo::smoke_over_redis(&extra),
        Verb::Demo { smoke: false, redis, extra } => demo::serve(redis, &extra),
        Verb::Chaos(arguments) => chaos::run(&arguments),
        Verb::Fuzz(arguments) => fuzz::run(&arguments),
        Verb::Evidence { names } => evidence::run(&names),
        Verb::Setup => setup::run(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
