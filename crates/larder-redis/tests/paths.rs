//! Paths on which nodes hear each other: how they begin, what is told on them, how they end.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common::{builder, change, connected, key, pair, tcp};
use futures_util::StreamExt;
use larder_core::{
    Clock, Coordinator, Moment, NodeId, Notice, NoticeKind, NoticeStream, SeededRandom, Sleep, WallTime, WriteId,
};
use larder_redis::{Endpoint, Redis};
use larder_testkit::{Proxy, RealClock, RedisServer, Time, eventually, eventually_async, run};

/// The next notice, which has to come.
async fn next(notices: &mut NoticeStream<'_>) -> Notice {
    notices.next().await.expect("the path goes on").unwrap()
}

async fn listening(redis: &Redis) -> NoticeStream<'_> {
    let mut notices = redis.notices();
    assert_eq!(next(&mut notices).await.kind, NoticeKind::Subscribed);
    notices
}

#[test]
fn e33_a_path_ends_with_its_connection_and_what_arrived_is_told_before() {
    run(async {
        let (server, redis, _) = pair().await;
        let mut notices = listening(&redis).await;
        let removed = redis.remove(&key("1"), change(1)).await.unwrap().version;
        redis.beat().await.unwrap();
        server.kill().unwrap();
        eventually("the loss is noticed", || redis.state() == larder_redis::Link::Connecting).await;
        assert_eq!(next(&mut notices).await.kind, NoticeKind::Changed(key("1"), removed));
        let last = next(&mut notices).await.kind;
        assert!(matches!(last, NoticeKind::Heartbeat { .. }), "{last:?}");
        assert!(notices.next().await.is_none(), "no path mends itself in silence");
        assert!(notices.next().await.is_none(), "and it stays over");
        server.start_again().await.unwrap();
        assert!(redis.connected(common::PATIENCE).await);
        drop(listening(&redis).await);
    });
}

#[test]
fn e33_a_path_that_is_cut_by_the_server_ends() {
    run(async {
        let (server, redis, _) = pair().await;
        let mut notices = listening(&redis).await;
        server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).await.unwrap();
        assert!(notices.next().await.is_none());
        redis.ping().await.expect("the data connection is another one");
    });
}

#[test]
fn e35_a_path_is_confirmed_only_when_the_server_has_subscribed_it() {
    run(async {
        let (server, time) = (RedisServer::start().await.unwrap(), Time::real());
        let proxy = Proxy::start(server.address()).await.unwrap();
        let redis = connected(builder(Endpoint::tcp("127.0.0.1", proxy.port()), &time)).await;
        // The server's confirmations never arrive, its other answers do.
        proxy.drop_pushes();
        let first = redis.notices().next().await.unwrap();
        assert!(first.is_err(), "an unconfirmed path is none: {first:?}");
        proxy.heal().await;
        drop(listening(&redis).await);
    });
}

#[test]
fn e38_who_falls_behind_hears_of_the_gap() {
    run(async {
        let (server, redis, _) = pair().await;
        let mut notices = listening(&redis).await;
        // More bytes than sockets hold: what the server has sent was read, though nobody listened.
        let burst = "for i = 1, 150000 do redis.call('PUBLISH', 'app::n', ARGV[1]) end";
        let message =
            [&b"\x89\x4e\x01\x01\0\0\0\0"[..], &[7; 8], &[0; 8], &[9, 0, 0, 0, 0, 0, 0, 0], b"app:users:1"].concat();
        server.command(&[&b"EVAL"[..], burst.as_bytes(), b"0", &message]).await.unwrap();
        eventually_async("the server has sent everything", || async {
            let clients = server.command(&["CLIENT", "LIST", "TYPE", "pubsub"]).await.unwrap();
            clients.text().is_some_and(|clients| clients.contains(" omem=0 "))
        })
        .await;
        redis.beat().await.unwrap();
        let mut told = 0_u32;
        loop {
            match next(&mut notices).await.kind {
                NoticeKind::Gap => break,
                NoticeKind::Changed(..) => told += 1,
                last => {
                    assert_eq!(told, 150_000, "no gap before {last:?}");
                    break;
                }
            }
        }
        assert!(told < 150_000, "a burst is more than waits for a listener; raise it in this test");
    });
}

#[test]
fn what_is_no_notice_is_passed_over_and_counted() {
    run(async {
        let (server, redis, time) = pair().await;
        let other = connected(builder(tcp(&server), &time)).await;
        let mut notices = listening(&redis).await;
        drop(listening(&other).await);
        assert_eq!(redis.ignored_messages(), 0, "greetings are no nuisance");
        let heartbeat = [&b"\x89\x4e\x01\x06\0\0\0\0"[..], &[0; 8], &[0; 8], &[0; 8]].concat();
        let wrong: [&[u8]; 5] =
            [b"", b"text", b"\x89\x4e\x02\x01 of a later version", b"\x89\x4e\x01\x01cut", &heartbeat];
        for message in wrong {
            server.command(&[&b"PUBLISH"[..], b"app::n", message]).await.unwrap();
        }
        let own = format!("app::h:{:016x}", redis.node().0);
        // A heartbeat from the future would make this node believe in a path that it does not have.
        let future = [&b"\x89\x4e\x01\x06\0\0\0\0"[..], &redis.node().0.to_le_bytes(), &[0; 8], &[0xff; 8]].concat();
        server.command(&[&b"PUBLISH"[..], own.as_bytes(), &future]).await.unwrap();
        redis.beat().await.unwrap();
        assert!(matches!(next(&mut notices).await.kind, NoticeKind::Heartbeat { .. }));
        assert_eq!(redis.ignored_messages(), 6);
    });
}

#[test]
fn other_programs_may_tell_notices() {
    run(async {
        let (server, redis, _) = pair().await;
        let mut notices = listening(&redis).await;
        let told = [
            &b"\x89\x4e\x01\x01\x01\0\0\0"[..],
            &[1, 0, 0, 0, 0, 0, 0, 0],
            &[2, 0, 0, 0, 0, 0, 0, 0],
            &[3, 0, 0, 0, 0, 0, 0, 0],
            b"app:users:1",
        ]
        .concat();
        server.command(&[&b"PUBLISH"[..], b"app::n", &told]).await.unwrap();
        let expected = NoticeKind::Changed(key("1"), larder_core::Version::new(3));
        assert_eq!(next(&mut notices).await, Notice { node: NodeId(1), write: Some(WriteId(2)), kind: expected });
    });
}

/// The machine's clock, which a test may set forward: to a node, the server's clock then has gone back.
#[derive(Debug)]
struct Leaping {
    clock: RealClock,
    ahead: Arc<AtomicU64>,
}

impl Clock for Leaping {
    fn now(&self) -> Moment {
        self.clock.now() + Duration::from_millis(self.ahead.load(Ordering::Relaxed))
    }

    fn wall(&self) -> WallTime {
        self.clock.wall()
    }

    fn sleep_until(&self, deadline: Moment) -> Sleep {
        self.clock.sleep_until(deadline.before(Duration::from_millis(self.ahead.load(Ordering::Relaxed))))
    }
}

#[test]
fn a_servers_clock_that_goes_back_is_a_gap() {
    run(async {
        let (server, ahead) = (RedisServer::start().await.unwrap(), Arc::new(AtomicU64::new(0)));
        let clock = Arc::new(Leaping { clock: RealClock::new(), ahead: Arc::clone(&ahead) });
        let redis = Redis::builder(common::prefix(), tcp(&server)).clock(clock).random(Arc::new(SeededRandom::new(9)));
        let redis = connected(redis).await;
        let mut notices = listening(&redis).await;
        redis.beat().await.unwrap();
        assert!(matches!(next(&mut notices).await.kind, NoticeKind::Heartbeat { .. }), "nothing has happened");
        ahead.store(5000, Ordering::Relaxed);
        redis.beat().await.unwrap();
        let mut heard = vec![next(&mut notices).await.kind, next(&mut notices).await.kind];
        heard.retain(|kind| *kind == NoticeKind::Gap);
        assert_eq!(heard, [NoticeKind::Gap], "one gap, beside the heartbeat");
    });
}

#[test]
fn two_nodes_are_never_one() {
    run(async {
        let (server, time) = (RedisServer::start().await.unwrap(), Time::real());
        let (one, other) =
            (connected(builder(tcp(&server), &time)).await, connected(builder(tcp(&server), &time)).await);
        assert_ne!(one.node(), other.node());
        assert_eq!(one.node(), one.clone().node(), "clones are one");
    });
}

#[test]
fn e37_a_flushed_server_is_a_gap_as_soon_as_a_heartbeat_finds_out() {
    run(async {
        let (server, redis, _) = pair().await;
        let mut notices = listening(&redis).await;
        redis.beat().await.unwrap();
        assert!(matches!(next(&mut notices).await.kind, NoticeKind::Heartbeat { .. }));
        redis.beat().await.unwrap();
        assert!(matches!(next(&mut notices).await.kind, NoticeKind::Heartbeat { .. }), "nothing was lost");
        server.command(&["FLUSHALL"]).await.unwrap();
        redis.beat().await.unwrap();
        assert_eq!(next(&mut notices).await.kind, NoticeKind::Lost);
        redis.beat().await.unwrap();
        assert!(matches!(next(&mut notices).await.kind, NoticeKind::Heartbeat { .. }), "told once");
    });
}

#[test]
fn e37_a_flush_is_told_also_when_the_answer_to_the_heartbeat_is_lost() {
    run(async {
        let (server, redis, _) = pair().await;
        let mut notices = listening(&redis).await;
        redis.beat().await.unwrap();
        assert!(matches!(next(&mut notices).await.kind, NoticeKind::Heartbeat { .. }));
        server.command(&["FLUSHALL"]).await.unwrap();
        server.pause().unwrap();
        {
            let mut unanswered = std::pin::pin!(redis.beat());
            assert!(futures_util::poll!(&mut unanswered).is_pending());
        }
        server.resume().unwrap();
        assert_eq!(next(&mut notices).await.kind, NoticeKind::Lost);
    });
}

#[test]
fn e37_a_flush_before_the_first_heartbeat_is_a_gap_too() {
    run(async {
        let (server, redis, _) = pair().await;
        let mut notices = listening(&redis).await;
        server.command(&["FLUSHALL"]).await.unwrap();
        redis.beat().await.unwrap();
        assert!(
            matches!(next(&mut notices).await.kind, NoticeKind::Lost),
            "what was there when the path began is gone"
        );
    });
}
