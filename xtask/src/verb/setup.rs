//! `setup`: what this machine lacks, and the command that mends it.

use std::process::Command;

use cargo_metadata::semver::Version;

use crate::table::Table;
use crate::verdict::{Result, Verdict};
use crate::{cargo, output, process};

/// A program that the project needs, or is better with.
#[derive(Debug)]
struct Tool {
    name: &'static str,
    needed_for: &'static str,
    /// How it tells its version; its first word is the program.
    version: &'static [&'static str],
    install: Install,
    required: bool,
}

#[derive(Debug, Clone, Copy)]
enum Install {
    /// This very command.
    Command(&'static str),
    /// A package of this name, from whatever installs packages here.
    Package(&'static str),
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "cargo",
        needed_for: "everything",
        version: &["cargo", "--version"],
        install: Install::Command("rustup toolchain install stable"),
        required: true,
    },
    Tool {
        name: "rustfmt",
        needed_for: "cargo xtask check",
        version: &["cargo", "fmt", "--version"],
        install: Install::Command("rustup component add rustfmt"),
        required: true,
    },
    Tool {
        name: "clippy",
        needed_for: "cargo xtask check",
        version: &["cargo", "clippy", "--version"],
        install: Install::Command("rustup component add clippy"),
        required: true,
    },
    Tool {
        name: "C compiler",
        needed_for: "hashing and TLS in dependencies",
        version: &["cc", "--version"],
        install: Install::Package("gcc"),
        required: true,
    },
    Tool {
        name: "redis-server",
        needed_for: "tests with a real Redis; where apt-get is, they unpack one themselves",
        version: &["redis-server", "--version"],
        install: Install::Package("redis-server"),
        required: false,
    },
    Tool {
        name: "valgrind",
        needed_for: "counting instructions in benches",
        version: &["valgrind", "--version"],
        install: Install::Package("valgrind"),
        required: false,
    },
    Tool {
        name: "cargo-deny",
        needed_for: "bans, licences, sources in cargo xtask check",
        version: &["cargo", "deny", "--version"],
        install: Install::Command("cargo install cargo-deny --locked"),
        required: false,
    },
];

/// What installs packages, and how it is asked.
const INSTALLERS: &[(&str, &str)] = &[
    ("apt-get", "sudo apt-get install -y"),
    ("dnf", "sudo dnf install -y"),
    ("pacman", "sudo pacman -S"),
    ("brew", "brew install"),
];

/// Packages that another installer calls otherwise.
const RENAMED: &[(&str, &str, &str)] =
    &[("dnf", "redis-server", "valkey"), ("pacman", "redis-server", "valkey"), ("brew", "redis-server", "redis")];

/// Looks for every tool; bad when a required one is missing or too old.
pub(crate) fn run() -> Result<Verdict> {
    let mut table = Table::new(&["tool", "needed for", "found", "command that mends it"]);
    let mut verdict = Verdict::Good;
    for tool in TOOLS {
        let found = version(tool.version);
        let fix = if found.is_some() { String::new() } else { tool.install.command() };
        if found.is_none() && tool.required {
            verdict = Verdict::Bad;
        }
        let absent = if tool.required { "MISSING" } else { "missing (optional)" };
        table.row(&[tool.name, tool.needed_for, found.as_deref().unwrap_or(absent), &fix]);
    }
    if too_old()? {
        verdict = Verdict::Bad;
        table.row(&["Rust version", "everything", "TOO OLD", "rustup update stable"]);
    }
    output::line(&table.to_string())?;
    Ok(verdict)
}

impl Install {
    fn command(self) -> String {
        match self {
            Self::Command(command) => command.to_owned(),
            Self::Package(package) => {
                let here = INSTALLERS.iter().find(|(program, _)| version(&[program, "--version"]).is_some());
                here.map_or_else(
                    || format!("install the package {package}"),
                    |(program, install)| format!("{install} {}", name_for(program, package)),
                )
            }
        }
    }
}

/// What `installer` calls `package`.
fn name_for<'a>(installer: &str, package: &'a str) -> &'a str {
    let renamed = RENAMED.iter().find(|(program, name, _)| (*program, *name) == (installer, package));
    renamed.map_or(package, |(_, _, other)| other)
}

/// The first line that a tool says of itself; nothing when it is not there.
fn version(words: &[&str]) -> Option<String> {
    let (program, arguments) = words.split_first()?;
    let mut command = if *program == "cargo" { Command::new(cargo::program()) } else { Command::new(program) };
    let output = process::output(command.args(arguments)).ok().filter(|output| output.status.success())?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.lines().next().map(|line| line.trim().to_owned())
}

/// Whether the compiler is older than the workspace promises to work with.
fn too_old() -> Result<bool> {
    let metadata = cargo::workspace(None)?;
    let needed = metadata.packages.iter().filter_map(|package| package.rust_version.clone()).max();
    let compiler = version(&["rustc", "--version"]).and_then(|line| release(&line));
    Ok(matches!((compiler, needed), (Some(compiler), Some(needed)) if compiler < needed))
}

/// The version in `rustc 1.95.0 (…)`; a nightly counts as the release it becomes.
fn release(line: &str) -> Option<Version> {
    let version = line.split_whitespace().nth(1)?;
    Version::parse(version.split('-').next()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_tool_is_its_first_line() {
        assert_eq!(version(&["sh", "-c", "echo one; echo two"]).as_deref(), Some("one"));
        assert_eq!(version(&["sh", "-c", "exit 1"]), None);
        assert_eq!(version(&["no-such-program-of-larder"]), None);
    }

    #[test]
    fn the_release_of_a_compiler_is_read() {
        assert_eq!(release("rustc 1.95.0 (abc 2026-03-21)"), Some(Version::new(1, 95, 0)));
        assert_eq!(release("rustc 1.97.0-nightly (abc)"), Some(Version::new(1, 97, 0)));
        assert_eq!(release("nothing"), None);
    }

    #[test]
    fn a_missing_package_is_mended_by_a_command_that_names_it() {
        assert!(Install::Package("valgrind").command().ends_with("valgrind"));
        assert_eq!(name_for("apt-get", "redis-server"), "redis-server");
        assert_eq!(name_for("dnf", "redis-server"), "valkey");
    }
}
