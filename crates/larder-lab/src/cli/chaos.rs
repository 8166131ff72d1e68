//! The command `chaos`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::note;
use crate::Machine;
use crate::chaos::{Campaign, Outcome, Ran, Schedule, Tested, Until, page, story};

/// What is to be run.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The first seed; each schedule takes the next one
    #[arg(long, default_value = "1")]
    seed: u64,
    /// For how long schedules begin
    #[arg(long, default_value = "60", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Run so many schedules instead, however long that takes
    #[arg(long, value_name = "COUNT")]
    schedules: Option<u64>,
    /// Run schedules until one breaks a law, at most so many; exit 0 when one did
    #[arg(long, value_name = "COUNT", conflicts_with = "schedules")]
    caught_within: Option<u64>,
    /// How many nodes share the server
    #[arg(long, default_value = "3", value_parser = clap::value_parser!(u8).range(2..=8))]
    nodes: u8,
    /// How many schedules run at one time
    #[arg(long, default_value = "4", value_parser = clap::value_parser!(u8).range(1..=64))]
    side_by_side: u8,
    /// Put a naive cache to the test, which must be caught
    #[arg(long)]
    control: bool,
    /// Print the schedule of the first seed and run nothing
    #[arg(long)]
    print: bool,
    /// Print one line: how many schedules it took, and which law was broken first
    #[arg(long)]
    brief: bool,
    /// Print what each schedule saw, and of one that broke a law everything that concerns the key
    #[arg(long)]
    verbose: bool,
    /// Write the figures to this file, as a page of Markdown
    #[arg(long, value_name = "PATH")]
    report: Option<PathBuf>,
}

/// Whether it came to what it must: no law broken, or one, where that is wanted.
pub(super) fn carry_out(arguments: &Arguments) -> Result<bool, String> {
    if arguments.print {
        note(&Schedule::draw(arguments.seed, arguments.nodes.into()).to_string());
        return Ok(true);
    }
    let campaign = arguments.campaign();
    let mut told = 0;
    let outcome = campaign.run(|ran| {
        let first = !arguments.brief && told < 3 && !ran.violations.is_empty();
        told += u32::from(first);
        tell(ran, first, arguments.verbose);
    });
    let outcome = outcome.map_err(|error| error.to_string())?;
    if arguments.brief {
        brief(&outcome).map_err(|error| error.to_string())?;
    } else {
        sum_up(&outcome);
    }
    if let Some(path) = &arguments.report {
        std::fs::write(path, page(&Machine::here(), &campaign, &outcome))
            .map_err(|error| format!("the report cannot be written: {error}"))?;
    }
    Ok(match campaign.until {
        Until::Caught(_) => !outcome.failed.is_empty(),
        _ => outcome.is_good(),
    })
}

impl Arguments {
    fn campaign(&self) -> Campaign {
        let until = match (self.schedules, self.caught_within) {
            (_, Some(most)) => Until::Caught(most),
            (Some(count), None) => Until::Schedules(count),
            (None, None) => Until::Passed(Duration::from_secs(self.seconds)),
        };
        Campaign {
            seed: self.seed,
            until,
            nodes: self.nodes.into(),
            side_by_side: self.side_by_side.into(),
            tested: if self.control { Tested::Naive } else { Tested::Engine },
        }
    }
}

/// One line for each schedule, and the story of one that failed.
fn tell(ran: &Ran, whole: bool, verbose: bool) {
    let seed = ran.schedule.seed;
    match ran.violations.first() {
        Some(_) if whole => note(&format!("seed {seed} FAILS\n{}", story(ran, verbose))),
        Some(violation) => note(&format!("seed {seed} FAILS: {:?}: {}", violation.law, violation.words)),
        None if verbose => note(&format!("seed {seed} holds, {:.2} s: {}", ran.took.as_secs_f64(), ran.coverage)),
        None => {}
    }
}

fn brief(outcome: &Outcome) -> io::Result<()> {
    let first = outcome.failed.first().and_then(|ran| Some((ran.schedule.seed, ran.violations.first()?)));
    let law = first
        .map_or_else(String::new, |(seed, violation)| format!("seed {seed}, {:?}: {}", violation.law, violation.words));
    writeln!(io::stdout(), "{} {law}", outcome.schedules)
}

fn sum_up(outcome: &Outcome) {
    let Outcome { schedules, took, failed, coverage, .. } = outcome;
    let (took, longest) = (took.as_secs_f64(), outcome.longest().as_secs_f64());
    note(&format!("{schedules} schedules in {took:.0} s, the longest {longest:.2} s; {} broke a law", failed.len()));
    note(&format!("seen: {coverage}"));
    for gap in outcome.all_gaps() {
        note(&format!("too little seen: {gap}"));
    }
    if let Some(first) = failed.iter().map(|ran| ran.schedule.seed).min() {
        note(&format!("the first that broke a law: seed {first}"));
    }
}
