//! Cargo, spawned: commands in the workspace, its metadata, the executables of a build.

use std::env;
use std::ffi::OsString;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::{Artifact, Message, Metadata, MetadataCommand, TargetKind};

use crate::verdict::{Fault, Result};
use crate::{output, process};

/// A cargo command in the workspace's root.
pub(crate) fn command(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.current_dir(root).args(arguments);
    command
}

/// The cargo that runs us, so that a chosen toolchain stays chosen.
#[expect(clippy::disallowed_methods, reason = "cargo tells its own path to what it runs by this variable")]
pub(crate) fn program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The compiler flags that the user set, to be extended and not replaced.
#[expect(clippy::disallowed_methods, reason = "cargo offers no other way to add a flag to those of the user")]
pub(crate) fn rust_flags() -> String {
    env::var("RUSTFLAGS").unwrap_or_default()
}

/// The members of the workspace, without what they depend on; touches no network.
pub(crate) fn workspace(manifest: Option<&Path>) -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.cargo_path(program()).no_deps();
    if let Some(manifest) = manifest {
        command.manifest_path(manifest);
    }
    command.exec().map_err(|error| Fault::new(format!("`cargo metadata` failed: {error}")))
}

/// Builds by `command` and returns what became executable; messages of the compiler go to standard error.
pub(crate) fn executables(command: &mut Command) -> Result<Vec<Artifact>> {
    command.arg("--message-format=json-render-diagnostics").stdout(Stdio::piped());
    let mut cargo = process::start(command)?;
    let stdout = cargo.child().stdout.take().expect("standard output is piped above");
    let mut found = Vec::new();
    for message in Message::parse_stream(BufReader::new(stdout)) {
        match message.map_err(|error| Fault::io("read cargo's messages", &error))? {
            Message::CompilerArtifact(artifact) if artifact.executable.is_some() => found.push(artifact),
            _ => {}
        }
    }
    let status = cargo.child().wait().map_err(|error| Fault::io("wait for cargo", &error))?;
    if status.success() { Ok(found) } else { Err(Fault::new("the build failed; the compiler's words are above")) }
}

/// Builds by `command` and returns where the program called `name` is.
pub(crate) fn built(command: &mut Command, name: &str) -> Result<PathBuf> {
    output::note(&format!("==> build {name}"));
    let built = executables(command)?;
    let program = built.iter().find(|it| it.target.is_kind(TargetKind::Bin) && it.target.name == name);
    let path = program.and_then(|program| program.executable.clone());
    path.map(Into::into).ok_or_else(|| Fault::new(format!("cargo built no program `{name}`")))
}
