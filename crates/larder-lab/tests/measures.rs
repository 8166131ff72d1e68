//! Every figure of the report, measured in a few seconds: that it can be, and that it is within its limit.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::path::PathBuf;
use std::time::Duration;

use larder_lab::Limit;
use larder_lab::measure::{BrokenPath, Measure, PathFault, Scale};

async fn holds(measure: Measure) {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_larder-lab"));
    let limits = measure.take(Scale::Small, program).await.unwrap();
    assert!(!limits.is_empty());
    check(&limits);
}

fn check(limits: &[Limit]) {
    let broken: Vec<&Limit> = limits.iter().filter(|limit| !limit.holds).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e32_another_node_serves_an_update_within_the_published_bound() {
    holds(Measure::Healthy).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e33_e41_a_broken_path_is_known_and_nothing_is_a_hit_for_longer_than_the_bound() {
    // Wider than the report's: this machine runs all tests at once.
    let (bound, lasts) = (Duration::from_secs(2), Duration::from_secs(3));
    for fault in [PathFault::Cut, PathFault::DropPushes] {
        check(&BrokenPath { fault, bound, times: 1, lasts }.measure().await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f20_a_storm_in_one_process_is_one_load() {
    holds(Measure::Storm).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e12_f20_a_storm_over_four_processes_is_one_load_with_leases() {
    holds(Measure::Processes).await;
}

/// In a process of its own, whose memory and tasks nobody else has a part in.
#[test]
fn f14_f43_a_blackhole_costs_no_memory_and_nodes_come_back_one_by_one() {
    let mut lab = std::process::Command::new(env!("CARGO_BIN_EXE_larder-lab"));
    let ended = lab.args(["measure", "--small", "blackhole", "reconnect"]).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}
