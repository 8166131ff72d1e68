//! `evidence`: the tests with large counts, in full, and a report that says where and when.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::stopwatch::Stopwatch;
use crate::verdict::{Fault, Result, Verdict};
use crate::{cargo, output, process};

/// Where the report stands, from the root of the workspace.
const REPORT: &str = "docs/reliability.md";

/// A test that counts a tenth in the daily run, and everything here.
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
        rule: "B06",
        says: "among 3 000 000 keys no two are equal, nor the 128 bits of them that are shown",
        package: "larder-key",
        target: "rules",
        test: "bulk::a2_b06_no_collision_in_bulk",
    },
];

/// Runs every claim's test in full and writes the report.
pub(crate) fn run() -> Result<Verdict> {
    let metadata = cargo::workspace(None)?;
    let root = metadata.workspace_root.as_std_path();
    let mut rows = String::new();
    let mut verdict = Verdict::Good;
    for claim in CLAIMS {
        output::note(&format!("==> {}: {}", claim.rule, claim.says));
        let watch = Stopwatch::start();
        let held = holds(root, claim)?;
        let word = if held == Verdict::Good { "holds" } else { "**fails**" };
        let Claim { rule, says, test, .. } = claim;
        writeln!(rows, "| {rule} | {says} | {word} | {} | `{test}` |", watch.seconds()).expect("a string takes all");
        if held == Verdict::Bad {
            verdict = held;
        }
    }
    let report = report(root, &rows)?;
    std::fs::write(root.join(REPORT), report).map_err(|error| Fault::io("write the report", &error))?;
    output::note(&format!("written to {REPORT}"));
    Ok(verdict)
}

/// The counts are chosen when the test is compiled, so these builds have a folder of their own.
fn holds(root: &Path, claim: &Claim) -> Result<Verdict> {
    let Claim { package, target, test, .. } = claim;
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

fn report(root: &Path, rows: &str) -> Result<String> {
    let commit = said(root, "git", &["rev-parse", "--short=12", "HEAD"])?;
    let changed = if said(root, "git", &["status", "--porcelain"])?.is_empty() { "" } else { ", with changes" };
    let date = said(root, "date", &["-u", "+%Y-%m-%d"])?;
    let machine = said(root, "uname", &["-s", "-m"])?;
    let compiler = said(root, "rustc", &["--version"])?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(format!(
        "# What was shown, and when\n\n\
         Written by `cargo xtask evidence`, never by hand. `cargo xtask test` runs the same tests with a tenth of the counts.\n\n\
         * date: {date}; what is older than 60 days should be shown again\n\
         * commit: {commit}{changed}\n\
         * machine: {machine}, {cores} cores\n\
         * compiler: {compiler}, debug build\n\n\
         | rule | what | | time, build included | test |\n| --- | --- | --- | --- | --- |\n{rows}"
    ))
}

fn said(root: &Path, program: &str, arguments: &[&str]) -> Result<String> {
    let ended = process::output(Command::new(program).args(arguments).current_dir(root))?;
    Ok(String::from_utf8_lossy(&ended.stdout).trim().to_owned())
}
