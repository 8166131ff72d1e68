//! What foreign bytes under our keys must not do: put the answers of others out of step, or stay for ever.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use common::{BEGIN, HOUR, entry, key, pair, payload, put};
use larder_core::{Condition, Coordinator, ErrorKind, Key, Lifetime, Put, Refusal, Store, Version};
use larder_testkit::{RedisServer, run};

async fn set_raw(server: &RedisServer, key: &Key, value: &str) {
    server.command(&["SET", key.as_str(), value]).await.unwrap();
}

#[test]
fn e53_a_text_that_looks_like_a_message_puts_no_answer_out_of_step() {
    run(async {
        let (server, redis, time) = pair().await;
        let keys: Vec<Key> = (1..=4).map(|number| key(&number.to_string())).collect();
        for word in ["subscribe", "unsubscribe", "message", "pmessage", "ssubscribe", "pubsub"] {
            set_raw(&server, &keys[0], word).await;
            for many in 2..=4 {
                let read = redis.get_many(&keys[..many]).await.unwrap_err();
                assert_eq!(read.kind(), ErrorKind::Corrupt, "{word}, {many} keys");
            }
            let version = put(&redis, &time, &keys[1], "second").await;
            let wrong = Condition::if_version(Version::new(version.get() + 1));
            let refused = redis.put(&keys[1], entry(&time, "third", Lifetime::new(HOUR)), wrong).await.unwrap();
            assert_eq!(refused, Put::Refused(Refusal::Superseded), "{word}");
            assert_eq!(payload(&redis, &keys[1]).await.as_deref(), Some("second"));
        }
    });
}

#[test]
fn e53_numbers_that_no_script_writes_are_written_over_with_some_that_are_read() {
    run(async {
        let (server, redis, time) = pair().await;
        let one = key("1");
        for at in [14, 15, 31, 39, 47, 55] {
            put(&redis, &time, &one, "v1").await;
            server.command(&["SETRANGE", one.as_str(), &at.to_string(), "zz"]).await.unwrap();
            assert_eq!(
                redis.get(&one).await.map_err(|error| error.kind()).err(),
                Some(ErrorKind::Corrupt),
                "byte {at}"
            );
            let token = redis.begin(&one, BEGIN).await.unwrap().token.unwrap();
            let filled = redis.put(&one, entry(&time, "v2", Lifetime::new(HOUR)), Condition::if_token(token)).await;
            assert!(filled.unwrap().is_stored(), "byte {at}");
            assert_eq!(payload(&redis, &one).await.as_deref(), Some("v2"), "byte {at}");
        }
    });
}
