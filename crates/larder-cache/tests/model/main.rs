//! The flight table, its claims and the board under a model checker: it decides which thread runs at every step, and tries
//! very many such schedules. The files that are checked are the engine's own; only `crate::sync` is another.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod flight;
mod kept;
mod one_tier;
mod sync;
mod token;
mod two_tiers;

mod written {
    pub(crate) use larder_cache::TierWrite;
}

use std::sync::Arc;

use larder_core::{AsOf, Error};
use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, MaxSteps, Runner, check_uncontrolled_nondeterminism, thread};

use flight::{Flight, Link};
use one_tier::{OneTier, landed, landing};
use two_tiers::TwoTiers;

const SEED: u64 = 4;
const THREADS: usize = 3;
/// How often a schedule by priorities takes the thread that runs by surprise.
const SURPRISES: usize = 3;
/// Twenty times as many where evidence is gathered.
const TIMES: usize = if option_env!("LARDER_FULL_COUNTS").is_some() { 20 } else { 1 };

fn run(scheduler: impl Scheduler + 'static, model: impl Fn() + Send + Sync + 'static) -> usize {
    let mut config = Config::new();
    config.max_steps = MaxSteps::FailAfter(10_000);
    // That it takes every order of memory for the strictest is known.
    config.silence_warnings = true;
    Runner::new(scheduler, config).run(model)
}

/// Schedules drawn at random, and by priorities with a few surprises; both from a fixed seed.
fn explore(schedules: usize, model: fn()) {
    let random = run(RandomScheduler::new_from_seed(SEED, schedules / 2), model);
    let by_priority = run(PctScheduler::new_from_seed(SEED, SURPRISES, schedules / 2), model);
    assert_eq!(random + by_priority, schedules);
}

/// Runs each of `acts` on a thread of its own, and waits for all.
fn together(acts: impl IntoIterator<Item = impl FnOnce() + Send + 'static>) {
    let threads: Vec<_> = acts.into_iter().map(thread::spawn).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

fn drawn<T: Copy>(verbs: &[T]) -> T {
    verbs[thread_rng().gen_range(0..verbs.len())]
}

/// Mostly one key, so that verbs meet.
fn key() -> usize {
    usize::from(thread_rng().gen_bool(0.2))
}

/// Threads that each run two verbs drawn at random, on a node with one tier.
fn one_tier() {
    let node = Arc::new(OneTier::new());
    together([(); THREADS].map(|()| {
        let node = Arc::clone(&node);
        move || (0..2).for_each(|_| node.run(drawn(&one_tier::Verb::ALL), key()))
    }));
    node.rests();
}

/// The same on a node with two tiers.
fn two_tiers() {
    let node = Arc::new(TwoTiers::new());
    together([(); THREADS].map(|()| {
        let node = Arc::clone(&node);
        move || (0..2).for_each(|_| node.run(drawn(&two_tiers::Verb::ALL), key()))
    }));
    node.rests();
}

fn callers() {
    let node = Arc::new(OneTier::new());
    together([(); THREADS].map(|()| {
        let node = Arc::clone(&node);
        move || node.run(one_tier::Verb::Load, 0)
    }));
    assert_eq!(node.loads(), 1, "nothing came between, and more than one load ran");
    node.rests();
}

/// Schedules that are explored in each run of the tests, those explored to the end not counted.
const OF_CALLERS: usize = 10_000 * TIMES / PART;
const OF_ONE_TIER: usize = 45_000 * TIMES / PART;
const OF_TWO_TIERS: usize = 45_000 * TIMES / PART;
const _: () = assert!(PART > 1 || OF_CALLERS + OF_ONE_TIER + OF_TWO_TIERS >= 100_000);

/// Where a protection is switched off, a part of the schedules has to show it.
const PART: usize = if cfg!(larder_ablate) { 10 } else { 1 };

#[test]
fn e1_callers_of_one_key_share_one_load_in_every_schedule() {
    explore(OF_CALLERS, callers);
}

#[test]
fn e9_e18_e23_e24_e31_no_schedule_of_one_tier_stores_or_gives_what_was_overtaken() {
    explore(OF_ONE_TIER, one_tier);
}

#[test]
fn e20_e26_e29_no_schedule_of_two_tiers_stores_or_gives_what_was_overtaken() {
    explore(OF_TWO_TIERS, two_tiers);
}

#[test]
fn e18_a_load_and_a_change_are_right_in_schedules_that_differ_step_by_step() {
    use one_tier::Verb::{Clear, Insert, Load, Refresh, Remove};
    // A thousand and more times too many to be explored to the end.
    const OF_EACH: usize = 1_000 * TIMES;
    for change in [Insert, Remove, Clear, Refresh] {
        let schedules = run(DfsScheduler::new(Some(OF_EACH), false), move || {
            let node = Arc::new(OneTier::new());
            together([Load, change].map(|verb| {
                let node = Arc::clone(&node);
                move || node.run(verb, 0)
            }));
            node.rests();
        });
        assert_eq!(schedules, OF_EACH, "{change:?}");
    }
}

#[test]
fn e3_whoever_waits_for_a_load_learns_how_it_ended_in_every_schedule() {
    const MOST: usize = 100_000;
    let schedules = run(DfsScheduler::new(Some(MOST), false), || {
        let flight = Arc::new(Flight::new(AsOf(0), Arc::new(Link)));
        let waiter = thread::spawn({
            let flight = Arc::clone(&flight);
            move || assert_eq!(landed(&flight), Some(1), "the first word counts")
        });
        flight.land(Ok(landing(1)));
        flight.land(Err(Error::invalid("load", "too late")));
        waiter.join().unwrap();
    });
    assert!((10..MOST).contains(&schedules), "{schedules} schedules are not all there are");
}

#[test]
fn a_seed_means_the_same_schedules_again() {
    check_uncontrolled_nondeterminism(one_tier, 100);
    check_uncontrolled_nondeterminism(two_tiers, 100);
}
