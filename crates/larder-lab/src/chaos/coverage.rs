//! What runs saw: a checker that saw nothing proves nothing.

use std::collections::BTreeMap;
use std::fmt;

use larder_core::{Outcome, Tier};

use super::history::{Done, History};
use super::subject::Figures;

/// How often what is to be checked came about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    counts: BTreeMap<&'static str, u64>,
    /// By kind: faults that did something that could be seen.
    effects: BTreeMap<&'static str, u64>,
}

/// What every single run has to see. A cache of class `authz` serves nothing from the process.
const RUN_FLOORS: &[(&str, u64)] =
    &[("reads", 60), ("served from a tier", 1), ("loads", 5), ("changes", 1), ("ways of notices begun", 3)];

/// What a hundred runs together have to see, at the least.
const CAMPAIGN_FLOORS: &[(&str, u64)] = &[
    ("hits in the process", 20_000),
    ("hits in the shared tier", 1_000),
    ("stale served", 500),
    ("fills superseded", 100),
    ("changes pending", 50),
    ("changes made up for", 50),
    ("ways of notices lost", 100),
];

/// Faults of which a hundred runs have to feel this many.
const EFFECT_FLOORS: &[(&str, u64)] = &[
    ("kill", 1),
    ("stop", 1),
    ("cut", 5),
    ("blackhole", 8),
    ("delay", 5),
    ("drop-push", 12),
    ("flush", 5),
    ("promote", 4),
    ("held reply", 5),
    ("burst", 10),
    ("late answer", 4),
    ("read ahead", 4),
    ("last after all", 4),
    ("left before", 4),
    ("flushed start", 3),
    ("slow removal", 2),
];

impl Coverage {
    /// What a history and the faults of its run show.
    #[must_use]
    pub fn of(history: &History, effects: Vec<&'static str>) -> Self {
        let mut coverage = Self::default();
        for read in &history.reads {
            coverage.up("reads");
            coverage.add("served from a tier", usize::from(read.outcome.is_hit()));
            match read.outcome {
                Outcome::Hit(Tier::L1) => coverage.up("hits in the process"),
                Outcome::Hit(Tier::L2) => coverage.up("hits in the shared tier"),
                Outcome::Stale(_) => coverage.up("stale served"),
                Outcome::Joined => coverage.up("loads joined"),
                _ => {}
            }
        }
        coverage.add("loads", history.loads.len());
        coverage.add("changes", history.changes.len());
        coverage.add("changes pending", history.changes.iter().filter(|change| change.done == Done::Pending).count());
        coverage.add("runs", 1);
        for kind in effects {
            *coverage.effects.entry(kind).or_default() += 1;
        }
        coverage
    }

    pub(super) fn add_figures(&mut self, figures: Figures) {
        let Figures { superseded, ways, made_up, .. } = figures;
        let lost = ways.saturating_sub(1);
        let named = [
            ("fills superseded", superseded),
            ("ways of notices begun", ways),
            ("ways of notices lost", lost),
            ("changes made up for", made_up),
        ];
        for (name, count) in named {
            *self.counts.entry(name).or_default() += count;
        }
    }

    /// Adds what another run saw.
    pub fn join(&mut self, other: &Self) {
        for (name, count) in &other.counts {
            *self.counts.entry(name).or_default() += count;
        }
        for (name, count) in &other.effects {
            *self.effects.entry(name).or_default() += count;
        }
    }

    /// How often something came about.
    #[must_use]
    pub fn count(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or(0)
    }

    /// How many faults of this kind did something.
    #[must_use]
    pub fn effect(&self, kind: &str) -> u64 {
        self.effects.get(kind).copied().unwrap_or(0)
    }

    /// What a single run saw too little of.
    #[must_use]
    pub fn gaps_of_run(&self) -> Vec<String> {
        below(RUN_FLOORS, 1, 1, |name| self.count(name))
    }

    /// What all runs together saw too little of. Few runs may miss what is rare: the floors begin at fifty.
    #[must_use]
    pub fn gaps_of_campaign(&self) -> Vec<String> {
        let runs = self.count("runs");
        if runs < 50 {
            return Vec::new();
        }
        let mut gaps = below(CAMPAIGN_FLOORS, runs, 100, |name| self.count(name));
        gaps.extend(below(EFFECT_FLOORS, runs, 100, |kind| self.effect(kind)));
        gaps
    }

    fn up(&mut self, name: &'static str) {
        self.add(name, 1);
    }

    fn add(&mut self, name: &'static str, count: usize) {
        *self.counts.entry(name).or_default() += u64::try_from(count).unwrap_or(u64::MAX);
    }

    /// Every count with its name, then every kind of fault.
    pub fn rows(&self) -> impl Iterator<Item = (String, u64)> + '_ {
        let counts = self.counts.iter().map(|(name, count)| ((*name).to_owned(), *count));
        counts.chain(self.effects.iter().map(|(kind, count)| (format!("fault: {kind}"), *count)))
    }
}

fn below(floors: &[(&str, u64)], runs: u64, of: u64, count: impl Fn(&str) -> u64) -> Vec<String> {
    let wanted = floors.iter().map(|(name, floor)| (*name, floor * runs / of));
    let short = wanted.filter(|(name, floor)| count(name) < *floor);
    short.map(|(name, floor)| format!("{name}: {}, and {floor} is the least", count(name))).collect()
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<String> = self.rows().map(|(name, count)| format!("{name} {count}")).collect();
        f.write_str(&rows.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_saw_nothing_says_so() {
        let coverage = Coverage::of(&History::default(), Vec::new());
        assert_eq!(coverage.gaps_of_run().len(), RUN_FLOORS.len());
        assert!(coverage.gaps_of_campaign().is_empty(), "one run may miss what is rare");
    }

    #[test]
    fn the_floors_of_a_campaign_grow_with_its_runs() {
        let mut all = Coverage::default();
        for _ in 0..100 {
            all.join(&Coverage::of(&History::default(), vec!["kill"]));
        }
        assert_eq!((all.count("runs"), all.effect("kill")), (100, 100));
        let gaps = all.gaps_of_campaign();
        assert!(gaps.iter().any(|gap| gap.starts_with("stop: 0")), "{gaps:?}");
        assert!(!gaps.iter().any(|gap| gap.starts_with("kill")), "{gaps:?}");
    }
}
