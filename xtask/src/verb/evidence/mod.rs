//! `evidence`: the tests with large counts in full, what the lab measures, and a report that says where and when.
//!
//! A run of some claims keeps the rows of the others, each with the day and the commit on which it was shown. Claims do not
//! depend on each other: what cannot be shown says so in its row, and the rest is shown all the same.

mod claims;
mod report;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use cargo_metadata::TargetKind;

use crate::process::Ended;
use crate::stopwatch::Stopwatch;
use crate::verdict::{Fault, Result, Verdict};
use crate::{cargo, output, process, tree};

use super::fuzz;
use claims::{CLAIMS, Claim, Shows};
use report::{Report, Row, Shown};

/// Where the report stands, from the root of the workspace.
const REPORT: &str = "docs/reliability.md";

const LAB: &str = "larder-lab";
const SERVICE: &str = "text-service";

/// The lab has longer for everything than anything takes.
const LIMIT: Duration = Duration::from_mins(40);

/// Shows the claims called `names`, or all, and writes the report.
pub(crate) fn run(names: &[String]) -> Result<Verdict> {
    let chosen = choose(names)?;
    let metadata = cargo::workspace(None)?;
    let root = metadata.workspace_root.as_std_path();
    let path = root.join(REPORT);
    let mut report = if path.exists() { Report::read(REPORT, &tree::read(&path)?)? } else { Report::default() };
    // Before the reports themselves change the tree.
    let (date, commit) = (said(root, "date", &["-u", "+%Y-%m-%d"])?, commit(root)?);
    let head = head(root)?;
    let verdict = each(&chosen, &mut |claim| show(root, claim), &mut |claim, shown, took| {
        report.set(Row::new(claim, shown, took, &date, &commit));
        // After each, so that what was shown survives what fails later.
        std::fs::write(&path, report.text(&head, &date)).map_err(|error| Fault::io(&format!("write {REPORT}"), &error))
    })?;
    output::note(&format!("written to {REPORT}"));
    Ok(verdict)
}

/// Shows each of `claims` and notes what became of it; good when all hold. One that fails keeps no other from being shown.
fn each(
    claims: &[&Claim],
    show: &mut dyn FnMut(&Claim) -> Result<Verdict>,
    note: &mut dyn FnMut(&Claim, &Shown, &str) -> Result<()>,
) -> Result<Verdict> {
    let mut all_hold = true;
    for claim in claims {
        output::note(&format!("==> {}: {}", claim.name, claim.says));
        let watch = Stopwatch::start();
        let shown = match show(claim) {
            Ok(Verdict::Good) => Shown::Holds,
            Ok(Verdict::Bad) => Shown::Fails,
            Err(fault) => {
                output::note(&format!("{} could not be shown: {fault}", claim.name));
                Shown::NotAtAll(fault.to_string())
            }
        };
        all_hold &= shown == Shown::Holds;
        note(claim, &shown, &watch.seconds())?;
    }
    Ok(Verdict::good_if(all_hold))
}

fn choose(names: &[String]) -> Result<Vec<&'static Claim>> {
    if let Some(unknown) = names.iter().find(|name| CLAIMS.iter().all(|claim| claim.name != **name)) {
        let known: Vec<&str> = CLAIMS.iter().map(|claim| claim.name).collect();
        return Err(Fault::new(format!("there is no evidence called `{unknown}`; there is: {}", known.join(", "))));
    }
    let wanted = |claim: &&Claim| names.is_empty() || names.iter().any(|name| name == claim.name);
    Ok(CLAIMS.iter().filter(wanted).collect())
}

fn show(root: &Path, claim: &Claim) -> Result<Verdict> {
    match claim.shown {
        Shows::Test { package, target, test } => holds(root, package, target, test),
        Shows::Lab(arguments) => lab(root, arguments),
        Shows::Fuzz(arguments) => feed(root, arguments),
    }
}

/// The counts are chosen when the test is compiled, so these builds have a folder of their own.
fn holds(root: &Path, package: &str, target: &str, test: &str) -> Result<Verdict> {
    let arguments = ["test", "--quiet", "--package", package, "--test", target, "--", "--exact", test];
    let mut command = cargo::command(root, &arguments);
    command.env("LARDER_FULL_COUNTS", "1").env("CARGO_TARGET_DIR", root.join("target/evidence"));
    let ended = process::output(&mut command)?;
    let said = String::from_utf8_lossy(&ended.stdout);
    if ended.status.success() && !said.contains("1 passed") {
        return Err(Fault::new(format!("there is no test `{test}` in {package}, target {target}")));
    }
    if !ended.status.success() {
        output::note(&said);
    }
    Ok(Verdict::good_if(ended.status.success()))
}

/// Has the lab do it, built as it would be for use.
fn lab(root: &Path, arguments: &[&str]) -> Result<Verdict> {
    let (lab, service) = programs(root)?;
    let mut command = Command::new(lab);
    command.current_dir(root).args(arguments);
    if arguments.first() == Some(&"outage") {
        command.arg("--service").arg(service);
    }
    ended(&mut command, LAB)
}

/// Feeds the fuzz targets, built as for long runs.
fn feed(root: &Path, arguments: &[&str]) -> Result<Verdict> {
    let mut command = Command::new(fuzz::build(root, true)?);
    ended(command.current_dir(root).args(arguments), fuzz::PROGRAM)
}

fn ended(command: &mut Command, program: &str) -> Result<Verdict> {
    match process::start(command)?.wait(LIMIT)? {
        Ended::Exited(status) => Verdict::of(status.code(), program),
        Ended::Killed => Err(Fault::new(format!("{program} did not end within {} minutes", LIMIT.as_secs() / 60))),
    }
}

fn programs(root: &Path) -> Result<(PathBuf, PathBuf)> {
    let arguments = ["build", "--release", "--package", LAB, "--package", SERVICE, "--bins"];
    let built = cargo::executables(&mut cargo::command(root, &arguments))?;
    let program = |name: &str| {
        let artifact = built.iter().find(|it| it.target.is_kind(TargetKind::Bin) && it.target.name == name);
        let path = artifact.and_then(|artifact| artifact.executable.clone());
        path.map(Into::into).ok_or_else(|| Fault::new(format!("cargo built no program `{name}`")))
    };
    Ok((program(LAB)?, program(SERVICE)?))
}

fn commit(root: &Path) -> Result<String> {
    let commit = said(root, "git", &["rev-parse", "--short=12", "HEAD"])?;
    // The reports of an earlier run are no change of what is shown.
    let changed = said(root, "git", &["status", "--porcelain", "--", ":(top)", ":(top,exclude)docs"])?;
    Ok(if changed.is_empty() { commit } else { format!("{commit}, with changes") })
}

fn head(root: &Path) -> Result<String> {
    let machine = said(root, "uname", &["-s", "-m"])?;
    let compiler = said(root, "rustc", &["--version"])?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(format!(
        "# What was shown, and when\n\n\
         Written by `cargo xtask evidence`, never by hand. `cargo xtask test` runs the same with smaller counts.\n\n\
         * machine: {machine}, {cores} cores\n\
         * compiler: {compiler}; tests are debug builds, what the lab measures is a release build\n\
         * what is older than {} days is marked, and should be shown again: `cargo xtask evidence NAME`\n",
        report::OLD_DAYS
    ))
}

fn said(root: &Path, program: &str, arguments: &[&str]) -> Result<String> {
    let ended = process::output(Command::new(program).args(arguments).current_dir(root))?;
    Ok(String::from_utf8_lossy(&ended.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let fault = choose(&["storms".to_owned()]).expect_err("there is none");
        assert!(fault.to_string().contains("there is: ") && fault.to_string().contains("figures"), "{fault}");
        assert_eq!(choose(&[]).map(|chosen| chosen.len()), Ok(CLAIMS.len()));
        assert_eq!(choose(&["figures".to_owned()]).map(|chosen| chosen.len()), Ok(1));
    }

    #[test]
    fn a_claim_that_cannot_be_shown_keeps_no_other_from_being_shown() {
        let claims: Vec<&Claim> = CLAIMS.iter().take(3).collect();
        let mut outcomes = [Err(Fault::new("no server")), Ok(Verdict::Bad), Ok(Verdict::Good)].into_iter();
        let mut noted = Vec::new();
        let verdict = each(&claims, &mut |_| outcomes.next().expect("three"), &mut |claim, shown, _| {
            noted.push((claim.name, shown.clone()));
            Ok(())
        });
        assert_eq!(verdict, Ok(Verdict::Bad));
        let shown = [Shown::NotAtAll("no server".to_owned()), Shown::Fails, Shown::Holds];
        assert_eq!(noted, claims.iter().map(|claim| claim.name).zip(shown).collect::<Vec<_>>());
    }
}
