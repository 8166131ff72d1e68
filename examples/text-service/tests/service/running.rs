//! A service in this process, on a free port, and models that do what a test needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use reqwest::{Client, Response};
use serde_json::{Value, json};
use text_service::http::{Service, router};
use text_service::models::{Answering, Model, ModelError, Offline, SharedModel};
use text_service::{Answer, FinishReason, Prompt, Replies, Usage};
use tokio::net::TcpListener;

/// The replies of a model, over a cache in this process.
pub(crate) fn replies(model: SharedModel) -> Replies {
    Replies::new(larder::Larder::builder().build().unwrap(), model).unwrap()
}

/// Serves a router on a free port for as long as the test runs.
pub(crate) async fn listen(router: axum::Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

pub(crate) fn client() -> Client {
    rustls::crypto::ring::default_provider().install_default().ok();
    Client::builder().tls_certs_only([]).build().unwrap()
}

pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) client: Client,
}

impl Running {
    pub(crate) async fn offline() -> Self {
        Self::with(Arc::new(Offline::new())).await
    }

    pub(crate) async fn with(model: SharedModel) -> Self {
        let service = Service::new(replies(model));
        Self { url: listen(router(service)).await, client: client() }
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.client.post(format!("{}{path}", self.url)).json(body).send().await.unwrap()
    }

    /// Asks, and expects an answer.
    pub(crate) async fn ask(&self, operation: &str, body: &Value) -> Value {
        let response = self.post(&format!("/v1/text/{operation}"), body).await;
        let status = response.status();
        let answer: Value = response.json().await.unwrap();
        assert!(status.is_success(), "{operation}: {status} {answer}");
        answer
    }

    pub(crate) async fn statistics(&self, operation: &str) -> Value {
        let all: Value = self.get("/v1/cache/stats").await.json().await.unwrap();
        let rows = all["operations"].as_array().unwrap();
        rows.iter().find(|row| row["operation"] == operation).unwrap().clone()
    }
}

/// A model that counts its calls and always says the same.
#[derive(Debug)]
pub(crate) struct Scripted {
    pub(crate) calls: AtomicUsize,
    says: Result<Answer, ModelError>,
}

impl Scripted {
    pub(crate) fn failing(error: ModelError) -> Arc<Self> {
        Arc::new(Self { calls: AtomicUsize::new(0), says: Err(error) })
    }

    pub(crate) fn saying(text: &str, finish: FinishReason) -> Arc<Self> {
        let usage = Usage { input_tokens: 7, output_tokens: 3 };
        let answer = Answer { text: text.to_owned(), data: json!(null), finish, usage, model: "scripted".to_owned() };
        Arc::new(Self { calls: AtomicUsize::new(0), says: Ok(answer) })
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(SeqCst)
    }
}

impl Model for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn answer<'a>(&'a self, _: &'a Prompt) -> Answering<'a> {
        self.calls.fetch_add(1, SeqCst);
        Box::pin(async { self.says.clone() })
    }
}
