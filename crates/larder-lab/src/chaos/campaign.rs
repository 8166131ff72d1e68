//! Many schedules, several at one time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use larder_cache::SystemClock;
use larder_core::{Clock, Error, ErrorKind, Moment, Result};

use super::coverage::Coverage;
use super::house::Make;
use super::run::{Ran, run};
use super::schedule::Schedule;
use super::{engine, naive};

/// What is put to the test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tested {
    /// The engine, which has to pass.
    #[default]
    Engine,
    /// A naive cache, which has to be caught.
    Naive,
}

/// When a campaign is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// After so many schedules.
    Schedules(u64),
    /// When no schedule may begin any more.
    Passed(Duration),
    /// At the first violation, or after so many schedules.
    Caught(u64),
}

/// Many schedules, one for each seed from the first on.
#[derive(Clone, Copy, Debug)]
pub struct Campaign {
    /// The first seed.
    pub seed: u64,
    /// When it is over.
    pub until: Until,
    /// How many nodes each schedule has.
    pub nodes: usize,
    /// How many schedules run at one time.
    pub side_by_side: usize,
    /// What is put to the test.
    pub tested: Tested,
}

/// What a campaign came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many schedules ran.
    pub schedules: u64,
    /// How long all of it took.
    pub took: Duration,
    /// How long each schedule took, in milliseconds.
    pub times: Vec<Duration>,
    /// The schedules that broke a law, in the order in which they ended.
    pub failed: Vec<Ran>,
    /// What they saw.
    pub coverage: Coverage,
    /// What single schedules saw too little of.
    pub gaps: Vec<String>,
}

impl Outcome {
    /// Whether every law held and enough was seen.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed.is_empty() && self.all_gaps().is_empty()
    }

    /// What was seen too little of, in single schedules and in all together.
    #[must_use]
    pub fn all_gaps(&self) -> Vec<String> {
        self.gaps.iter().cloned().chain(self.coverage.gaps_of_campaign()).collect()
    }

    /// The longest schedule.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.times.iter().max().copied().unwrap_or_default()
    }
}

/// What the threads of a campaign share.
struct Turns {
    next: AtomicU64,
    over: AtomicBool,
    end: u64,
    limit: Moment,
    clock: SystemClock,
}

impl Turns {
    fn next(&self) -> Option<u64> {
        if self.over.load(Ordering::Acquire) || self.clock.now() >= self.limit {
            return None;
        }
        let seed = self.next.fetch_add(1, Ordering::Relaxed);
        (seed < self.end).then_some(seed)
    }
}

impl Campaign {
    /// Runs every schedule, each in a runtime of its own; `tell` hears of each as it ends.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout` when a server cannot be started or does not do what it is told.
    pub fn run(&self, mut tell: impl FnMut(&Ran)) -> Result<Outcome> {
        let clock = SystemClock::new();
        let (count, limit) = match self.until {
            Until::Schedules(count) | Until::Caught(count) => (count, Moment::NEVER),
            Until::Passed(time) => (u64::MAX - self.seed, clock.now() + time),
        };
        let (next, end, over) = (AtomicU64::new(self.seed), self.seed.saturating_add(count), AtomicBool::new(false));
        let (turns, begun) = (Turns { next, over, end, limit, clock }, clock.now());
        let (sender, receiver) = mpsc::channel();
        let mut outcome = Outcome::default();
        std::thread::scope(|scope| {
            for _ in 0..self.side_by_side.max(1) {
                let (sender, turns) = (sender.clone(), &turns);
                scope.spawn(move || {
                    while let Some(seed) = turns.next() {
                        if sender.send(self.one(seed)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            let collected = self.collect(&receiver, &mut outcome, &turns, &mut tell);
            turns.over.store(true, Ordering::Release);
            collected
        })?;
        outcome.took = clock.now().since(begun);
        Ok(outcome)
    }

    fn collect(
        &self,
        receiver: &mpsc::Receiver<Result<Ran>>,
        outcome: &mut Outcome,
        turns: &Turns,
        tell: &mut impl FnMut(&Ran),
    ) -> Result<()> {
        for ran in receiver {
            let ran = ran?;
            tell(&ran);
            outcome.schedules += 1;
            outcome.times.push(ran.took);
            outcome.coverage.join(&ran.coverage);
            let seed = ran.schedule.seed;
            if self.tested == Tested::Engine {
                outcome.gaps.extend(ran.coverage.gaps_of_run().into_iter().map(|gap| format!("seed {seed}: {gap}")));
            }
            if !ran.violations.is_empty() {
                outcome.failed.push(ran);
                if matches!(self.until, Until::Caught(_)) {
                    turns.over.store(true, Ordering::Release);
                }
            }
        }
        Ok(())
    }

    /// One schedule, in a runtime of its own: what is left of it is seen, and harms no other.
    fn one(&self, seed: u64) -> Result<Ran> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime =
            runtime.map_err(|error| Error::new(ErrorKind::Unavailable, "chaos", format!("no runtime: {error}")))?;
        let make: Make = match self.tested {
            Tested::Engine => engine::make,
            Tested::Naive => naive::make,
        };
        let ran = runtime.block_on(run(Schedule::draw(seed, self.nodes), make));
        runtime.shutdown_background();
        ran
    }
}
