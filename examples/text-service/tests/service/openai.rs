//! The openai model against an endpoint that does what endpoints do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use text_service::models::openai::{ApiKey, Endpoint, SetupError};
use text_service::models::{Model, ModelError, OpenAi};
use text_service::{FinishReason, Operation, Options, Prompt};

use crate::running::{Running, listen};

const KEY: &str = "sk-quagga";

type Seen = Arc<Mutex<Option<(HeaderMap, Value)>>>;

/// An endpoint that always gives this response, and what it was last asked.
async fn endpoint(respond: impl Fn() -> Response + Clone + Send + Sync + 'static) -> (String, Seen) {
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    let handler = move |headers: HeaderMap, Json(body): Json<Value>| async move {
        *noted.lock().unwrap() = Some((headers, body));
        respond()
    };
    (format!("{}/v1", listen(Router::new().route("/v1/chat/completions", post(handler))).await), seen)
}

fn model(base_url: &str) -> OpenAi {
    let endpoint =
        Endpoint { base_url: base_url.to_owned(), model: "small".to_owned(), timeout: Duration::from_millis(500) };
    OpenAi::new(endpoint, ApiKey::new(KEY).unwrap()).unwrap()
}

fn prompt(operation: Operation) -> Prompt {
    let question = operation.needs_question().then(|| "What is it?".into());
    Prompt { operation, text: "A quokka.".into(), question, options: Options::default() }
}

fn completion(text: &str, finish: &str) -> Value {
    json!({
        "id": "x", "model": "small-2", "unknown": {},
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": finish }],
        "usage": { "prompt_tokens": 21, "completion_tokens": 4, "total_tokens": 25 },
    })
}

#[tokio::test]
async fn the_prompt_goes_out_and_the_answer_comes_back() {
    let (url, seen) = endpoint(|| Json(completion(" A marsupial.\n", "stop")).into_response()).await;
    let model = model(&format!("{url}/"));
    let answer = model.answer(&prompt(Operation::Qa)).await.unwrap();
    assert_eq!(answer.text, "A marsupial.");
    assert_eq!((answer.usage.input_tokens, answer.usage.output_tokens), (21, 4));
    assert_eq!((answer.finish, answer.model.as_str(), model.name()), (FinishReason::Stop, "small-2", "small"));
    let (headers, body) = seen.lock().unwrap().take().unwrap();
    assert_eq!(headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!((&body["model"], &body["temperature"]), (&json!("small"), &json!(0.0)));
    let sent = body["messages"][1]["content"].as_str().unwrap();
    assert!(sent.contains("A quokka.") && sent.contains("What is it?"), "{sent}");
}

#[tokio::test]
async fn every_operation_has_its_own_instruction() {
    let (url, seen) = endpoint(|| Json(completion("Yes.", "stop")).into_response()).await;
    let model = model(&url);
    let mut instructions = std::collections::HashSet::new();
    for operation in Operation::ALL {
        model.answer(&prompt(operation)).await.unwrap();
        let (_, body) = seen.lock().unwrap().take().unwrap();
        instructions.insert(body["messages"][0]["content"].as_str().unwrap().to_owned());
    }
    assert_eq!(instructions.len(), Operation::ALL.len());
}

#[tokio::test]
async fn reasons_to_stop_are_kept_apart() {
    let rows = [
        ("length", FinishReason::Length),
        ("content_filter", FinishReason::ContentFilter),
        ("tool_calls", FinishReason::ToolCalls),
        ("something new", FinishReason::Unknown),
    ];
    for (reason, finish) in rows {
        let (url, _) = endpoint(move || Json(completion("Half", reason)).into_response()).await;
        assert_eq!(model(&url).answer(&prompt(Operation::Summarize)).await.unwrap().finish, finish);
    }
}

#[tokio::test]
async fn refusals_are_typed_and_tell_nothing() {
    let secret = || format!("{KEY} quokka");
    let rows = [(500, None), (429, Some("7")), (401, None), (302, None)];
    for (status, after) in rows {
        let (url, _) = endpoint(move || {
            let mut response = (StatusCode::from_u16(status).unwrap(), secret()).into_response();
            if let Some(after) = after {
                response.headers_mut().insert("retry-after", after.parse().unwrap());
            }
            response.headers_mut().insert("location", "http://127.0.0.1:9/".parse().unwrap());
            response
        })
        .await;
        let error = model(&url).answer(&prompt(Operation::Summarize)).await.unwrap_err();
        let retry_after = after.map(|_| Duration::from_secs(7));
        assert_eq!(error, ModelError::Status { status, retry_after });
        assert!(!format!("{error} {error:?} {}", error.fix()).contains("quokka"), "{error}");
    }
}

#[tokio::test]
async fn answers_that_cannot_be_read_are_malformed() {
    let broken: [(&'static str, Body); 6] = [
        ("no JSON", Body::from("<html>quokka</html>")),
        ("no choice", Body::from("{\"choices\": []}")),
        ("no content", Body::from(completion("", "stop").to_string())),
        ("null", Body::from(r#"{"choices":[{"message":{"content":null},"finish_reason":"stop"}]}"#)),
        ("wrong type", Body::from(r#"{"choices":"quokka"}"#)),
        ("too large", Body::from(" ".repeat(5 * 1024 * 1024))),
    ];
    for (what, body) in broken {
        let body = Arc::new(Mutex::new(Some(body)));
        let (url, _) = endpoint(move || body.lock().unwrap().take().unwrap().into_response()).await;
        let error = model(&url).answer(&prompt(Operation::Summarize)).await.unwrap_err();
        assert!(matches!(error, ModelError::Malformed(_)), "{what}: {error:?}");
        assert!(!error.to_string().contains("quokka"));
    }
}

#[tokio::test]
async fn a_silent_endpoint_is_a_504_and_an_absent_one_a_502() {
    let stuck = Router::new().route("/v1/chat/completions", post(|| async { std::future::pending::<()>().await }));
    let service = Running::with(Arc::new(model(&format!("{}/v1", listen(stuck).await)))).await;
    let response = service.post("/v1/text/summarize", &json!({ "text": "A quokka." })).await;
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/v1", listener.local_addr().unwrap())
    };
    let service = Running::with(Arc::new(model(&gone))).await;
    let response = service.post("/v1/text/summarize", &json!({ "text": "A quokka." })).await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    let body = response.text().await.unwrap();
    assert!(body.contains("--base-url") && !body.contains("quokka") && !body.contains(&gone), "{body}");
}

#[test]
fn the_key_shows_itself_to_nobody() {
    let key = ApiKey::new(&format!(" {KEY}\n")).unwrap();
    assert_eq!(format!("{key:?}"), "ApiKey(***)");
    assert_eq!(ApiKey::new("  ").unwrap_err(), SetupError::Key);
    assert_eq!(ApiKey::new("a\nb").unwrap_err(), SetupError::Key);
    let shown = format!("{:?} {:?}", model("http://127.0.0.1:1/v1"), prompt(Operation::Qa));
    assert!(!shown.contains("quagga") && !shown.contains("quokka"), "{shown}");
}

#[test]
fn a_key_does_not_travel_in_the_open() {
    let new = |base_url: &str| {
        let endpoint =
            Endpoint { base_url: base_url.to_owned(), model: "m".to_owned(), timeout: Duration::from_secs(1) };
        OpenAi::new(endpoint, ApiKey::new(KEY).unwrap()).map(|_| ())
    };
    assert_eq!(new("http://models.example/v1"), Err(SetupError::Plaintext));
    assert_eq!(new("ftp://models.example/v1"), Err(SetupError::Url));
    assert_eq!(new("models.example"), Err(SetupError::Url));
    for local in
        ["http://localhost:1234/v1", "http://127.0.0.1/v1", "http://[::1]:8000/v1", "https://models.example/v1"]
    {
        assert_eq!(new(local), Ok(()), "{local}");
    }
}
