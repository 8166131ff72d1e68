//! What a campaign came to, for people and for the page of evidence.

use std::fmt::Write as _;

use super::campaign::{Campaign, Outcome, Tested};
use super::checker::shrink;
use super::profile::Profile;
use super::run::Ran;
use crate::Machine;

/// Of a failing history no more than this is told: what matters is few events.
const EVENTS: usize = 40;

/// A run that broke a law: its schedule, and for each law the few events that matter, or `all` that concern the key.
#[must_use]
pub fn story(ran: &Ran, all: bool) -> String {
    let mut text = format!("{}", ran.schedule);
    for violation in &ran.violations {
        add(&mut text, &format!("\n  {violation}\n"));
        let Some(read) = violation.read else { continue };
        let small = if all { ran.history.of_key(read.key) } else { shrink(&ran.history, violation.law) };
        let loads = small.loads.iter().map(|load| (load.read_at, load.to_string()));
        let changes = small.changes.iter().map(|change| (change.start, change.to_string()));
        let reads = small.reads.iter().map(|read| (read.start, read.to_string()));
        let faults = small.faults.iter().map(|(span, what)| (span.from, format!("{span}: {what}")));
        let mut events: Vec<_> = loads.chain(changes).chain(reads).chain(faults).collect();
        events.sort();
        add(&mut text, "    the events that matter:\n");
        for (_, event) in events.iter().take(if all { usize::MAX } else { EVENTS }) {
            add(&mut text, &format!("      {event}\n"));
        }
    }
    text
}

/// The page with the figures of a campaign: what it is, where and when, and what was seen.
#[must_use]
pub fn page(machine: &Machine, campaign: &Campaign, outcome: &Outcome) -> String {
    format!(
        "# What nodes were given while everything went wrong\n\n\
         Written by `cargo xtask evidence` or `cargo xtask chaos --report`, never by hand: nodes read and change the same keys\n\
         over one real Redis while server and network fail as seeds draw it, and a checker reads afterwards what they were\n\
         given.\n\n{}\n{}",
        machine.facts(),
        figures(campaign, outcome)
    )
}

fn figures(campaign: &Campaign, outcome: &Outcome) -> String {
    let Campaign { seed, nodes, side_by_side, tested, .. } = campaign;
    let what = match tested {
        Tested::Engine => "the engine",
        Tested::Naive => "the naive control",
    };
    let bound = Profile::BOUND.as_secs_f64();
    let mut text = format!(
        "{} schedules of {nodes} nodes on {what}, from seed {seed}, {side_by_side} at a time, S = {bound} s: {:.0} s in all, \
         {:.2} s the longest. {} of them broke a law.\n\n| seen | how often |\n| --- | --- |\n",
        outcome.schedules,
        outcome.took.as_secs_f64(),
        outcome.longest().as_secs_f64(),
        outcome.failed.len(),
    );
    for (name, count) in outcome.coverage.rows() {
        add(&mut text, &format!("| {name} | {count} |\n"));
    }
    for gap in outcome.all_gaps() {
        add(&mut text, &format!("\n**too little seen**: {gap}\n"));
    }
    for ran in &outcome.failed {
        let words: Vec<&str> = ran.violations.iter().map(|violation| violation.words.as_str()).collect();
        add(&mut text, &format!("\n**seed {} fails**: {}\n", ran.schedule.seed, words.join("; ")));
    }
    text
}

fn add(text: &mut String, more: &str) {
    text.write_str(more).expect("a string takes all");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chaos::Until;

    #[test]
    fn a_page_says_what_it_is_and_where_it_comes_from() {
        let (seed, until, tested) = (7, Until::Schedules(1), Tested::Engine);
        let campaign = Campaign { seed, until, nodes: 3, side_by_side: 4, tested };
        let machine = Machine { date: "2026-01-31".into(), commit: "abc".into(), ..Machine::default() };
        let page = page(&machine, &campaign, &Outcome { schedules: 1, ..Outcome::default() });
        assert!(
            page.starts_with("# ") && page.contains("* date: 2026-01-31;") && page.contains("* commit: abc"),
            "{page}"
        );
        assert!(page.contains("\n1 schedules of 3 nodes on the engine, from seed 7"), "{page}");
    }
}
