//! `test`: every test, doctest and example.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cargo_metadata::{Artifact, Metadata, TargetKind};

use crate::process::{self, Ended};
use crate::steps::Steps;
use crate::verdict::{Fault, Result, Verdict};
use crate::{cargo, output};

/// An example shows something; one that runs longer hangs.
const EXAMPLE_LIMIT: Duration = Duration::from_secs(120);

/// Runs the tests with `extra` arguments for cargo, then each example.
pub(crate) fn run(extra: &[OsString]) -> Result<Verdict> {
    let metadata = cargo::workspace(None)?;
    let root = metadata.workspace_root.as_std_path();
    let mut steps = Steps::default();
    steps.run("tests and doctests", || {
        process::run(cargo::command(root, &["test", "--workspace", "--all-features", "--no-fail-fast"]).args(extra))
    });
    let mut examples = Vec::new();
    steps.run("build the examples", || {
        examples = build_examples(&metadata)?;
        Ok(Verdict::Good)
    });
    for example in &examples {
        steps.run(&format!("example {}", example.target.name), || run_example(root, example));
    }
    steps.finish()
}

/// The same selection of packages and features as the tests, so that nothing is compiled twice.
fn build_examples(metadata: &Metadata) -> Result<Vec<Artifact>> {
    let root = metadata.workspace_root.as_std_path();
    let mut built =
        cargo::executables(&mut cargo::command(root, &["build", "--workspace", "--all-features", "--examples"]))?;
    built.retain(|artifact| artifact.target.is_kind(TargetKind::Example));
    built.sort_by(|one, other| one.target.name.cmp(&other.target.name));
    Ok(built)
}

fn run_example(root: &Path, example: &Artifact) -> Result<Verdict> {
    let program = example.executable.as_ref().ok_or_else(|| Fault::new("cargo named no program for this example"))?;
    let mut running = process::start(Command::new(program).current_dir(root))?;
    match running.wait(EXAMPLE_LIMIT)? {
        Ended::Exited(status) if status.success() => Ok(Verdict::Good),
        Ended::Exited(status) => {
            output::note(&format!("{} ended with {status}", example.target.name));
            Ok(Verdict::Bad)
        }
        Ended::Killed => Err(Fault::new(format!("it ran longer than {} s", EXAMPLE_LIMIT.as_secs()))),
    }
}
