//! The laws of a store and of its coordinator, on a real server.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use common::{fixture, tcp};
use larder_redis::Endpoint;
use larder_testkit::{Fixture, RedisServer, conformance};

async fn over_tcp(connections: usize) -> Fixture {
    let server = RedisServer::start().await.unwrap();
    let endpoint = tcp(&server);
    fixture(server, endpoint, connections).await
}

async fn over_a_socket() -> Fixture {
    let server = RedisServer::builder().unix().start().await.unwrap();
    let endpoint = Endpoint::Unix(server.socket().into());
    fixture(server, endpoint, 1).await
}

conformance!(tcp_bare, over_tcp(1));
conformance!(tcp_over_three_connections, over_tcp(3));
conformance!(unix_bare, over_a_socket());
