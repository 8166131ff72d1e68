//! A replica that lags takes the place of the server: what was acknowledged and lost counts as a gap.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::convert::Infallible;
use std::time::Duration;

use common::{Node, PREFIX, node, redis};
use larder_cache::{Cache, CallPolicy, TierRemoval};
use larder_core::{KeyRange, Name, Outcome, Store, Tier};
use larder_redis::Redis;
use larder_testkit::{Gate, Proxy, RealClock, RedisServer, eventually, eventually_async};

/// A server, and a replica of it behind a line of its own.
struct Servers {
    primary: RedisServer,
    replica: RedisServer,
    replication: Proxy,
}

impl Servers {
    async fn start() -> Self {
        let primary = RedisServer::start().await.unwrap();
        // At once, and not after the five seconds that a server saves by waiting for more replicas.
        primary.command(&["CONFIG", "SET", "repl-diskless-sync-delay", "0"]).await.unwrap();
        let replication = Proxy::start(&primary).await.unwrap();
        let replica = RedisServer::start().await.unwrap();
        let port = replication.port().to_string();
        replica.command(&["REPLICAOF", "127.0.0.1", &port]).await.unwrap();
        eventually_async("the replica follows", || async {
            let told = replica.command(&["INFO", "replication"]).await.unwrap();
            told.field("master_link_status") == Some("up")
        })
        .await;
        Self { primary, replica, replication }
    }

    /// Waits until the replica has everything, and lets it have nothing more.
    async fn part(&self) {
        let acknowledged = self.primary.command(&["WAIT", "1", "10000"]).await.unwrap();
        assert_eq!(acknowledged.integer(), Some(1));
        self.replication.refuse().await;
        self.replication.cut().await;
    }

    /// The server dies, the replica takes its place, and whoever connects is led to it.
    async fn fail_over(&self, paths: &[&Proxy]) {
        self.primary.kill().unwrap();
        self.replica.command(&["REPLICAOF", "NO", "ONE"]).await.unwrap();
        for path in paths {
            path.set_upstream(&self.replica);
            path.cut().await;
        }
    }
}

fn cache(node: &Node) -> Cache<String> {
    node.larder.cache("users").ttl(Duration::from_hours(1)).grace(Duration::ZERO).build().unwrap()
}

async fn load(cache: &Cache<String>, key: &str, value: &'static str) -> String {
    let loader = move |_| async move { Ok::<_, Infallible>(value.to_owned()) };
    cache.get_or_load(key, loader).await.unwrap().into_value().as_ref().clone()
}

async fn holds(witness: &Redis, key: &str) -> bool {
    let range = KeyRange::cache(&Name::new(PREFIX).unwrap(), &Name::new("users").unwrap());
    witness.get(&range.key(key).unwrap()).await.unwrap().is_some()
}

/// Waits until the nodes have told the new server what the old one lost.
async fn told_again(servers: &Servers, nodes: &[&Node]) {
    for node in nodes {
        eventually("the node listens to the new server, and has told it everything", || {
            let status = node.larder.l2().unwrap();
            status.listening && status.pending == 0 && node.larder.loads_in_flight() == 0
        })
        .await;
    }
    let witness = redis(servers.replica.port(), 1, RealClock::new()).await;
    for key in ["removed", "replaced", "loading", "lost"] {
        let what = format!("{key:?} is told again");
        eventually_async(&what, || async { !holds(&witness, key).await }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e39_a_failover_to_a_replica_that_lost_writes_is_a_gap_and_the_nodes_tell_again_what_they_changed() {
    let servers = Servers::start().await;
    let (to_a, to_b) = (Proxy::start(&servers.primary).await.unwrap(), Proxy::start(&servers.primary).await.unwrap());
    let (first, second) = (node(to_a.port(), 1).await, node(to_b.port(), 1).await);
    let (a, b) = (cache(&first), cache(&second));
    let tagged = b.with(CallPolicy::new().tags(["t"]).unwrap());
    for key in ["removed", "replaced"] {
        assert_eq!(load(&b, key, "old").await, "old");
    }
    let _written = tagged.insert("tagged", "old".into()).await.unwrap();
    // The token of a load that the replica will still know of.
    let gate = Gate::new();
    let loading = tokio::spawn({
        let (b, gate) = (b.clone(), gate.clone());
        let loader = move |_| async move {
            gate.arrive().await;
            Ok::<_, Infallible>("old".to_owned())
        };
        async move { b.get_or_load("loading", loader).await.unwrap().into_value() }
    });
    gate.arrived().await;
    eventually("what was loaded is shared", || first.larder.loads_in_flight() + second.larder.loads_in_flight() == 1)
        .await;
    servers.part().await;

    // All of this is acknowledged, and lost with the server.
    for key in ["removed", "loading"] {
        assert_ne!(a.remove(key).await.unwrap().l2, TierRemoval::Pending);
    }
    for key in ["replaced", "lost"] {
        assert!(a.insert(key, "new".into()).await.unwrap().is_stored());
    }
    assert!(!a.invalidate_tag("t").await.unwrap().pending);
    assert_eq!(b.get("lost").await.unwrap().value().map(String::as_str), Some("new"));
    assert_eq!(b.get("lost").await.unwrap().outcome(), Outcome::Hit(Tier::L1));
    servers.fail_over(&[&to_a, &to_b]).await;
    gate.open();
    assert_eq!(*loading.await.unwrap(), "old", "who had asked before is answered");

    told_again(&servers, &[&first, &second]).await;
    let later = node(servers.replica.port(), 1).await;
    for cache in [&a, &b, &cache(&later)] {
        for key in ["removed", "replaced", "loading", "tagged", "lost"] {
            let found = cache.get(key).await.unwrap();
            assert!(found.is_miss(), "{key}: {found:?}");
        }
    }
    assert_eq!(load(&a, "removed", "new").await, "new", "and the cache goes on");
}
