//! The ways on which an older value comes, each up to its gate.

use std::time::Duration;

use larder_cache::CallPolicy;
use larder_core::{BoxFuture, LocalKey};
use larder_testkit::{Gate, eventually};
use tokio::task::JoinHandle;

use crate::cell::Path;
use crate::common::{Calls, tagged};
use crate::house::House;

/// What is wrong after the change: the value on its way, and the one before it.
pub const OVERTAKEN: [&str; 2] = ["old", "first"];

/// A caller, and what it was given: a value, nothing, or an error as text.
pub type Caller = JoinHandle<Result<Option<String>, String>>;

/// What stands at a gate.
pub struct Held {
    pub gate: Gate,
    /// Those who asked before the change and still wait.
    pub callers: Vec<Caller>,
}

/// Brings an older value on its way, up to the gate. Where there are two ways, `second` is the other.
pub async fn hold(house: &House, path: Path, second: bool) -> Held {
    match path {
        Path::Foreground | Path::LeaseFill => foreground(house).await,
        Path::Background => background(house).await,
        Path::AfterTimeout if second => after_deadline(house).await,
        Path::AfterTimeout => after_soft_timeout(house).await,
        Path::Promotion => promotion(house).await,
        Path::Batch => batch(house).await,
    }
}

/// A caller that loads `value`, if it finds nothing, by a loader that stands at `gate`.
fn load(house: &House, call: CallPolicy, gate: &Gate, value: &str) -> Caller {
    let (cache, load) = (house.near.with(call), Calls::default().gated(gate, value));
    tokio::spawn(async move {
        let loaded = cache.get_or_load("k", load).await;
        loaded.map(|loaded| Some(loaded.into_value().to_string())).map_err(|error| error.to_string())
    })
}

async fn arrived(gate: &Gate) {
    eventually("it stands at its gate", || gate.count() > 0).await;
}

async fn foreground(house: &House) -> Held {
    let gate = Gate::new();
    let callers = (0..2).map(|_| load(house, tagged(["t"]), &gate, "old")).collect();
    arrived(&gate).await;
    Held { gate, callers }
}

async fn background(house: &House) -> Held {
    let gate = Gate::new();
    let first = load(house, tagged(["t"]), &gate, "first");
    arrived(&gate).await;
    house.pass(Duration::from_secs(10)).await;
    gate.open();
    assert_eq!(first.await.unwrap().unwrap().as_deref(), Some("first"));
    house.settles().await;
    // Just before the end, where a draw of any size is behind.
    house.pass(Duration::from_millis(4950)).await;
    let gate = Gate::new();
    let hit = load(house, tagged(["t"]), &gate, "old").await.unwrap().unwrap();
    assert_eq!(hit.as_deref(), Some("first"));
    arrived(&gate).await;
    Held { gate, callers: Vec::new() }
}

async fn after_soft_timeout(house: &House) -> Held {
    let written = house.near.with(tagged(["t"])).insert("k", "first".into()).await.unwrap();
    assert!(written.is_stored());
    house.pass(Duration::from_secs(3)).await;
    let gate = Gate::new();
    let caller = load(house, tagged(["t"]), &gate, "old");
    arrived(&gate).await;
    house.pass(Duration::from_millis(50)).await;
    assert_eq!(caller.await.unwrap().unwrap().as_deref(), Some("first"), "it is stale, and better than to wait");
    Held { gate, callers: Vec::new() }
}

async fn after_deadline(house: &House) -> Held {
    let gate = Gate::new();
    let caller = load(house, tagged(["t"]).deadline(Duration::from_millis(50)), &gate, "old");
    arrived(&gate).await;
    house.pass(Duration::from_millis(50)).await;
    assert!(caller.await.unwrap().is_err(), "its deadline has passed");
    Held { gate, callers: Vec::new() }
}

async fn promotion(house: &House) -> Held {
    let _written = house.far.with(tagged(["t"])).insert("k", "old".into()).await.unwrap();
    crate::common::turns().await;
    let gate = house.hold_answers();
    let cache = house.near.clone();
    let reader = tokio::spawn(async move {
        let lookup = cache.get("k").await.map_err(|error| error.to_string())?;
        Ok(lookup.value().cloned())
    });
    arrived(&gate).await;
    house.hold_no_more();
    Held { gate, callers: vec![reader] }
}

async fn batch(house: &House) -> Held {
    let gate = Gate::new();
    let (cache, at) = (house.near.with(tagged(["t"])), gate.clone());
    let bring = |keys: Vec<LocalKey>| -> BoxFuture<'static, Result<Vec<_>, std::io::Error>> {
        Box::pin(async move {
            at.arrive().await;
            Ok(keys.into_iter().map(|key| (key, "old".to_owned())).collect())
        })
    };
    let caller = tokio::spawn(async move {
        let mut brought = cache.get_many_or_load(["k", "other"], bring).await.unwrap().into_iter();
        let loaded = brought.next().unwrap().map_err(|error| error.to_string())?;
        Ok(loaded.map(|loaded| loaded.into_value().to_string()))
    });
    arrived(&gate).await;
    Held { gate, callers: vec![caller] }
}
