//! Fixed schedules of faults: the engine breaks no law, a naive cache is caught.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use larder_lab::chaos::{Campaign, Outcome, Tested, Until, story};

fn campaign(tested: Tested, until: Until) -> Outcome {
    Campaign { seed: 1, until, nodes: 3, side_by_side: 4, tested }.run(|_| {}).unwrap()
}

#[test]
fn e26_e41_e76_twenty_schedules_of_faults_break_no_law() {
    let outcome = campaign(Tested::Engine, Until::Schedules(20));
    let stories: Vec<String> = outcome.failed.iter().map(|ran| story(ran, false)).collect();
    assert!(stories.is_empty(), "{}", stories.join("\n"));
    assert_eq!(outcome.schedules, 20);
    assert!(outcome.coverage.count("hits in the process") > 200, "{}", outcome.coverage);
    assert!(outcome.coverage.count("ways of notices lost") > 5, "{}", outcome.coverage);
    assert!(outcome.coverage.count("changes pending") > 5, "{}", outcome.coverage);
}

#[test]
fn e41_a_naive_cache_is_caught_within_fifty_schedules() {
    let outcome = campaign(Tested::Naive, Until::Caught(50));
    assert!(!outcome.failed.is_empty(), "a cache without a fence or notices passed {} schedules", outcome.schedules);
}
