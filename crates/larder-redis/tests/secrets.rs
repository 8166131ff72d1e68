//! What gets in never comes out.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::sync::{Mutex, PoisonError};

use common::{builder, connected, entry, key, tcp};
use futures_util::StreamExt;
use larder_core::{Condition, Coordinator, Lifetime, Store};
use larder_redis::{Credentials, Endpoint, Redis};
use larder_testkit::{Canaries, RedisServer, Time, eventually_async, run};

/// Every line that the client under the node logs, in the most talkative setting.
#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

static LINES: Lines = Lines(Mutex::new(Vec::new()));

impl log::Log for Lines {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(record.args().to_string());
    }

    fn flush(&self) {}
}

/// Everything that can be seen of a node and of what it answers.
async fn look(canaries: &Canaries, what: &str, redis: &Redis, time: &Time) {
    canaries.take_debug(what, redis);
    canaries.take_debug(what, redis.endpoint());
    let key = key("1");
    let errors = [
        redis.get(&key).await.err(),
        redis.put(&key, entry(time, "value", Lifetime::forever()), Condition::ALWAYS).await.err(),
        redis.begin(&key, common::BEGIN).await.err(),
        redis.beat().await.err(),
        redis.statistics().await.err(),
        redis.ping().await.err(),
        redis.notices().next().await.and_then(Result::err),
    ];
    for error in errors.into_iter().flatten() {
        canaries.take_error(what, &error);
    }
}

#[test]
fn a_password_shows_nowhere() {
    log::set_logger(&LINES).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    run(async {
        let (canaries, time) = (Canaries::new(), Time::real());
        let canary = canaries.as_str().to_owned();
        let server = RedisServer::builder().password(canary.clone()).start().await.unwrap();
        let credentials = |name: Option<&str>, password: &str| Credentials::new(name.map(str::to_owned), password);
        for credentials in [credentials(None, &canary), credentials(Some(&canary), &canary)] {
            canaries.take_debug("credentials", &credentials);
            let builder = builder(tcp(&server), &time).credentials(credentials);
            canaries.take_debug("builder", &builder);
        }
        let good = connected(builder(tcp(&server), &time).credentials(credentials(None, &canary))).await;
        look(&canaries, "connected", &good, &time).await;
        server.command(&["ACL", "SETUSER", "default", "nocommands"]).await.unwrap();
        look(&canaries, "without rights", &good, &time).await;
        server.kill().unwrap();
        look(&canaries, "killed", &good, &time).await;
        server.start_again().await.unwrap();
        for wrong in [credentials(Some(&canary), "x"), credentials(None, &(canary.clone() + "x"))] {
            let refused = builder(tcp(&server), &time).credentials(wrong).build().unwrap();
            eventually_async("the server refuses", async || {
                common::fact(&refused.get(&key("1")).await, "reply").as_deref() == Some("WRONGPASS")
            })
            .await;
            look(&canaries, "refused", &refused, &time).await;
        }
        let nowhere = Endpoint::Unix("/no/such/socket".into());
        let nobody = builder(nowhere, &time).credentials(credentials(Some(&canary), &canary)).build().unwrap();
        look(&canaries, "nobody", &nobody, &time).await;
        let lines = std::mem::take(&mut *LINES.0.lock().unwrap());
        assert!(lines.iter().any(|line| line.contains("HELLO")), "the client logs how it comes in");
        for line in lines {
            canaries.take("log", &line);
        }
        canaries.assert_silent();
    });
}
