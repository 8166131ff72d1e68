//! The test programs, built once with all switches.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use cargo_metadata::{Artifact, Metadata, TargetKind};

use crate::ablations::{Ablation, TestName};
use crate::cargo;
use crate::verdict::Result;

/// Every test program of the build.
#[derive(Debug)]
pub(super) struct Programs(Vec<Program>);

/// One test program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    package: String,
    target: String,
    pub(super) path: PathBuf,
    /// Where cargo would run it.
    pub(super) folder: PathBuf,
}

impl Programs {
    /// Builds what the entries need, into a folder beside the ordinary builds.
    pub(super) fn build(metadata: &Metadata, entries: &[&Ablation]) -> Result<Self> {
        let mut command =
            cargo::command(metadata.workspace_root.as_std_path(), &["test", "--no-run", "--all-features"]);
        let flags = format!("{} --cfg larder_ablate", cargo::rust_flags());
        command.args(selection(entries)).env("RUSTFLAGS", flags.trim());
        command.env("CARGO_TARGET_DIR", metadata.target_directory.join("ablate"));
        let built = cargo::executables(&mut command)?;
        Ok(Self(built.iter().filter(|artifact| artifact.profile.test).filter_map(|it| program(metadata, it)).collect()))
    }

    /// The program that holds a test, if the build made one.
    pub(super) fn find(&self, test: &TestName) -> Option<&Program> {
        self.0.iter().find(|program| program.package == test.package && program.target == test.target)
    }
}

impl Program {
    /// The program with the arguments that run one test alone.
    pub(super) fn command(&self, test: &str) -> Command {
        let mut command = Command::new(&self.path);
        command.args([test, "--exact", "--test-threads=1"]).current_dir(&self.folder);
        command.env("CARGO_MANIFEST_DIR", &self.folder).env_remove("LARDER_ABLATE");
        command
    }
}

/// The packages and targets of the entries as arguments of cargo.
fn selection(entries: &[&Ablation]) -> Vec<String> {
    let mut arguments = BTreeSet::new();
    for Ablation { test, .. } in entries {
        arguments.insert(format!("--package={}", test.package));
        arguments.insert(if test.is_unit_test() { "--lib".to_owned() } else { format!("--test={}", test.target) });
    }
    arguments.into_iter().collect()
}

fn program(metadata: &Metadata, artifact: &Artifact) -> Option<Program> {
    let package = metadata.packages.iter().find(|package| package.id == artifact.package_id)?;
    let integration = artifact.target.is_kind(TargetKind::Test);
    Some(Program {
        package: package.name.to_string(),
        target: if integration { artifact.target.name.clone() } else { "lib".to_owned() },
        path: artifact.executable.clone()?.into_std_path_buf(),
        folder: package.manifest_path.parent()?.as_std_path().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(package: &str, target: &str) -> Ablation {
        let test = TestName { package: package.to_owned(), target: target.to_owned(), path: "t".to_owned() };
        Ablation { test, ..Ablation::default() }
    }

    #[test]
    fn every_target_is_named_once() {
        let entries = [entry("larder-cache", "fence"), entry("larder-cache", "fence"), entry("larder-core", "lib")];
        let entries: Vec<&Ablation> = entries.iter().collect();
        assert_eq!(selection(&entries), ["--lib", "--package=larder-cache", "--package=larder-core", "--test=fence"]);
    }
}
