//! `check`: everything that can be said about the code without running it.

use std::path::Path;

use super::rules::Format;
use super::{advisories, layers, rules, tidy};
use crate::steps::Steps;
use crate::verdict::{Result, Verdict};
use crate::{cargo, process};

const FORMAT: &[&str] = &["fmt", "--all", "--check"];
const CLIPPY: &[&str] = &["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
const DOC: &[&str] = &["doc", "--workspace", "--all-features", "--no-deps"];
const DENY: &[&str] = &["deny", "check", "bans", "licenses", "sources"];

/// Runs every step, also after one failed.
pub(crate) fn run() -> Result<Verdict> {
    let metadata = cargo::workspace(None)?;
    let root = metadata.workspace_root.as_std_path();
    let mut steps = Steps::default();
    steps.run("format", || process::run(&mut cargo::command(root, FORMAT)));
    steps.run("clippy", || process::run(&mut cargo::command(root, CLIPPY)));
    steps.run("documentation", || process::run(cargo::command(root, DOC).env("RUSTDOCFLAGS", "-D warnings")));
    steps.run("layers", || layers::run(None));
    steps.run("tidy", tidy::run);
    steps.run("rules", || rules::run(true, Format::Table));
    steps.run("advisories", advisories::run);
    if has_cargo_deny(root) {
        steps.run("cargo deny", || process::run(&mut cargo::command(root, DENY)));
    } else {
        steps.leave_out("cargo deny", "it is not installed; `cargo install cargo-deny --locked` installs it");
    }
    steps.finish()
}

/// Bans, licences and sources are only as necessary as a new dependency is likely, so that the tool is optional.
fn has_cargo_deny(root: &Path) -> bool {
    process::output(&mut cargo::command(root, &["deny", "--version"])).is_ok_and(|output| output.status.success())
}
