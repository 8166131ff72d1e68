//! The smoke test tells a cache from what only looks like one.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::extract::Path;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use text_service::smoke;

use crate::running::listen;

type Change = fn(&mut Value);

/// A service that answers the same prompt from a "cache" the second time; `change` may spoil the second answer.
fn caching(change: Change) -> Router {
    let seen: Arc<Mutex<HashSet<String>>> = Arc::default();
    let list = ["a", "b", "c"].map(|name| json!({ "name": name, "question": "Why?", "characters": 9 }));
    let list = json!({ "documents": list });
    let answer = move |Path(operation): Path<String>, Json(body): Json<Value>| {
        let hit = !seen.lock().unwrap().insert(format!("{operation} {body}"));
        let mut reply = json!({
            "answer": "yes", "data": {}, "model": "m", "took_us": if hit { 30 } else { 5_000 },
            "cache": { "hit": hit, "tier": if hit { json!("l1") } else { json!(null) } },
        });
        if hit {
            change(&mut reply);
        }
        async move { Json(reply) }
    };
    Router::new().route("/v1/documents", get(|| async { Json(list) })).route("/v1/text/{operation}", post(answer))
}

#[tokio::test]
async fn equal_hits_are_good() {
    let report = smoke::twice(&listen(caching(|_| {})).await).await.unwrap();
    let text = report.to_string();
    assert!(report.is_good(), "{text}");
    assert_eq!(text.lines().filter(|line| line.ends_with("l1")).count(), 15, "{text}");
    assert!(text.lines().next().unwrap().contains("miss ms") && text.ends_with("equal content"), "{text}");
}

#[tokio::test]
async fn misses_and_other_answers_are_bad() {
    let rows: [(Change, &str); 3] = [
        (|reply| reply["cache"]["hit"] = json!(false), "was no hit"),
        (|reply| reply["answer"] = json!("no"), "differs"),
        (|reply| reply["data"] = json!([1]), "differs"),
    ];
    for (change, said) in rows {
        let report = smoke::twice(&listen(caching(change)).await).await.unwrap();
        assert!(!report.is_good());
        assert!(report.to_string().contains(said), "{report}");
    }
}

#[tokio::test]
async fn what_is_no_such_service_cannot_be_tested() {
    let other = listen(Router::new()).await;
    assert!(smoke::twice(&other).await.unwrap_err().to_string().contains("/v1/documents"));
    let empty = Router::new().route("/v1/documents", get(|| async { Json(json!({ "documents": [] })) }));
    assert!(smoke::twice(&listen(empty).await).await.unwrap_err().to_string().contains("needs 3"));
}
