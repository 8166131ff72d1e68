//! `fuzz`: everything that reads, fed with inputs that are nearly valid, on stable Rust.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::cargo;
use crate::process;
use crate::verdict::{Result, Verdict};

/// The package of the targets, and its program.
pub(crate) const PROGRAM: &str = "larder-fuzz";

/// What to feed, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to feed; without a name, every target
    target: Option<String>,
    /// How long each target is fed; as many run side by side as there are cores
    #[arg(long, default_value = "10", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// What inputs are drawn from
    #[arg(long, default_value = "1")]
    seed: u64,
    /// List the targets, what holds for them, and the bug that is planted for each
    #[arg(long)]
    list: bool,
    /// Give the input in this file to its target again
    #[arg(long, value_name = "FILE")]
    repeat: Option<PathBuf>,
    /// Build for speed, as it is worth for minutes
    #[arg(long)]
    optimized: bool,
    /// Write the figures to this file, as a page of Markdown
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Builds the targets and feeds them.
pub(crate) fn run(arguments: &Arguments) -> Result<Verdict> {
    let metadata = cargo::workspace(None)?;
    let root = metadata.workspace_root.as_std_path();
    let program = build(root, arguments.optimized)?;
    Verdict::of(process::run_status(arguments.command(&program, root))?, PROGRAM)
}

/// The program of the targets; optimized, it still panics when a number overflows.
pub(crate) fn build(root: &Path, optimized: bool) -> Result<PathBuf> {
    let mut command = cargo::command(root, &["build", "--package", PROGRAM, "--bin", PROGRAM]);
    if optimized {
        command.args(["--profile", "fuzz"]);
    }
    cargo::built(&mut command, PROGRAM)
}

impl Arguments {
    fn command(&self, program: &Path, root: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(root).args(["--seconds", &self.seconds.to_string(), "--seed", &self.seed.to_string()]);
        command.args(&self.target);
        if self.list {
            command.arg("--list");
        }
        for (option, file) in [("--repeat", &self.repeat), ("--report", &self.report)] {
            if let Some(file) = file {
                command.arg(option).arg(file);
            }
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn what_is_asked_for_is_handed_on() {
        let arguments = Arguments {
            target: Some("json".to_owned()),
            seconds: 3,
            seed: 9,
            list: false,
            repeat: Some("a.bin".into()),
            optimized: false,
            report: None,
        };
        let command = arguments.command(Path::new("larder-fuzz"), Path::new("."));
        let given: Vec<&OsStr> = command.get_args().collect();
        assert_eq!(given, ["--seconds", "3", "--seed", "9", "json", "--repeat", "a.bin"]);
    }
}
