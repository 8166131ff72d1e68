//! The fault proxy does what networks do, and nothing else.
#![cfg(feature = "redis")]
#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use larder_core::Clock;
use larder_testkit::{Proxy, RealClock, RedisServer, Upstream, Way, eventually, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A server that says everything again; it ends with the runtime.
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = client.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    address
}

/// A proxy to an echo, and a client of it.
async fn with_echo() -> (Proxy, TcpStream) {
    let proxy = Proxy::start(echo().await).await.unwrap();
    let client = connect(&proxy).await;
    (proxy, client)
}

/// A client whose connection has gone all the way through.
async fn connect(proxy: &Proxy) -> TcpStream {
    let before = proxy.accepted();
    let client = TcpStream::connect(proxy.address()).await.unwrap();
    eventually("the proxy has accepted", || proxy.accepted() > before).await;
    client
}

async fn say(client: &mut TcpStream, bytes: &[u8]) {
    client.write_all(bytes).await.unwrap();
}

async fn hear(client: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    client.read_exact(&mut bytes).await.unwrap();
    bytes
}

/// Whether the proxy lets a word pass and come back.
async fn echoes(client: &mut TcpStream) -> bool {
    say(client, b"word").await;
    hear(client, 4).await == b"word"
}

/// Waits until what was sent has reached the proxy, which is all that a client ever knows.
fn silent(client: &TcpStream) -> bool {
    client.try_read(&mut [0; 1]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

async fn took(work: impl Future<Output = ()>) -> Duration {
    let clock = RealClock::new();
    let begun = clock.now();
    work.await;
    clock.now().since(begun)
}

const MS: Duration = Duration::from_millis(1);

#[test]
fn without_faults_everything_passes_and_is_counted() {
    run(async {
        let (proxy, mut client) = with_echo().await;
        let big: Vec<u8> = (0..1_000_000u32).map(|number| number.to_le_bytes()[0]).collect();
        let (mut from, mut to) = client.split();
        let mut heard = vec![0; big.len()];
        let (written, read) = tokio::join!(to.write_all(&big), from.read_exact(&mut heard));
        assert!(written.is_ok() && read.is_ok() && heard == big, "every byte, in order");
        assert_eq!((proxy.bytes(Way::Requests), proxy.bytes(Way::Replies)), (1_000_000, 1_000_000));
        assert_eq!((proxy.accepted(), proxy.links().len()), (1, 1));
        client.shutdown().await.unwrap();
        assert_eq!(client.read(&mut [0; 1]).await.unwrap(), 0, "the end passes, too");
        eventually("the proxy has let go", || proxy.links().is_empty()).await;
    });
}

#[test]
fn latency_is_added_each_way_and_keeps_the_order() {
    run(async {
        let (proxy, mut client) = with_echo().await;
        for way in Way::BOTH {
            proxy.delay(way, 30 * MS, 20 * MS);
        }
        let time = took(async { assert!(echoes(&mut client).await) }).await;
        assert!(time >= 20 * MS, "at least twice 10 ms, not {time:?}");
        let (mut from, mut to) = client.split();
        let speak = async {
            for word in 0..100u8 {
                to.write_all(&[word]).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let mut heard = [0; 100];
        let time = took(async {
            let ((), read) = tokio::join!(speak, from.read_exact(&mut heard));
            read.unwrap();
        })
        .await;
        assert!(heard.iter().copied().eq(0..100), "jitter never reorders");
        assert!(time < 2000 * MS, "words wait beside each other, not behind each other: {time:?}");
    });
}

#[test]
fn bandwidth_is_shared_by_all_connections() {
    run(async {
        let (proxy, mut one) = with_echo().await;
        let mut two = connect(&proxy).await;
        proxy.limit(Way::Requests, 200_000);
        let send = async |client: &mut TcpStream| {
            say(client, &[0; 10_000]).await;
            hear(client, 10_000).await;
        };
        let time = took(async {
            let _ = tokio::join!(send(&mut one), send(&mut two));
        })
        .await;
        assert!(time >= 90 * MS, "20 000 bytes at 200 000 a second take 100 ms, not {time:?}");
        proxy.heal().await;
        assert!(echoes(&mut one).await);
    });
}

#[test]
fn a_blackhole_swallows_and_tells_nobody() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let proxy = Proxy::start(&server).await.unwrap();
        let (mut lost, mut idle) = (connect(&proxy).await, connect(&proxy).await);
        say(&mut lost, b"PING\r\n").await;
        assert_eq!(hear(&mut lost, 7).await, b"+PONG\r\n");
        let before = proxy.bytes(Way::Requests);
        proxy.blackhole();
        say(&mut lost, b"PING\r\n").await;
        let mut new = connect(&proxy).await;
        say(&mut new, b"PING\r\n").await;
        eventually("it is swallowed", || proxy.links().iter().filter(|link| link.is_dark()).count() == 2).await;
        server.kill().unwrap();
        server.start_again().await.unwrap();
        assert_eq!(proxy.bytes(Way::Requests), before);
        assert!(silent(&lost) && silent(&idle) && silent(&new), "not even the death of the server is told");
        proxy.heal().await;
        let mut after = connect(&proxy).await;
        say(&mut after, b"PING\r\n").await;
        assert_eq!(hear(&mut after, 7).await, b"+PONG\r\n");
        assert_ne!(idle.read(&mut [0; 1]).await.ok(), Some(1), "now it hears that the server went");
        say(&mut lost, b"PING\r\n").await;
        assert!(silent(&lost) && silent(&new), "what lost bytes stays dark");
        drop((lost, idle, new));
        eventually("the proxy lets go of them", || proxy.links().len() == 1).await;
    });
}

#[test]
fn a_blackhole_of_one_connection_leaves_the_others() {
    run(async {
        let (proxy, mut dark) = with_echo().await;
        let mut other = connect(&proxy).await;
        say(&mut dark, b"subscribe").await;
        hear(&mut dark, 9).await;
        let chosen: Vec<_> = proxy.links().into_iter().filter(|link| link.said("SUBSCRIBE")).collect();
        assert_eq!(chosen.iter().map(|link| link.number()).collect::<Vec<_>>(), [1]);
        chosen[0].blackhole();
        say(&mut dark, b"word").await;
        assert!(echoes(&mut other).await);
        assert!(silent(&dark));
        drop(dark);
        eventually("its end is the end", || proxy.links().len() == 1).await;
    });
}

#[test]
fn a_cut_resets_and_a_refusal_refuses() {
    run(async {
        let (proxy, mut client) = with_echo().await;
        assert!(echoes(&mut client).await);
        proxy.refuse().await;
        assert!(echoes(&mut client).await, "an open connection stays");
        let refused = TcpStream::connect(proxy.address()).await.expect_err("nobody listens");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        proxy.cut().await;
        assert!(proxy.links().is_empty());
        let reset = client.read(&mut [0; 1]).await.expect_err("it is broken");
        assert_eq!(reset.kind(), ErrorKind::ConnectionReset);
        proxy.accept().await;
        assert!(echoes(&mut connect(&proxy).await).await, "at the same port");
    });
}

#[test]
fn only_the_connection_that_is_cut_breaks() {
    run(async {
        let (proxy, mut first) = with_echo().await;
        let mut second = connect(&proxy).await;
        assert!(echoes(&mut first).await && echoes(&mut second).await);
        proxy.links()[0].cut().await;
        first.read(&mut [0; 1]).await.expect_err("it is broken");
        assert!(echoes(&mut second).await);
    });
}

#[test]
fn a_close_is_an_end_in_order() {
    run(async {
        let (proxy, mut client) = with_echo().await;
        assert!(echoes(&mut client).await);
        proxy.close().await;
        assert_eq!(client.read(&mut [0; 1]).await.unwrap(), 0);
    });
}

#[test]
fn a_half_closed_connection_goes_on_the_other_way() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Proxy::start(listener.local_addr().unwrap()).await.unwrap();
        let mut client = connect(&proxy).await;
        let (mut server, _) = listener.accept().await.unwrap();
        proxy.links()[0].half_close(Way::Replies);
        assert_eq!(client.read(&mut [0; 1]).await.unwrap(), 0, "no reply will come");
        say(&mut client, b"word").await;
        assert_eq!(hear(&mut server, 4).await, b"word", "requests still pass");
    });
}

#[test]
fn held_requests_do_not_reach_the_server_until_they_are_let_go() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let proxy = Proxy::start(&server).await.unwrap();
        let (mut one, mut two) = (connect(&proxy).await, connect(&proxy).await);
        let gate = proxy.hold_when(Way::Requests, |bytes| bytes.starts_with(b"SET"));
        say(&mut one, b"SET key 1\r\n").await;
        gate.arrived().await;
        say(&mut two, b"EXISTS key\r\n").await;
        assert_eq!(hear(&mut two, 4).await, b":0\r\n", "other requests pass, and this one has not arrived");
        gate.open();
        assert_eq!(hear(&mut one, 5).await, b"+OK\r\n");
    });
}

#[test]
fn held_replies_are_given_by_the_server_and_not_heard() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let proxy = Proxy::start(&server).await.unwrap();
        let mut client = connect(&proxy).await;
        let gate = proxy.hold_replies();
        say(&mut client, b"SET key 1\r\n").await;
        gate.arrived().await;
        assert_eq!(server.command(&["GET", "key"]).await.unwrap().integer(), Some(1), "it is done");
        assert!(silent(&client), "and its answer is on the way");
        say(&mut client, b"PING\r\n").await;
        proxy.heal().await;
        assert_eq!(hear(&mut client, 12).await, b"+OK\r\n+PONG\r\n", "in order");
    });
}

#[test]
fn a_cut_ends_what_is_held() {
    run(async {
        let (proxy, mut client) = with_echo().await;
        let gate = proxy.hold_replies();
        say(&mut client, b"word").await;
        gate.arrived().await;
        proxy.cut().await;
        client.read(&mut [0; 1]).await.expect_err("the word never comes");
    });
}

#[test]
fn slices_are_read_one_by_one() {
    run(async {
        let (proxy, mut client) = with_echo().await;
        proxy.slice(Way::Replies, 3);
        proxy.limit(Way::Replies, 300);
        say(&mut client, b"0123456789").await;
        let (mut heard, mut reads) = (Vec::new(), 0);
        while heard.len() < 10 {
            assert!(client.read_buf(&mut heard).await.unwrap() > 0);
            reads += 1;
        }
        assert_eq!(heard, b"0123456789");
        assert!(reads > 1, "they came in parts");
    });
}

#[test]
fn corruption_flips_bits_and_counts_them() {
    run(async {
        let (proxy, mut client) = with_echo().await;
        proxy.corrupt(Way::Requests, 1.0, 7);
        say(&mut client, &[0; 64]).await;
        let heard = hear(&mut client, 64).await;
        assert!(heard.iter().all(|byte| byte.count_ones() == 1), "one bit of each byte");
        assert_eq!(proxy.bytes_corrupted(), 64);
        proxy.heal().await;
        assert!(echoes(&mut client).await);
    });
}

#[test]
fn new_connections_go_to_the_new_upstream() {
    run(async {
        let (old, new) = (RedisServer::start().await.unwrap(), RedisServer::start().await.unwrap());
        new.command(&["SET", "key", "1"]).await.unwrap();
        let proxy = Proxy::start(&old).await.unwrap();
        let mut client = connect(&proxy).await;
        say(&mut client, b"PING\r\n").await;
        hear(&mut client, 7).await;
        proxy.set_upstream(new.socket());
        say(&mut client, b"EXISTS key\r\n").await;
        assert_eq!(hear(&mut client, 4).await, b":0\r\n", "an open one stays with the old");
        let mut client = connect(&proxy).await;
        say(&mut client, b"EXISTS key\r\n").await;
        assert_eq!(hear(&mut client, 4).await, b":1\r\n", "over the unix socket of the new one");
    });
}

#[test]
fn pushes_are_dropped_whole_and_replies_pass() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let proxy = Proxy::start(&server).await.unwrap();
        proxy.slice(Way::Replies, 1);
        let mut client = connect(&proxy).await;
        say(&mut client, b"HELLO 3\r\nSUBSCRIBE channel\r\n").await;
        let confirmed = b">3\r\n$9\r\nsubscribe\r\n$7\r\nchannel\r\n:1\r\n";
        let mut heard = Vec::new();
        while !heard.ends_with(confirmed) {
            assert!(client.read_buf(&mut heard).await.unwrap() > 0);
        }
        proxy.drop_pushes();
        server.command(&["PUBLISH", "channel", ">1\r\n+OK\r\n"]).await.unwrap();
        eventually("the notice is dropped", || proxy.pushes_dropped() == 1).await;
        say(&mut client, b"PING\r\n").await;
        assert_eq!(hear(&mut client, 7).await, b"+PONG\r\n", "nothing of it came");
        proxy.heal().await;
        server.command(&["PUBLISH", "channel", "word"]).await.unwrap();
        let push = b">3\r\n$7\r\nmessage\r\n$7\r\nchannel\r\n$4\r\nword\r\n";
        assert_eq!(hear(&mut client, push.len()).await, push);
    });
}

#[test]
fn the_death_of_the_server_passes_as_it_is() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let proxy = Proxy::start(&server).await.unwrap();
        let mut client = connect(&proxy).await;
        say(&mut client, b"PING\r\n").await;
        hear(&mut client, 7).await;
        server.kill().unwrap();
        assert_ne!(client.read(&mut [0; 1]).await.ok(), Some(1), "the end, or a reset");
        let reset = match TcpStream::connect(proxy.address()).await {
            Ok(mut client) => client.read(&mut [0; 1]).await.expect_err("there is no server"),
            Err(reset) => reset,
        };
        assert_eq!(reset.kind(), ErrorKind::ConnectionReset);
        server.start_again().await.unwrap();
        let mut client = connect(&proxy).await;
        say(&mut client, b"PING\r\n").await;
        assert_eq!(hear(&mut client, 7).await, b"+PONG\r\n");
    });
}

#[test]
fn a_dropped_proxy_leaves_nothing() {
    run(async {
        let (proxy, mut client) = with_echo().await;
        assert!(echoes(&mut client).await);
        let address = proxy.address();
        drop(proxy);
        assert_ne!(client.read(&mut [0; 1]).await.ok(), Some(1));
        let refused = async || TcpStream::connect(address).await.is_err();
        larder_testkit::eventually_async("the port is free", refused).await;
    });
}

#[test]
fn upstreams_are_named_by_what_a_test_has() {
    let address: SocketAddr = "127.0.0.1:1".parse().unwrap();
    assert_eq!(Upstream::from(address), Upstream::Tcp(address));
    let path = std::path::Path::new("/run/socket");
    assert_eq!(Upstream::from(path), Upstream::Unix(path.to_owned()));
}
