//! Two nodes change and load the same keys in every order: what was overtaken never comes back.
//!
//! The origin of the values is a number for each key that only grows. A change takes the next number, makes it the origin's
//! and then tells a cache: by an insert of the number, or by a removal. A load reads the origin. Rounds are made of steps;
//! what happens in one step happens at the same time, and the next step begins when all of it is over. So of two changes in
//! different steps it is known which came first, and a value is *overtaken* when a later change has a higher number.
//!
//! Rounds mostly wait for each other's steps, so several pairs of nodes run side by side, each on a server of its own.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common::{Node, PREFIX, below, coin, node};
use futures_util::future::{BoxFuture, join_all};
use larder_cache::{Cache, CallPolicy, Codec, TierRemoval, TierWrite};
use larder_core::{KeyRange, Name, SeededRandom, Store};
use larder_redis::Redis;
use larder_testkit::{Gate, RealClock, RedisServer, eventually, eventually_async};
use tokio::sync::Barrier;
use tokio::task::JoinHandle;

const CACHE: &str = "numbers";
const KEYS: usize = 3;
const STEPS: u64 = 3;
/// The first pair draws from this seed, each further one from the next.
const SEED: u64 = 19;
const PAIRS: usize = 4;

/// Loads, reads, removals and inserts of all pairs together; a hundred times as many where evidence is gathered.
const OPERATIONS: usize = if option_env!("LARDER_FULL_COUNTS").is_some() { 1_000_000 } else { 10_000 };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e19_e20_two_nodes_never_resurrect() {
    let pairs = (SEED..).take(PAIRS).map(|seed| tokio::spawn(run(seed, OPERATIONS.div_ceil(PAIRS))));
    let mut all = Figures::default();
    for figures in join_all(pairs).await {
        let Figures { operations, rounds, loads, superseded, hits } = figures.unwrap();
        all.operations += operations;
        all.rounds += rounds;
        all.loads += loads;
        all.superseded += superseded;
        all.hits += hits;
    }
    let Figures { operations, rounds, loads, superseded, hits } = all;
    assert!(operations >= OPERATIONS, "only {operations} operations ran");
    assert!(loads > rounds / 4, "only {loads} loads ran in {rounds} rounds");
    assert!(superseded > rounds / 20, "only {superseded} fills came too late in {rounds} rounds");
    assert!(hits > rounds / 4, "only {hits} reads found a value in the shared tier in {rounds} rounds");
}

/// What a pair of nodes did.
#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    operations: usize,
    rounds: u64,
    loads: u64,
    superseded: u64,
    hits: u64,
}

/// Rounds of one pair of nodes on one server, until so many operations are over.
async fn run(seed: u64, operations: usize) -> Figures {
    let server = RedisServer::start().await.unwrap();
    let mut house = House::new(server.port(), seed).await;
    let random = SeededRandom::new(seed);
    let mut figures = Figures::default();
    while figures.operations < operations {
        let plan = plan(&random);
        house.round(figures.rounds, &plan).await;
        figures.operations += plan.len();
        figures.rounds += 1;
    }
    let [loads, superseded, hits] = house.figures();
    Figures { loads, superseded, hits, ..figures }
}

/// What one round does with its key.
#[derive(Clone, Copy, Debug)]
struct Op {
    node: usize,
    step: u64,
    act: Act,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    /// A load, of which the loader ends in step `until`.
    Load {
        refresh: bool,
        until: u64,
    },
    Get,
    Insert,
    Remove,
}

/// At most one load a node, so that none waits for another; one to three changes, no, one or two reads.
fn plan(random: &SeededRandom) -> Vec<Op> {
    let mut ops = Vec::new();
    for node in 0..2 {
        if below(random, 4) > 0 {
            let step = below(random, STEPS);
            let until = step + below(random, STEPS - step);
            ops.push(Op { node, step, act: Act::Load { refresh: below(random, 4) == 0, until } });
        }
    }
    let [changes, reads] = [1 + below(random, 3), below(random, 3)];
    for index in 0..changes + reads {
        let act = match index < changes {
            true if coin(random) => Act::Insert,
            true => Act::Remove,
            false => Act::Get,
        };
        ops.push(Op { node: usize::from(coin(random)), step: below(random, STEPS), act });
    }
    ops
}

/// A change that was acknowledged.
#[derive(Clone, Copy, Debug)]
struct Change {
    /// Counted through all rounds.
    step: u64,
    node: usize,
    number: u64,
    insert: bool,
}

/// A load whose loader stands at its gate.
struct Flying {
    caller: JoinHandle<u64>,
    gate: Gate,
    op: Op,
}

/// How an action ended.
enum Done {
    Begun(Flying),
    /// A value that was read or loaded by a call that began in the step.
    Read(Op, Option<u64>),
    Changed(Change),
}

/// Two nodes, a look past them, and the truth.
struct House {
    seed: u64,
    nodes: [Node; 2],
    caches: [Cache<u64>; 2],
    witness: Redis,
    range: KeyRange,
    numbers: Arc<AtomicU64>,
    origins: Vec<Arc<AtomicU64>>,
    /// For each key the changes of its last round; every older value is overtaken by them.
    changes: Vec<Vec<Change>>,
}

impl House {
    async fn new(port: u16, seed: u64) -> Self {
        let nodes = [node(port, 1).await, node(port, 1).await];
        let cache = |node: &Node| {
            let builder = node.larder.cache(CACHE).codec(Codec::Json).ttl(Duration::from_hours(1));
            builder.grace(Duration::ZERO).max_load_time(Duration::from_mins(1)).build().unwrap()
        };
        Self {
            seed,
            caches: [cache(&nodes[0]), cache(&nodes[1])],
            nodes,
            witness: common::redis(port, 1, RealClock::new()).await,
            range: KeyRange::cache(&Name::new(PREFIX).unwrap(), &Name::new(CACHE).unwrap()),
            numbers: Arc::default(),
            origins: (0..KEYS).map(|_| Arc::default()).collect(),
            changes: vec![Vec::new(); KEYS],
        }
    }

    async fn round(&mut self, round: u64, plan: &[Op]) {
        let key = usize::try_from(round).unwrap() % KEYS;
        let told = format!("round {round}, key {key}, seed {}: {plan:?}", self.seed);
        let mut flying = Vec::new();
        let mut changes = Vec::new();
        for step in 0..STEPS {
            let done = self.step(key, round * STEPS + step, step, plan, &mut flying).await;
            let read = done
                .iter()
                .filter_map(|done| if let Done::Read(op, value) = done { Some((*op, *value)) } else { None });
            for (op, value) in read {
                self.check_read(key, round, op, value, &changes, &told);
            }
            for done in done {
                match done {
                    Done::Begun(load) => flying.push(load),
                    Done::Changed(change) => changes.push(change),
                    Done::Read(..) => {}
                }
            }
            self.check_at_once(key, round * STEPS + step, &changes, &told).await;
        }
        self.settled().await;
        self.changes[key] = changes;
        let refreshed = plan.iter().any(|op| matches!(op.act, Act::Load { refresh: true, .. }));
        self.check_settled(key, refreshed, &told).await;
    }

    /// Does everything of one step at the same time, and waits until all of it is over.
    async fn step(&self, key: usize, at: u64, step: u64, plan: &[Op], flying: &mut Vec<Flying>) -> Vec<Done> {
        let mut actions: Vec<BoxFuture<'static, Done>> = Vec::new();
        for index in (0..flying.len()).rev() {
            if matches!(flying[index].op.act, Act::Load { until, .. } if until == step) {
                actions.push(Box::pin(land(flying.swap_remove(index))));
            }
        }
        for op in plan.iter().filter(|op| op.step == step) {
            actions.push(self.action(key, at, *op));
        }
        let barrier = Arc::new(Barrier::new(actions.len()));
        let tasks = actions.into_iter().map(|action| {
            let barrier = Arc::clone(&barrier);
            tokio::spawn(async move {
                barrier.wait().await;
                action.await
            })
        });
        join_all(tasks.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect()
    }

    fn action(&self, key: usize, at: u64, op: Op) -> BoxFuture<'static, Done> {
        let (cache, origin) = (self.caches[op.node].clone(), Arc::clone(&self.origins[key]));
        match op.act {
            Act::Load { refresh, until } => Box::pin(async move {
                let load = depart(cache, origin, key, refresh, op);
                if until == op.step {
                    return land(load).await;
                }
                eventually("the load stands at its gate, or found a value", || {
                    load.gate.count() > 0 || load.caller.is_finished()
                })
                .await;
                Done::Begun(load)
            }),
            Act::Get => Box::pin(async move { Done::Read(op, held(&cache, key).await) }),
            Act::Insert | Act::Remove => {
                let (numbers, insert) = (Arc::clone(&self.numbers), matches!(op.act, Act::Insert));
                Box::pin(async move {
                    let number = numbers.fetch_add(1, Ordering::SeqCst) + 1;
                    origin.fetch_max(number, Ordering::SeqCst);
                    change(&cache, key, insert.then_some(number)).await;
                    Done::Changed(Change { step: at, node: op.node, number, insert })
                })
            }
        }
    }

    /// A caller never gets what its own node, or anybody in an earlier round, had overtaken before it asked.
    fn check_read(&self, key: usize, round: u64, op: Op, value: Option<u64>, changes: &[Change], told: &str) {
        let (first, began) = (round * STEPS, round * STEPS + op.step);
        let known = |change: &Change| change.step < first || (change.step < began && change.node == op.node);
        check(value, &self.all(key, changes), known, "a caller was given", told);
    }

    /// The shared tier is right as soon as a change was acknowledged, and so is the node that made it.
    async fn check_at_once(&self, key: usize, at: u64, changes: &[Change], told: &str) {
        let all = self.all(key, changes);
        check(self.shared(key).await, &all, |_| true, "the shared tier holds", told);
        for node in 0..2 {
            if changes.iter().any(|change| change.step == at && change.node == node) {
                let first = changes.iter().map(|change| change.step).min().unwrap_or(at);
                let known = |change: &Change| change.step < first || change.node == node;
                check(held(&self.caches[node], key).await, &all, known, "the node that made the change holds", told);
            }
        }
    }

    /// The changes of the round so far, and those of the key's last round before it.
    fn all(&self, key: usize, changes: &[Change]) -> Vec<Change> {
        self.changes[key].iter().chain(changes).copied().collect()
    }

    /// Every load has ended, what it had to say to the shared tier included.
    async fn settled(&self) {
        for node in &self.nodes {
            eventually("every load has ended", || node.larder.loads_in_flight() == 0).await;
        }
    }

    /// The shared tier is still right, and both nodes follow it.
    ///
    /// What a load brings is told to nobody, and a refresh that saw the higher of two numbers inserted at the same time
    /// may put it where the lower one came last: then both are right.
    async fn check_settled(&self, key: usize, refreshed: bool, told: &str) {
        let (shared, known) = (self.shared(key).await, &self.changes[key]);
        check(shared, known, |_| true, "when all is over, the shared tier holds", told);
        let last = known.iter().map(|change| change.step).max();
        let mut last = known.iter().filter(|change| Some(change.step) == last);
        if let (Some(Change { insert: true, number, .. }), None) = (last.next(), last.next()) {
            assert_eq!(shared, Some(*number), "an insert that nothing followed got lost in {told}");
        }
        for (node, cache) in self.caches.iter().enumerate() {
            let what = format!("node {node} follows the shared tier, which holds {shared:?}, in {told}");
            let follows = |value| value == shared || (refreshed && overtaken(value, known, |_| true).is_none());
            eventually_async(&what, || async { follows(held(cache, key).await) }).await;
        }
    }

    /// What the shared tier holds, seen without an engine.
    async fn shared(&self, key: usize) -> Option<u64> {
        let entry = self.witness.get(&self.range.key(&key.to_string()).unwrap()).await.unwrap();
        entry.map(|entry| serde_json::from_slice(&entry.payload).unwrap())
    }

    fn figures(&self) -> [u64; 3] {
        let mut sums = [0; 3];
        for cache in &self.caches {
            let figures = cache.statistics();
            let l2 = figures.l2.unwrap();
            sums[0] += figures.loads.unwrap().count;
            sums[1] += l2.superseded;
            sums[2] += l2.hits;
        }
        sums
    }
}

/// Starts a load whose loader reads the origin, then waits at its gate.
fn depart(cache: Cache<u64>, origin: Arc<AtomicU64>, key: usize, refresh: bool, op: Op) -> Flying {
    let gate = Gate::new();
    let cache = if refresh { cache.with(CallPolicy::new().refresh()) } else { cache };
    let at = gate.clone();
    let loader = move |_| async move {
        let read = origin.load(Ordering::SeqCst);
        at.arrive().await;
        Ok::<_, Infallible>(read)
    };
    let caller = tokio::spawn(async move { *cache.get_or_load(key.to_string(), loader).await.unwrap() });
    Flying { caller, gate, op }
}

async fn land(load: Flying) -> Done {
    load.gate.open();
    Done::Read(load.op, Some(load.caller.await.unwrap()))
}

/// Inserts the number, or removes the key.
async fn change(cache: &Cache<u64>, key: usize, insert: Option<u64>) {
    match insert {
        Some(number) => {
            let written = cache.insert(key.to_string(), number).await.unwrap();
            assert_eq!(written.l2, TierWrite::Stored, "{:?}", cache.statistics());
        }
        None => {
            let removed = cache.remove(key.to_string()).await.unwrap();
            assert!(matches!(removed.l2, TierRemoval::Done | TierRemoval::Absent), "{removed:?}");
        }
    }
}

async fn held(cache: &Cache<u64>, key: usize) -> Option<u64> {
    cache.get(key.to_string()).await.unwrap().value().copied()
}

/// The change among `changes` that overtook `value` and has to be `known` where it is.
fn overtaken(value: Option<u64>, changes: &[Change], known: impl Fn(&Change) -> bool) -> Option<&Change> {
    let value = value?;
    let written = changes.iter().find(|change| change.insert && change.number == value).map(|change| change.step);
    let overtakes = |change: &&Change| change.number > value && written.is_none_or(|step| change.step > step);
    changes.iter().filter(overtakes).find(|change| known(change))
}

fn check(value: Option<u64>, changes: &[Change], known: impl Fn(&Change) -> bool, where_it_is: &str, told: &str) {
    let overtook = overtaken(value, changes, known);
    assert!(overtook.is_none(), "{where_it_is} {value:?} after {overtook:?} of {changes:?} in {told}");
}
