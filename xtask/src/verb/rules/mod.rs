//! `rules`: every rule of the engine, and the tests that prove it.
//!
//! `docs/rules.md` says what must hold, the names of tests say what they prove, `ablations.toml` says what protects.

mod format;
mod number;
mod numbered;
mod page;
mod standing;

use std::path::Path;

use crate::ablations;
use crate::rust::Source;
use crate::verdict::{Fault, Result, Verdict};
use crate::{cargo, output, tree};

use numbered::NumberedTest;
use page::Rule;
use standing::Standing;

pub(crate) use format::Format;

/// Where the rules stand, from the root of the workspace.
const PAGE: &str = "docs/rules.md";

const ABLATIONS: &str = "ablations.toml";

/// Shows the rules, or only those without a test or without an ablation.
pub(crate) fn run(only_missing: bool, format: Format) -> Result<Verdict> {
    let metadata = cargo::workspace(None)?;
    let root = metadata.workspace_root.as_std_path();
    let rules = read(root, PAGE, page::parse)?;
    let ablations = read(root, ABLATIONS, ablations::parse)?;
    let sources: Vec<Source> = tree::files(root, "rs")?.into_iter().map(Source::new).collect();
    let tests = numbered::all(&sources);
    tell_of_strangers(&rules, &tests);
    let standings = standing::all(&rules, &tests, &ablations);
    let wanted = |it: &&Standing<'_>| !only_missing || !it.is_tested() || it.owes_switch();
    let chosen: Vec<&Standing<'_>> = standings.iter().filter(wanted).collect();
    if !(only_missing && chosen.is_empty()) {
        output::line(&format.show(&chosen))?;
    }
    conclude(&standings)
}

fn read<T>(root: &Path, path: &str, parse: fn(&str) -> std::result::Result<T, Vec<String>>) -> Result<T> {
    let text = tree::read(&root.join(path))?;
    parse(&text).map_err(|faults| Fault::new(format!("{path}: {}", faults.join("; "))))
}

/// A number that the page does not have may be a slip, or belong to another layer: worth knowing, and no fault.
fn tell_of_strangers(rules: &[Rule], tests: &[NumberedTest]) {
    for test in tests {
        for number in test.rules.iter().filter(|number| rules.iter().all(|rule| rule.number != **number)) {
            let NumberedTest { name, place, .. } = test;
            output::note(&format!("note: {place}: `{name}` carries {number}, which {PAGE} does not have"));
        }
    }
}

fn conclude(standings: &[Standing<'_>]) -> Result<Verdict> {
    let count = |has: fn(&Standing<'_>) -> bool| standings.iter().filter(|standing| has(standing)).count();
    let (missing, owing) = (numbers(standings, |it| it.is_missing()), numbers(standings, |it| it.owes_switch()));
    let (tested, ablated) = (count(|it| it.is_tested()), count(|it| it.is_ablated()));
    let waiting = standings.len() - tested - missing.len();
    let reasons = tested - ablated - owing.len();
    output::line(&format!(
        "rules: {} rules, {tested} tested, {ablated} of them ablated, {reasons} without a switch for a reason, \
         {waiting} to come with another capability, {} missing",
        standings.len(),
        missing.len()
    ))?;
    if let Some(first) = missing.first() {
        let (listed, form) = (missing.join(", "), first.to_lowercase());
        output::line(&format!("without a test: {listed}: write one that begins with its number, `fn {form}_…`"))?;
    }
    if !owing.is_empty() {
        let listed = owing.join(", ");
        output::line(&format!(
            "without an ablation: {listed}: add to {ABLATIONS} an entry whose test begins with the rule's number, or say \
             in {PAGE} why there is none, `*No switch: ….*`"
        ))?;
    }
    Ok(Verdict::good_if(missing.is_empty() && owing.is_empty()))
}

/// The numbers of the rules of which `has` is true.
fn numbers(standings: &[Standing<'_>], has: fn(&Standing<'_>) -> bool) -> Vec<String> {
    standings.iter().filter(|standing| has(standing)).map(|standing| standing.rule.number.to_string()).collect()
}
