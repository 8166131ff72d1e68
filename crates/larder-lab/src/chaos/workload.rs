//! What the nodes do all the time, beside what is done to them.

use std::sync::Arc;
use std::time::Duration;

use super::acts::How;
use super::draw::Draw;
use super::history::Life;
use super::house::{House, Node};
use super::keys::{self, KEYS, QUIET};
use super::origin::LoadPlan;
use super::subject::Ask;

/// Tasks of one node: one that only reads, and this many that do everything.
const BUSY: u64 = 2;

/// Between two rounds of the task that reads.
const ROUND: Duration = Duration::from_millis(7);

/// Starts the tasks of a node; they end when the house is stopped.
pub(super) fn begin(house: &Arc<House>, node: &Arc<Node>) {
    let seed = house.schedule.workload.wrapping_add(u64::try_from(node.index).unwrap_or(0) << 8);
    let here = || (Arc::clone(house), Arc::clone(node));
    let (at, reader) = here();
    house.keep(tokio::spawn(async move { read_all(&at, &reader).await }));
    for task in 0..BUSY {
        let (draw, (at, worker)) = (Draw::new(seed.wrapping_add(task)), here());
        house.keep(tokio::spawn(async move { busy(&at, &worker, &draw).await }));
    }
}

async fn read_all(house: &House, node: &Node) {
    while !house.is_stopped() {
        for key in keys::all() {
            house.ask(node, Ask::Get, &[key], LoadPlan::default()).await;
        }
        house.origin.pause(ROUND).await;
    }
}

async fn busy(house: &House, node: &Node, draw: &Draw) {
    while !house.is_stopped() {
        if draw.chance(house.schedule.profile.changes) {
            change(house, node, draw).await;
        } else {
            read(house, node, draw).await;
        }
        house.origin.pause(draw.millis(2, 14)).await;
    }
}

async fn change(house: &House, node: &Node, draw: &Draw) {
    let quiet = draw.chance(8);
    let key = draw.below(KEYS);
    let key = if !quiet && QUIET.contains(&key) { (key + 1) % KEYS } else { key };
    let how = match draw.below(100) {
        0..40 => How::Insert,
        40..75 => How::Remove,
        75..90 => How::Expire,
        90..97 => How::Tag,
        97 | 98 => How::Matching,
        _ => How::Clear,
    };
    let brief = Life { ttl: draw.millis(60, 150), grace: draw.millis(0, 200) };
    let brief = draw.chance(25).then_some(brief).filter(|_| !house.schedule.profile.authz);
    house.change(node, key, how, brief).await;
}

async fn read(house: &House, node: &Node, draw: &Draw) {
    let key = draw.below(KEYS);
    let plan = LoadPlan {
        takes: if draw.chance(50) { draw.millis(0, 10) } else { Duration::ZERO },
        fails: draw.chance(8),
        ..LoadPlan::default()
    };
    let several = [key, (key + 1) % KEYS, (key + 2) % KEYS];
    match draw.below(20) {
        0..2 => house.ask(node, Ask::GetMany, &several, plan).await,
        2..4 => house.ask(node, Ask::GetManyOrLoad, &several, plan).await,
        4 => house.ask(node, Ask::Refresh, &[key], plan).await,
        5..7 => house.ask_briefly(node, Ask::GetOrLoad, &[key], plan, draw.millis(0, 6)).await,
        7..10 => house.ask(node, Ask::Get, &[key], plan).await,
        _ => house.ask(node, Ask::GetOrLoad, &[key], plan).await,
    }
}
