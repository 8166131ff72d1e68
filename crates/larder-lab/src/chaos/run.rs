//! One run of one schedule, from the first server to the last task.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use larder_core::{Moment, Result};
use tokio::runtime::Handle;

use super::acts::Act;
use super::checker::{self, Violation};
use super::coverage::Coverage;
use super::history::{History, Read};
use super::house::{House, Make};
use super::keys;
use super::origin::LoadPlan;
use super::profile::Profile;
use super::schedule::Schedule;
use super::subject::Ask;
use super::workload;

/// For how long new acts begin; less before a failover, from which nodes recover once more.
const ACTIVE: Duration = Duration::from_millis(500);
const ACTIVE_BEFORE_FAILOVER: Duration = Duration::from_millis(250);

/// When nodes are not well again so soon after the last act, there is no ending: a schedule takes three seconds at most.
const PATIENCE: Duration = Duration::from_millis(700);

/// How long a node may take to be well after all was mended: it connects anew within a second and a half.
const RECOVERY: Duration = Duration::from_millis(3500);

/// What one run came to.
#[derive(Debug)]
pub struct Ran {
    /// What was to happen.
    pub schedule: Schedule,
    /// What was wrong, if anything; the first of each law.
    pub violations: Vec<Violation>,
    /// What it saw.
    pub coverage: Coverage,
    /// How long it took.
    pub took: Duration,
    /// What happened.
    pub history: History,
}

/// Runs `schedule` on caches that `make` makes; the runtime is to be this run's alone.
///
/// # Errors
/// `Unavailable` or `Timeout` when a server does not do what it is told.
pub(super) async fn run(schedule: Schedule, make: Make) -> Result<Ran> {
    let tasks = Handle::current().metrics().num_alive_tasks();
    let house = House::build(schedule.clone(), make).await?;
    let (started, origin) = (house.origin.now(), Arc::clone(&house.origin));
    let mut faults = play(&house).await?;
    faults.extend(settle(&house).await);
    let mut coverage = Coverage::of(&house.told(), house.effects());
    faults.extend(close(&house, &mut coverage).await);
    let history = house.told();
    faults.extend(house.wrong());
    drop(house);
    faults.extend(leftover(&origin, tasks).await);
    let mut violations = checker::check(&history);
    violations.extend(faults.into_iter().map(Violation::of_run));
    let took = origin.now().since(started);
    Ok(Ran { schedule, violations, coverage, took, history })
}

/// Lets the nodes work while things are done to them.
async fn play(house: &Arc<House>) -> Result<Vec<String>> {
    let well = join_all(house.nodes().iter().map(|node| is_well(house, node.index))).await;
    if let Some(act) = &house.schedule.opening {
        scene(house, act).await?;
    }
    for node in house.nodes() {
        workload::begin(house, &node);
    }
    let ends_in_failover = matches!(house.schedule.ending, Some(Act::Promote { .. }));
    let limit = house.origin.now() + if ends_in_failover { ACTIVE_BEFORE_FAILOVER } else { ACTIVE };
    let (one, beside) = tokio::join!(acts(house, limit), network(house, limit));
    let ended = if one.is_ok() && beside.is_ok() { end(house).await } else { Ok(()) };
    house.mend_all().await;
    one.and(beside).and(ended)?;
    Ok(well.into_iter().flatten().map(|why| format!("at the beginning {why}")).collect())
}

/// One act after the other.
async fn acts(house: &Arc<House>, limit: Moment) -> Result<()> {
    for (pause, act) in &house.schedule.acts {
        house.origin.pause(*pause).await;
        if house.origin.now() >= limit {
            break;
        }
        act_on(house, act).await?;
    }
    Ok(())
}

/// The last scene, when no fault of before takes its harm away.
async fn end(house: &Arc<House>) -> Result<()> {
    let Some(act) = &house.schedule.ending else { return Ok(()) };
    for node in house.nodes() {
        node.mend().await;
    }
    // Who is not well now is found in the end. For a failover it is enough that the one is well who changes something.
    let nodes = match act {
        Act::Promote { scene: Some(scene), .. } => vec![scene.changer],
        _ => house.nodes().iter().map(|node| node.index).collect(),
    };
    let well = async { drop(join_all(nodes.into_iter().map(|node| is_well(house, node))).await) };
    if house.within(PATIENCE, well).await { act_on(house, act).await } else { Ok(()) }
}

async fn act_on(house: &Arc<House>, act: &Act) -> Result<()> {
    if house.fault(act).await? { Ok(()) } else { scene(house, act).await }
}

async fn scene(house: &Arc<House>, act: &Act) -> Result<()> {
    let from = house.origin.now();
    house.scene(act).await?;
    house.note_fault(house.since(from), act.to_string());
    Ok(())
}

/// What goes wrong with the network beside that.
async fn network(house: &House, limit: Moment) -> Result<()> {
    for (pause, act) in &house.schedule.network {
        house.origin.pause(*pause).await;
        if house.origin.now() < limit {
            house.fault(act).await?;
        }
    }
    Ok(())
}

async fn is_well(house: &House, node: usize) -> Option<String> {
    let node = house.node(node);
    let limit = house.origin.now() + RECOVERY;
    while !node.subject.health().is_well {
        if house.origin.now() >= limit {
            return Some(format!("node {} was not well within {RECOVERY:?}: {:?}", node.index, node.subject.health()));
        }
        house.origin.pause(Duration::from_millis(5)).await;
    }
    None
}

/// Waits until every node is well, then reads every key on every node, and on one that has just begun.
async fn settle(house: &House) -> Vec<String> {
    let ill = join_all(house.nodes().iter().map(|node| is_well(house, node.index))).await;
    let mut faults: Vec<String> = ill.into_iter().flatten().map(|why| format!("in the end {why}")).collect();
    // A witness: what it reads is in the shared tier.
    match house.add(false).await {
        Ok(witness) => faults.extend(is_well(house, witness.index).await),
        Err(error) => faults.push(error.to_string()),
    }
    let limit = house.origin.now() + Profile::BOUND + checker::SLACK;
    loop {
        let reads = last_reads(house).await;
        let is_late = house.origin.now() >= limit;
        if is_late || checker::are_right(&house.told(), &reads) {
            house.history().reads.extend(reads);
            return faults;
        }
        house.origin.pause(Duration::from_millis(40)).await;
    }
}

async fn last_reads(house: &House) -> Vec<Read> {
    let mut reads = Vec::new();
    for node in house.nodes() {
        for key in keys::all() {
            reads.extend(house.reads(&node, Ask::Get, &[key], LoadPlan::default(), true).await);
        }
    }
    reads
}

/// Closes every node, and compares its figures with the calls that it was sent.
async fn close(house: &House, coverage: &mut Coverage) -> Vec<String> {
    let nodes = house.nodes();
    let left = join_all(nodes.iter().map(|node| node.subject.close())).await;
    let mut faults = Vec::new();
    for (node, left) in nodes.iter().zip(left) {
        let (figures, calls, index) = (node.subject.figures(), node.calls(), node.index);
        if figures.lookups.is_some_and(|lookups| lookups != calls) {
            faults.push(format!("node {index} counted {:?} lookups, and was asked {calls} times", figures.lookups));
        }
        if left.loads > 0 || left.pending > 0 {
            faults.push(format!("node {index} left {} loads and {} changes", left.loads, left.pending));
        }
        coverage.add_figures(figures);
    }
    faults
}

/// Every task ends with what it belonged to.
async fn leftover(origin: &super::origin::Origin, before: usize) -> Option<String> {
    let limit = origin.now() + Duration::from_secs(2);
    loop {
        let alive = Handle::current().metrics().num_alive_tasks();
        if alive <= before {
            return None;
        }
        if origin.now() >= limit {
            return Some(format!("{} tasks are left", alive - before));
        }
        origin.pause(Duration::from_millis(5)).await;
    }
}
