//! `chaos`: nodes over one real server while everything goes wrong, by the lab; with every protection, or without each.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::Args;

use crate::ablations::{self, Ablation};
use crate::process::Ended;
use crate::stopwatch::Stopwatch;
use crate::table::Table;
use crate::verdict::{Fault, Result, Verdict};
use crate::{cargo, output, process, tree};

const LAB: &str = "larder-lab";

/// Within so many schedules a missing protection has to be seen.
const CAUGHT_WITHIN: &str = "50";

/// Fifty schedules, four at a time, on a machine that does other things too.
const TRIAL_LIMIT: Duration = Duration::from_mins(5);

/// The rules about values that are served: what breaks one of them the checker has to see.
const SERVED: &[std::ops::RangeInclusive<u32>] = &[18..=35, 37..=39, 41..=44, 52..=52, 60..=60, 68..=70];

/// What to run.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The first seed; each schedule takes the next one
    #[arg(long, default_value = "1")]
    seed: u64,
    /// For how long schedules begin
    #[arg(long, default_value = "60")]
    seconds: u64,
    /// How many nodes share the server
    #[arg(long, default_value = "3")]
    nodes: u8,
    /// Run so many schedules instead, however long that takes
    #[arg(long, value_name = "COUNT")]
    schedules: Option<u64>,
    /// How many schedules run at one time
    #[arg(long, default_value = "4")]
    side_by_side: u8,
    /// Put a naive cache to the test; it must be caught within 50 schedules
    #[arg(long, conflicts_with_all = ["schedules", "ablations"])]
    control: bool,
    /// Switch off each protection of what is served; each must be caught within 50 schedules
    #[arg(long, conflicts_with = "schedules")]
    ablations: bool,
    /// With --ablations: these switches only
    #[arg(long, value_name = "NAME", requires = "ablations")]
    only: Vec<String>,
    /// Write the figures to this file, as a page of Markdown
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Builds the lab and runs what is asked for.
pub(crate) fn run(arguments: &Arguments) -> Result<Verdict> {
    let metadata = cargo::workspace(None)?;
    let root = metadata.workspace_root.as_std_path();
    if arguments.ablations {
        return ablate(arguments, root, metadata.target_directory.join("ablate").as_std_path());
    }
    let lab = build(&mut cargo::command(root, &[]))?;
    Verdict::of(process::run_status(arguments.command(&lab, root))?, LAB)
}

impl Arguments {
    fn command(&self, lab: &Path, root: &Path) -> Command {
        let mut command = self.common(lab, root);
        match (self.control, self.schedules) {
            (true, _) => command.args(["--control", "--caught-within", CAUGHT_WITHIN]),
            (false, Some(count)) => command.args(["--schedules", &count.to_string()]),
            (false, None) => command.args(["--seconds", &self.seconds.to_string()]),
        };
        if let Some(report) = &self.report {
            command.arg("--report").arg(report);
        }
        command
    }

    fn common(&self, lab: &Path, root: &Path) -> Command {
        let mut command = Command::new(lab);
        let numbers = [self.seed.to_string(), self.nodes.to_string(), self.side_by_side.to_string()];
        let [seed, nodes, side_by_side] = &numbers;
        command.current_dir(root).args(["chaos", "--seed", seed, "--nodes", nodes, "--side-by-side", side_by_side]);
        command
    }
}

fn build(command: &mut Command) -> Result<PathBuf> {
    cargo::built(command.args(["build", "--package", LAB, "--bin", LAB]), LAB)
}

/// Switches protections off, one at a time, until the checker sees each missing.
fn ablate(arguments: &Arguments, root: &Path, folder: &Path) -> Result<Verdict> {
    let list = tree::read(&root.join("ablations.toml"))?;
    let entries =
        ablations::parse(&list).map_err(|faults| Fault::new(format!("ablations.toml: {}", faults.join("; "))))?;
    let mut command = cargo::command(root, &[]);
    let flags = format!("{} --cfg larder_ablate", cargo::rust_flags());
    command.env("RUSTFLAGS", flags.trim()).env("CARGO_TARGET_DIR", folder);
    let lab = build(&mut command)?;
    let mut table = Table::new(&["protection", "rules", "schedules", "time", "seen first"]);
    let mut all_caught = true;
    for (name, rules) in served(&entries, &arguments.only) {
        output::note(&format!("==> without {name} ({rules})"));
        let watch = Stopwatch::start();
        let Trial { caught, schedules, law } = trial(arguments, &lab, root, &name)?;
        let law = if caught { law } else { "NOTHING: IT IS NOT CAUGHT".to_owned() };
        all_caught &= caught;
        table.row(&[&name, &rules, &schedules, &watch.seconds(), &law]);
    }
    output::line(&table.to_string())?;
    Ok(Verdict::good_if(all_caught))
}

/// The switches that serve a rule about what is served, each once, with those rules.
fn served(entries: &[Ablation], only: &[String]) -> Vec<(String, String)> {
    let mut switches: Vec<(String, String)> = Vec::new();
    for Ablation { name, rule, .. } in entries {
        let number = rule.strip_prefix('E').and_then(|number| number.parse::<u32>().ok());
        let is_served = number.is_some_and(|number| SERVED.iter().any(|range| range.contains(&number)));
        if !is_served || !(only.is_empty() || only.contains(name)) {
            continue;
        }
        match switches.iter_mut().find(|(known, _)| known == name) {
            Some((_, rules)) if rules.split(' ').any(|known| known == rule) => {}
            Some((_, rules)) => *rules = format!("{rules} {rule}"),
            None => switches.push((name.clone(), rule.clone())),
        }
    }
    switches
}

struct Trial {
    caught: bool,
    schedules: String,
    law: String,
}

fn trial(arguments: &Arguments, lab: &Path, root: &Path, name: &str) -> Result<Trial> {
    let mut command = arguments.common(lab, root);
    command.args(["--caught-within", CAUGHT_WITHIN, "--brief"]).env("LARDER_ABLATE", name);
    let mut running = process::start(command.stdout(Stdio::piped()))?;
    // A line or two: a pipe holds them until the program has ended.
    let ended = running.wait(TRIAL_LIMIT)?;
    let Ended::Exited(status) = ended else {
        return Ok(Trial { caught: true, schedules: "?".to_owned(), law: "it hangs".to_owned() });
    };
    let said = running.child().stdout.take().map(std::io::read_to_string);
    let said = said.transpose().map_err(|error| Fault::io("read what the lab said", &error))?.unwrap_or_default();
    let caught = Verdict::of(status.code(), LAB)? == Verdict::Good;
    let mut words = said.trim().splitn(2, ' ').map(str::to_owned);
    Ok(Trial { caught, schedules: words.next().unwrap_or_default(), law: words.next().unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, rule: &str) -> Ablation {
        Ablation { name: name.to_owned(), rule: rule.to_owned(), ..Ablation::default() }
    }

    #[test]
    fn each_switch_of_what_is_served_is_tried_once() {
        let rules = [("fence", "E18"), ("own_task", "E3"), ("fence", "E22"), ("identity", "A2"), ("fence", "E18")];
        let entries = rules.map(|(name, rule)| entry(name, rule));
        assert_eq!(served(&entries, &[]), [("fence".to_owned(), "E18 E22".to_owned())]);
        assert_eq!(served(&entries, &["other".to_owned()]), []);
    }
}
