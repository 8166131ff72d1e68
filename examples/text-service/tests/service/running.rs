//! A service in this process, on a free port, and models that do what a test needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use larder::config::{Environment, Loader, Preset};
use larder_testkit::eventually_async;
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

/// The replies of the offline model, over a cache that shares the Redis at `url`. What a busy machine takes is no outage.
pub(crate) fn sharing(url: &str) -> Replies {
    let custom = json!({ "redis_url": url, "l2_read_timeout_ms": 1_000, "l2_write_timeout_ms": 1_000 });
    let environment = Environment::from_pairs([("CACHE_CUSTOM_CONFIG", custom.to_string())]);
    let report = Loader::new().environment(environment).preset(Preset::AiDevelopment).load().unwrap();
    Replies::new(larder::config::assemble(&report.settings).unwrap(), Arc::new(Offline::new())).unwrap()
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

    /// A service that shares the Redis at `url`, once it is connected.
    pub(crate) async fn sharing(url: &str) -> Self {
        let service = Service::new(sharing(url));
        let running = Self { url: listen(router(service)).await, client: client() };
        running.until("connected", |all| all["cache"]["degraded"] == false).await;
        running
    }

    /// Waits until the statistics tell `what`.
    pub(crate) async fn until(&self, what: &str, told: impl Fn(&Value) -> bool) {
        eventually_async(what, || async { told(&self.get("/v1/cache/stats").await.json().await.unwrap()) }).await;
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
