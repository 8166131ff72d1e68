//! The laws of a store and of its coordinator, on Redis under the `observe` layer, over TCP and over a unix socket.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::sync::Arc;
use std::time::Duration;

use larder_core::{Name, Observers, SeededRandom};
use larder_layers::Observe;
use larder_redis::{Endpoint, Redis};
use larder_testkit::{Fixture, RedisServer, Time, conformance};

/// By how much a stored moment may be earlier: twice the uncertainty of the server's time on a machine under load.
const PRECISION: Duration = Duration::from_millis(500);

async fn observed(server: RedisServer, endpoint: Endpoint) -> Fixture {
    let time = Time::real();
    let node = |seed: u64| {
        let builder = Redis::builder(Name::new("app").unwrap(), endpoint.clone());
        let builder = builder.clock(time.clock()).random(Arc::new(SeededRandom::new(seed)));
        // The defaults are for production; a machine that runs all tests at once is slow.
        let patient = Duration::from_secs(2);
        builder.read_timeout(patient).write_timeout(patient).build().unwrap()
    };
    let (first, second) = (node(1), node(2));
    assert!(first.connected(10 * PRECISION).await && second.connected(10 * PRECISION).await);
    let layer = Observe::new(Observers::new(), time.clock());
    Fixture::new(first, time)
        .wrapped(|store| store.layer(&layer))
        .with_another_node(second)
        .with_precision(PRECISION)
        .keeping(server)
}

async fn over_tcp() -> Fixture {
    let server = RedisServer::start().await.unwrap();
    let endpoint = Endpoint::tcp("127.0.0.1", server.port());
    observed(server, endpoint).await
}

async fn over_a_socket() -> Fixture {
    let server = RedisServer::builder().unix().start().await.unwrap();
    let endpoint = Endpoint::Unix(server.socket().into());
    observed(server, endpoint).await
}

conformance!(tcp_under_observe, over_tcp());
conformance!(unix_under_observe, over_a_socket());
