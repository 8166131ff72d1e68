//! What the targets are worth: each finds the bug that is planted for it, and nothing without it.
#![allow(clippy::unwrap_used)]

use larder_fuzz::{Check, Failure, Fuzz, Target, seeds, targets};

/// Enough for every planted bug, from more than one seed.
const INPUTS: usize = 60_000;

/// Some for the property itself: the long runs are those of `cargo xtask fuzz`.
const SOUND: usize = 400;

fn first_failure(target: &'static Target, check: Check, seed: u64, inputs: usize) -> Option<Failure> {
    let mut fuzz = Fuzz::new(target, check, seeds(target).unwrap(), seed);
    (0..inputs).find_map(|_| {
        let input = fuzz.draw();
        fuzz.feed(input).err()
    })
}

fn failures(check: fn(&Target) -> Check, seed: u64, inputs: usize) -> Vec<(&'static str, Option<Failure>)> {
    targets::ALL.iter().map(|target| (target.name, first_failure(target, check(target), seed, inputs))).collect()
}

#[test]
fn t09_every_target_finds_the_bug_that_is_planted_for_it() {
    let missed: Vec<&str> = failures(|target| target.planted, 1, INPUTS)
        .into_iter()
        .filter_map(|(name, failure)| failure.is_none().then_some(name))
        .collect();
    assert_eq!(missed, [""; 0], "the bugs of these targets are not found in {INPUTS} inputs");
}

#[test]
fn b10_to_b15_no_target_fails_without_its_bug() {
    let failed: Vec<_> = failures(|target| target.check, 2, SOUND)
        .into_iter()
        .filter_map(|(name, failure)| failure.map(|failure| format!("{name}: {failure}")))
        .collect();
    assert_eq!(failed, [""; 0]);
}

#[test]
fn names_are_unique_and_fit_for_folders() {
    let mut names: Vec<&str> = targets::ALL.iter().map(|target| target.name).collect();
    assert!(names.len() >= 14);
    assert!(names.iter().all(|name| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), targets::ALL.len());
}
