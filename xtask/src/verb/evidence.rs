//! `evidence`: the tests with large counts, in full, the service without its Redis, and reports that say where and when.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use cargo_metadata::TargetKind;

use crate::process::Ended;
use crate::stopwatch::Stopwatch;
use crate::verdict::{Fault, Result, Verdict};
use crate::{cargo, output, process};

/// Where the report stands, from the root of the workspace.
const REPORT: &str = "docs/reliability.md";

/// Where the figures of the service without its Redis stand, beside the report.
const OUTAGES: &str = "docs/outages.md";

const LAB: &str = "larder-lab";
const SERVICE: &str = "text-service";

/// Three outages and a start, of half a minute each.
const OUTAGES_LIMIT: Duration = Duration::from_mins(10);

/// A test that counts a small part in the daily run, and everything here.
#[derive(Debug)]
struct Claim {
    rule: &'static str,
    says: &'static str,
    package: &'static str,
    target: &'static str,
    test: &'static str,
}

const CLAIMS: &[Claim] = &[
    Claim {
        rule: "E1",
        says: "10 000 callers that miss one key at one time run one load",
        package: "larder-cache",
        target: "flights",
        test: "e1_ten_thousand_callers_of_one_key_run_one_load",
    },
    Claim {
        rule: "E18",
        says: "in 100 000 interleavings of a load and a removal no removed value comes back",
        package: "larder-cache",
        target: "fence",
        test: "e18_a_value_loaded_before_a_remove_is_not_there_after_it_in_ten_thousand_interleavings",
    },
    Claim {
        rule: "E19, E20",
        says: "in 100 000 rounds of loads, removals and inserts by two nodes on one Redis nothing overtaken stays or comes back",
        package: LAB,
        target: "two_nodes",
        test: "e19_e20_two_nodes_never_resurrect",
    },
    Claim {
        rule: "F01",
        says: "in 1 000 000 operations with half of the callers cancelled nobody gets a foreign value, no connection is out of step",
        package: LAB,
        target: "cancelled",
        test: "f01_cancelled_callers_get_no_foreign_value",
    },
    Claim {
        rule: "B06",
        says: "among 3 000 000 keys no two are equal, nor the 128 bits of them that are shown",
        package: "larder-key",
        target: "rules",
        test: "bulk::a2_b06_no_collision_in_bulk",
    },
];

/// Runs every claim's test in full, then the outages, and writes the report.
pub(crate) fn run() -> Result<Verdict> {
    let metadata = cargo::workspace(None)?;
    let root = metadata.workspace_root.as_std_path();
    // Before the reports themselves change the tree.
    let mut report = head(root)?;
    let mut all_hold = true;
    for Claim { rule, says, package, target, test } in CLAIMS {
        all_hold &= row(&mut report, rule, says, test, || holds(root, package, target, test))?;
    }
    let says =
        "the demo service under load while Redis is killed, stopped, cut off, and not there yet: [figures](outages.md)";
    all_hold &= row(&mut report, "F03–F05, F10, F11", says, "larder-lab outage --boot", || outages(root))?;
    std::fs::write(root.join(REPORT), report).map_err(|error| Fault::io("write the report", &error))?;
    output::note(&format!("written to {REPORT} and {OUTAGES}"));
    Ok(Verdict::good_if(all_hold))
}

/// Finds out whether something holds, and writes its row.
fn row(report: &mut String, rule: &str, says: &str, by: &str, holds: impl FnOnce() -> Result<Verdict>) -> Result<bool> {
    output::note(&format!("==> {rule}: {says}"));
    let watch = Stopwatch::start();
    let held = holds()? == Verdict::Good;
    let word = if held { "holds" } else { "**fails**" };
    writeln!(report, "| {rule} | {says} | {word} | {} | `{by}` |", watch.seconds()).expect("a string takes all");
    Ok(held)
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

/// Takes Redis away from the demo service, and has it written down how that went.
fn outages(root: &Path) -> Result<Verdict> {
    let (lab, service) = programs(root)?;
    let mut command = Command::new(lab);
    command.current_dir(root).args(["outage", "--boot", "--report", OUTAGES, "--service"]).arg(service);
    match process::start(&mut command)?.wait(OUTAGES_LIMIT)? {
        Ended::Exited(status) if status.success() => Ok(Verdict::Good),
        Ended::Exited(status) if status.code() == Some(1) => Ok(Verdict::Bad),
        Ended::Exited(status) => Err(Fault::new(format!("{LAB} could not run, and ended with {status}"))),
        Ended::Killed => Err(Fault::new(format!("{LAB} did not end within {} minutes", OUTAGES_LIMIT.as_secs() / 60))),
    }
}

/// The lab and the service, built as they would be for use.
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

fn head(root: &Path) -> Result<String> {
    let commit = said(root, "git", &["rev-parse", "--short=12", "HEAD"])?;
    let changed = if said(root, "git", &["status", "--porcelain"])?.is_empty() { "" } else { ", with changes" };
    let date = said(root, "date", &["-u", "+%Y-%m-%d"])?;
    let machine = said(root, "uname", &["-s", "-m"])?;
    let compiler = said(root, "rustc", &["--version"])?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(format!(
        "# What was shown, and when\n\n\
         Written by `cargo xtask evidence`, never by hand. `cargo xtask test` runs the same tests with smaller counts.\n\n\
         * date: {date}; what is older than 60 days should be shown again\n\
         * commit: {commit}{changed}\n\
         * machine: {machine}, {cores} cores\n\
         * compiler: {compiler}; tests are debug builds\n\n\
         | rule | what | | time, build included | by |\n| --- | --- | --- | --- | --- |\n"
    ))
}

fn said(root: &Path, program: &str, arguments: &[&str]) -> Result<String> {
    let ended = process::output(Command::new(program).args(arguments).current_dir(root))?;
    Ok(String::from_utf8_lossy(&ended.stdout).trim().to_owned())
}
