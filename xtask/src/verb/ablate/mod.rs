//! `ablate`: a protective test must fail without its protection.
//!
//! One build with `--cfg larder_ablate` holds all switches; `LARDER_ABLATE` chooses one at run time. The build has a
//! folder of its own, so that it disturbs no other.

mod programs;
mod trial;

use std::collections::HashSet;

use crate::ablations::{self, Ablation};
use crate::stopwatch::Stopwatch;
use crate::table::Table;
use crate::verdict::{Fault, Result, Verdict};
use crate::{cargo, output, tree};

use programs::Programs;
use trial::Proof;

/// Tries the protections called `names`, by switch or by rule, or all of them.
pub(crate) fn run(names: &[String]) -> Result<Verdict> {
    let metadata = cargo::workspace(None)?;
    let list = tree::read(&metadata.workspace_root.join("ablations.toml").into_std_path_buf())?;
    let entries =
        ablations::parse(&list).map_err(|faults| Fault::new(format!("ablations.toml: {}", faults.join("; "))))?;
    let chosen = choose(&entries, names)?;
    if chosen.is_empty() {
        output::line("ablate: ablations.toml names no protection")?;
        return Ok(Verdict::Good);
    }
    output::note("==> build with all switches");
    let programs = Programs::build(&metadata, &chosen)?;
    tell(&chosen, &programs)
}

fn choose<'a>(entries: &'a [Ablation], names: &[String]) -> Result<Vec<&'a Ablation>> {
    let called = |entry: &Ablation, name: &str| entry.name == name || entry.rule == name;
    if let Some(unknown) = names.iter().find(|name| !entries.iter().any(|entry| called(entry, name))) {
        let mut known: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        known.dedup();
        return Err(Fault::new(format!("ablations.toml has no `{unknown}`; it has: {}", known.join(", "))));
    }
    let chosen = |entry: &&Ablation| names.is_empty() || names.iter().any(|name| called(entry, name));
    Ok(entries.iter().filter(chosen).collect())
}

/// Tries each and prints what came of it.
fn tell(chosen: &[&Ablation], programs: &Programs) -> Result<Verdict> {
    let mut table = Table::new(&["protection", "rule", "test", "time", "without it"]);
    let mut explanations = Vec::new();
    let mut sound = HashSet::new();
    for entry in chosen {
        output::note(&format!("==> {} ({}): {}", entry.name, entry.rule, entry.test));
        let watch = Stopwatch::start();
        let proof = trial::prove(programs.find(&entry.test), entry, &mut sound)?;
        table.row(&[&entry.name, &entry.rule, &entry.test.path, &watch.seconds(), proof.word()]);
        explanations.extend(proof.fault(entry));
    }
    output::line(&table.to_string())?;
    for explanation in &explanations {
        output::line(explanation)?;
    }
    Ok(Verdict::good_if(explanations.is_empty()))
}

impl Proof {
    /// One or two words for the table.
    fn word(&self) -> &'static str {
        match self {
            Self::Fails => "fails, as it must",
            Self::Hangs => "hangs, as it may",
            Self::Passes => "PASSES",
            Self::Spoiled(_) => "NOT TRIED",
            Self::Breaks(_) => "BREAKS",
        }
    }

    /// What to mend, if anything.
    fn fault(&self, Ablation { name, rule, test, why, .. }: &Ablation) -> Option<String> {
        let name = format!("{name} ({rule})");
        match self {
            Self::Fails | Self::Hangs => None,
            Self::Passes => Some(format!(
                "{name}: `{test}` passes without the protection, though {why}: make the test see it, or drop the protection"
            )),
            Self::Spoiled(how) => Some(format!("{name}: `{test}` {how} with every protection in place: mend it first")),
            Self::Breaks(how) => {
                Some(format!("{name}: without the protection `{test}` {how}: let an assertion fail instead"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<Ablation> {
        let named = |name: &str, rule: &str| Ablation { name: name.into(), rule: rule.into(), ..Ablation::default() };
        vec![named("fence", "E18"), named("fence", "E21"), named("flight", "E1")]
    }

    #[test]
    fn without_names_all_are_tried() {
        let chosen = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            choose(&entries(), &names).map(|chosen| chosen.len())
        };
        assert_eq!((chosen(&[]), chosen(&["flight"])), (Ok(3), Ok(1)));
        assert_eq!((chosen(&["fence"]), chosen(&["E21"])), (Ok(2), Ok(1)), "a switch may serve many rules");
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let fault = choose(&entries(), &["fences".to_owned()]).expect_err("there is none");
        assert_eq!(fault.to_string(), "ablations.toml has no `fences`; it has: fence, flight");
    }

    #[test]
    fn only_a_failure_or_a_hang_proves_something() {
        let entry = &entries()[0];
        assert!(Proof::Fails.fault(entry).is_none() && Proof::Hangs.fault(entry).is_none());
        for proof in [Proof::Passes, Proof::Spoiled("fails".to_owned()), Proof::Breaks("aborts".to_owned())] {
            assert!(proof.fault(entry).is_some_and(|fault| fault.starts_with("fence (E18): ")), "{proof:?}");
        }
    }
}
