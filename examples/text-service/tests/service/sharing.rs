//! Services that share a Redis, in this process.

use larder_testkit::{RedisServer, eventually_async};
use serde_json::{Value, json};
use text_service::smoke;

use crate::running::Running;

fn summary() -> Value {
    json!({ "document": "the-stampede" })
}

async fn two(server: &RedisServer) -> [Running; 2] {
    [Running::sharing(&server.url()).await, Running::sharing(&server.url()).await]
}

/// The figures of a tier.
async fn tier(service: &Running, name: &str) -> Value {
    let all: Value = service.get("/v1/cache/stats").await.json().await.unwrap();
    let tiers = all["cache"]["tiers"].as_array().unwrap();
    tiers.iter().find(|tier| tier["tier"] == name).unwrap().clone()
}

#[tokio::test]
async fn what_one_computed_the_other_finds_and_both_say_where() {
    let server = RedisServer::start().await.unwrap();
    let [one, other] = two(&server).await;
    let computed = one.ask("summarize", &summary()).await;
    assert_eq!((&computed["cache"]["outcome"], &computed["cache"]["tier"]), (&json!("loaded"), &json!(null)));
    one.until("stored", |all| all["cache"]["loads_in_flight"] == 0).await;
    let found = other.ask("summarize", &summary()).await;
    assert_eq!((&found["cache"]["outcome"], &found["cache"]["tier"]), (&json!("hit_l2"), &json!("l2")));
    for part in ["answer", "data", "model", "finish", "usage"] {
        assert_eq!(found[part], computed[part], "{part}");
    }
    assert_eq!(found["saved"]["input_tokens"], computed["usage"]["input_tokens"]);
    assert_eq!(other.ask("summarize", &summary()).await["cache"]["tier"], "l1");
    assert_eq!(tier(&one, "l2").await["stored"], 1);
    let (l1, l2) = (tier(&other, "l1").await, tier(&other, "l2").await);
    assert_eq!(
        (&l1["store"], &l1["hits"], &l1["misses"], &l1["hit_rate"]),
        (&json!("memory"), &json!(1), &json!(1), &json!(0.5))
    );
    assert_eq!(
        (&l2["store"], &l2["hits"], &l2["misses"], &l2["hit_rate"]),
        (&json!("redis"), &json!(1), &json!(0), &json!(1.0))
    );
}

#[tokio::test]
async fn what_one_forgets_the_other_forgets() {
    let server = RedisServer::start().await.unwrap();
    let [one, other] = two(&server).await;
    one.ask("summarize", &summary()).await;
    one.until("stored", |all| all["cache"]["loads_in_flight"] == 0).await;
    assert_eq!(other.ask("summarize", &summary()).await["cache"]["tier"], "l2");
    let forgotten: Value = one.post("/v1/cache/invalidate/summarize", &json!({})).await.json().await.unwrap();
    assert_eq!(forgotten["pending"], false);
    assert_eq!(one.ask("summarize", &summary()).await["cache"]["hit"], false);
    one.until("stored", |all| all["cache"]["loads_in_flight"] == 0).await;
    eventually_async("the other hears of it", || async {
        other.ask("summarize", &summary()).await["cache"]["outcome"] != "hit_l1"
    })
    .await;
}

#[tokio::test]
async fn a_shared_store_that_goes_away_is_said_in_words_and_harms_nobody() {
    let server = RedisServer::start().await.unwrap();
    let service = Running::sharing(&server.url()).await;
    let ready = async |status: &str, l2: &str| {
        let response = service.get("/readyz").await;
        assert_eq!(response.status(), 200);
        let said: Value = response.json().await.unwrap();
        said["status"] == status && said["l2"] == l2
    };
    assert!(ready("ready", "connected").await);
    assert_eq!(service.ask("summarize", &summary()).await["cache"]["hit"], false);
    server.kill().unwrap();
    service.until("degraded", |all| all["cache"]["degraded"] == true).await;
    assert!(ready("degraded", "not_connected").await);
    assert_eq!(service.get("/livez").await.status(), 200);
    assert_eq!(service.ask("summarize", &summary()).await["cache"]["tier"], "l1", "what is here is answered from here");
    for operation in ["sentiment", "key_points", "questions"] {
        assert_eq!(service.ask(operation, &summary()).await["cache"]["outcome"], "loaded");
    }
    let forgotten: Value = service.post("/v1/cache/invalidate/summarize", &json!({})).await.json().await.unwrap();
    assert_eq!(forgotten["pending"], true, "it is made up for later");
    assert_eq!(service.ask("summarize", &summary()).await["cache"]["hit"], false);
    let all: Value = service.get("/v1/cache/stats").await.json().await.unwrap();
    let shared = &all["cache"]["shared"];
    assert_eq!((&shared["hears_other_nodes"], &shared["degraded"]), (&json!(false), &json!(true)));
    assert!(shared["pending"].as_u64().unwrap() > 0);
    server.start_again().await.unwrap();
    service
        .until("all is well again", |all| {
            let shared = &all["cache"]["shared"];
            shared["state"] == "connected" && shared["pending"] == 0
        })
        .await;
    assert!(ready("ready", "connected").await);
}

#[tokio::test]
async fn the_smoke_test_of_two_tells_a_shared_store_from_what_only_looks_like_one() {
    let server = RedisServer::start().await.unwrap();
    let [one, other] = two(&server).await;
    let report = smoke::shared(&one.url, &other.url).await.unwrap();
    assert!(report.is_good() && report.to_string().contains("15 answers of the second"), "{report}");
    assert!(!smoke::shared(&one.url, &other.url).await.unwrap().is_good(), "now the other has them in its own memory");
    let elsewhere = RedisServer::start().await.unwrap();
    let stranger = Running::sharing(&elsewhere.url()).await;
    let report = smoke::shared(&one.url, &stranger.url).await.unwrap();
    assert!(!report.is_good() && report.to_string().contains("was no hit"), "{report}");
    server.kill().unwrap();
    let report = smoke::degraded(&[&one.url, &other.url]).await.unwrap();
    assert!(report.is_good() && report.to_string().contains("says degraded"), "{report}");
}
