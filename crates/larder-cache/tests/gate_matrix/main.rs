//! The gate matrix: what changes a key × how an older value is on its way × where it must not be afterwards. Everything stops
//! at named points, and nothing waits for time to pass.

#![allow(clippy::unwrap_used, unreachable_pub)] // A test that cannot go on says so.

mod cell;
#[path = "../common/mod.rs"]
mod common;
mod house;
mod ways;

use std::collections::HashSet;
use std::time::Duration;

use larder_cache::Cache;

use cell::{Cell, Level, Path, Trigger};
use common::{Calls, tagged};
use house::{From, House};
use ways::{Caller, OVERTAKEN, hold};

/// One way to go through a cell.
#[derive(Clone, Copy, Debug)]
struct Round {
    from: From,
    /// Others ask between the change and the opening of the gate. They bring a newer value, which would hide an older one.
    others_ask: bool,
    /// The second of the ways of a path that has two.
    second: bool,
    /// There is no shared tier, whose own fence would find out too and take back what was kept.
    alone: bool,
}

fn rounds(cell: Cell) -> Vec<Round> {
    let mut rounds = Vec::new();
    for from in [From::Here, From::Elsewhere] {
        for others_ask in [false, true] {
            for second in [false, true] {
                if !second || cell.path == Path::AfterTimeout {
                    rounds.push(Round { from, others_ask, second, alone: false });
                    if from == From::Here && needs_one_tier_only(cell) {
                        rounds.push(Round { from, others_ask, second, alone: true });
                    }
                }
            }
        }
    }
    rounds
}

/// Whether the cell is there without a shared tier too.
fn needs_one_tier_only(cell: Cell) -> bool {
    let shared = matches!(cell.trigger, Trigger::Flush | Trigger::Reconnect)
        || matches!(cell.path, Path::Promotion | Path::LeaseFill);
    cell.level == Level::L1 && !shared
}

/// Goes through a cell in every way. What is not as it must be is said.
fn faults(cell: Cell) -> Vec<String> {
    let mut faults = Vec::new();
    for round in rounds(cell) {
        let went = std::panic::catch_unwind(|| run(go_through(cell, round)));
        if went.is_err() {
            faults.push(format!("{cell}, {round:?}"));
        }
    }
    faults
}

/// On one thread, so that whoever gives up its turn lets everybody else go on.
fn run(round: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(round);
}

async fn go_through(cell: Cell, round: Round) {
    let house = House::new(cell.path, round.alone).await;
    let mut held = hold(&house, cell.path, round.second).await;
    if round.others_ask && cell.path == Path::LeaseFill {
        held.callers.push(ask(&house.far, "new"));
        larder_testkit::eventually("another node waits for the lease", || house.begins_elsewhere() > 0).await;
    }
    house.change(cell.trigger, round.from).await;
    let mut late = Vec::new();
    if round.others_ask {
        check(house.near.get("k").await.unwrap().value(), "who asks at once");
        late.extend([&house.near, &house.near, &house.far].map(|cache| ask(cache, "new")));
        common::turns().await;
    }
    held.gate.open();
    common::turns().await;
    for caller in held.callers {
        let given = ended(&house, caller).await;
        // A look may find out that what it read is wrong by now.
        let nothing = matches!(given, Ok(None)) && cell.path != Path::Promotion;
        assert!(!nothing, "who waits for a load is given a value or an error");
    }
    for caller in late {
        check(ended(&house, caller).await.unwrap().as_ref(), "who asked after the change");
    }
    house.settles().await;
    let holds = house.holds(cell.level).await;
    check(holds.as_ref(), "the level");
    if cell.trigger == Trigger::Set && cell.level == Level::L2 {
        assert_eq!(holds.as_deref(), Some("new"), "what was set is there");
    }
}

/// A caller that takes what there is, or loads `value`.
fn ask(cache: &Cache<String>, value: &str) -> Caller {
    let (cache, load) = (cache.with(tagged(["t"])), Calls::default().bring(value));
    tokio::spawn(async move {
        let loaded = cache.get_or_load("k", load).await;
        loaded.map(|loaded| Some(loaded.into_value().to_string())).map_err(|error| error.to_string())
    })
}

/// Lets time pass until the caller is answered: it may wait for a lease.
async fn ended(house: &House, caller: Caller) -> Result<Option<String>, String> {
    for _ in 0..100 {
        if !caller.is_finished() {
            house.pass(Duration::from_millis(50)).await;
        }
    }
    assert!(caller.is_finished(), "a caller is not answered");
    caller.await.unwrap()
}

fn check(value: Option<&String>, who: &str) {
    assert!(value.is_none_or(|value| !OVERTAKEN.contains(&value.as_str())), "{who} has what was overtaken: {value:?}");
}

#[test]
fn e18_e21_e22_e24_e25_nothing_overtaken_is_kept_or_given_in_any_of_72_cells() {
    let cells: Vec<Cell> = Cell::all().collect();
    let names: HashSet<String> = cells.iter().map(ToString::to_string).collect();
    assert_eq!(names.len(), 72, "every cell of the table is there once");
    let faults: Vec<String> = cells.into_iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{} rounds failed:\n{}", faults.len(), faults.join("\n"));
}
