//! Bad input is told apart, explained, and never repeated.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use text_service::models::ModelError;
use text_service::{FinishReason, MAX_TEXT};

use crate::running::{Running, Scripted};

/// Stands in everything that is sent; no answer may repeat it.
const CANARY: &str = "zanzibar";

async fn expect(response: Response, status: u16, code: &str, fix: &str) {
    assert_eq!(response.status(), StatusCode::from_u16(status).unwrap(), "{code}");
    let text = response.text().await.unwrap();
    assert!(!text.contains(CANARY), "{code} repeats what was sent: {text}");
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(body["error"]["code"], code, "{body}");
    assert!(!body["error"]["message"].as_str().unwrap().is_empty());
    assert!(body["error"]["fix"].as_str().unwrap().contains(fix), "{body}");
}

#[tokio::test]
async fn every_wrong_field_has_its_own_error() {
    let service = Running::offline().await;
    let text = format!("The {CANARY} is here.");
    let rows = [
        ("summarize", json!({}), 400, "missing_text", "document"),
        ("summarize", json!({"text": ""}), 400, "empty_text", "sentence"),
        ("summarize", json!({"text": " \n\t "}), 400, "empty_text", "sentence"),
        ("summarize", json!({"text": 5}), 400, "bad_text", "text"),
        ("summarize", json!({"text": null}), 400, "bad_text", "text"),
        ("summarize", json!({"text": text, "document": "the-stampede"}), 400, "two_texts", "one of"),
        ("summarize", json!({"document": "the-stampeed"}), 404, "unknown_document", "`the-stampede`"),
        ("summarize", json!({"document": CANARY}), 404, "unknown_document", "/v1/documents"),
        ("summarize", json!({"text": text, "option": 1}), 400, "unknown_field", "`options`"),
        ("summarize", json!({"text": text, CANARY: CANARY}), 400, "unknown_field", "question"),
        ("summarize", json!({"text": text, "options": {"max_sentence": 1}}), 400, "bad_options", "`max_sentences`"),
        ("summarize", json!({"text": text, "options": {"max_sentences": CANARY}}), 400, "bad_options", "1 to 20"),
        ("sentiment", json!({"text": text, "options": {"count": 3}}), 400, "bad_options", "leave"),
        ("summarize", json!({"text": text, "options": CANARY}), 400, "bad_options", "object"),
        ("summarize", json!({"text": text, "question": CANARY}), 400, "unexpected_question", "qa"),
        ("qa", json!({"text": text}), 400, "missing_question", "question"),
        ("qa", json!({"text": text, "question": " "}), 400, "missing_question", "question"),
        ("qa", json!({"text": text, "question": [CANARY]}), 400, "bad_question", "string"),
        ("qa", json!({"text": text, "question": "a".repeat(1_001)}), 400, "question_too_long", "1000"),
        ("sumarize", json!({"text": text}), 404, "unknown_operation", "`summarize`"),
        (CANARY, json!({"text": text}), 404, "unknown_operation", "key_points"),
        ("summarize", json!({"text": "... !!! ---"}), 422, "unsuitable_text", "words"),
        ("summarize", json!(["text", CANARY]), 400, "bad_json", "object"),
    ];
    for (operation, body, status, code, fix) in rows {
        expect(service.post(&format!("/v1/text/{operation}"), &body).await, status, code, fix).await;
    }
}

#[tokio::test]
async fn bodies_that_are_no_json_are_refused() {
    let service = Running::offline().await;
    let send = |kind: &'static str, body: String| {
        let request = service.client.post(format!("{}/v1/text/summarize", service.url));
        async move { request.header(CONTENT_TYPE, kind).body(body).send().await.unwrap() }
    };
    let cut = format!("{{\"text\": \"{CANARY}");
    expect(send("application/json", cut).await, 400, "bad_json", "text").await;
    expect(send("application/json", String::new()).await, 400, "bad_json", "text").await;
    expect(send("application/json", "[".repeat(100_000)).await, 400, "bad_json", "text").await;
    let good = format!("{{\"text\": \"{CANARY} is an island.\"}}");
    expect(send("text/plain", good.clone()).await, 415, "wrong_content_type", "application/json").await;
    expect(send("application/x-www-form-urlencoded", good.clone()).await, 415, "wrong_content_type", "json").await;
    assert!(send("application/json; charset=utf-8", good).await.status().is_success());
}

#[tokio::test]
async fn the_length_limit_counts_characters() {
    let service = Running::offline().await;
    let longest = "é".repeat(MAX_TEXT);
    assert!(service.post("/v1/text/sentiment", &json!({ "text": longest })).await.status().is_success());
    let response = service.post("/v1/text/sentiment", &json!({ "text": longest + "é" })).await;
    expect(response, 413, "text_too_long", "200000").await;
    let flood = service.post("/v1/text/sentiment", &json!({ "text": CANARY.repeat(1_000_000) })).await;
    expect(flood, 413, "text_too_long", "200000").await;
}

#[tokio::test]
async fn wrong_addresses_and_methods_are_json_too() {
    let service = Running::offline().await;
    expect(service.get(&format!("/{CANARY}")).await, 404, "unknown_route", "POST /v1/text/").await;
    expect(service.get("/v1/document").await, 404, "unknown_route", "/v1/documents").await;
    expect(service.get("/v1/text/summarize").await, 405, "wrong_method", "POST").await;
    expect(service.get("/v1/documents/the-stampeed").await, 404, "unknown_document", "`the-stampede`").await;
    expect(service.post("/v1/cache/invalidate/sumarize", &json!({})).await, 404, "unknown_operation", "`summarize`")
        .await;
    expect(service.post("/v1/cache/invalidate/qa", &json!({"all": 1})).await, 400, "unknown_field", "{}").await;
    let form = service.client.post(format!("{}/v1/cache/invalidate/qa", service.url)).send().await.unwrap();
    expect(form, 415, "wrong_content_type", "json").await;
}

#[tokio::test]
async fn a_failing_model_is_a_502_and_is_asked_again() {
    let busy = ModelError::Status { status: 429, retry_after: Some(Duration::from_secs(9)) };
    let rows = [
        (ModelError::Unreachable, 502, "model_failed"),
        (ModelError::Status { status: 500, retry_after: None }, 502, "model_failed"),
        (ModelError::Malformed("it is empty"), 502, "model_failed"),
        (ModelError::Broken, 502, "model_failed"),
        (busy, 502, "model_failed"),
        (ModelError::Timeout(Duration::from_secs(1)), 504, "model_timeout"),
    ];
    for (error, status, code) in rows {
        let model = Scripted::failing(error);
        let service = Running::with(model.clone()).await;
        for calls in 1..=2 {
            let response = service.post("/v1/text/summarize", &json!({ "text": CANARY })).await;
            expect(response, status, code, "").await;
            assert_eq!(model.calls(), calls, "a failure was stored");
        }
        assert_eq!(service.statistics("summarize").await["failures"], 2);
    }
}

#[tokio::test]
async fn a_busy_model_says_when_to_come_back() {
    let error = ModelError::Status { status: 429, retry_after: Some(Duration::from_secs(9)) };
    let service = Running::with(Scripted::failing(error)).await;
    let response = service.post("/v1/text/summarize", &json!({ "text": "Some text." })).await;
    assert_eq!(response.headers()[RETRY_AFTER], "9");
}

#[tokio::test]
async fn an_answer_that_was_cut_off_is_given_and_not_kept() {
    let model = Scripted::saying("The begin", FinishReason::Length);
    let service = Running::with(model.clone()).await;
    for calls in 1..=2 {
        let answer = service.ask("summarize", &json!({ "text": "Some text." })).await;
        assert_eq!((answer["answer"].as_str(), answer["finish"].as_str()), (Some("The begin"), Some("length")));
        assert_eq!(answer["cache"]["hit"], false);
        assert_eq!(model.calls(), calls);
    }
}

#[tokio::test]
async fn an_address_that_is_no_text_is_answered_in_json() {
    let service = Running::offline().await;
    for path in ["/v1/documents/%ff", "/v1/documents/nothing"] {
        let response = service.get(path).await;
        assert_eq!(response.status(), 404, "{path}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"]["code"], "unknown_document", "{path}");
    }
    let response = service.post("/v1/text/%ff", &json!({ "text": "x" })).await;
    assert_eq!(response.json::<Value>().await.unwrap()["error"]["code"], "unknown_operation");
}
