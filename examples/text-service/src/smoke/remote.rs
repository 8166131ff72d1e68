//! The service that is tested, as a client sees it.

use std::fmt;
use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde_json::{Value, json};

use super::SmokeError;
use crate::operation::Operation;
use crate::time::Stopwatch;

const DOCUMENTS: usize = 3;

/// A model in a test build on a busy machine takes a while.
const LIMIT: Duration = Duration::from_secs(30);

pub(super) struct Remote {
    client: Client,
    url: Url,
}

/// An answer, and how long it took to come.
pub(super) struct Timed {
    pub(super) reply: Value,
    pub(super) round_trip: Duration,
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

impl Remote {
    pub(super) fn at(url: &str) -> Result<Self, SmokeError> {
        let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url =
            parsed.ok_or_else(|| SmokeError("no address was given; give one such as http://127.0.0.1:8080".into()))?;
        // Fails only when a provider is installed already, and then that one serves.
        rustls::crypto::ring::default_provider().install_default().ok();
        let mut client = Client::builder().timeout(LIMIT);
        if url.scheme() == "http" {
            // Plain HTTP needs no root certificates, and a bare machine has none.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(|error| SmokeError(format!("no HTTP client: {error}")))?;
        Ok(Self { client, url })
    }

    /// The first documents that the service offers.
    pub(super) async fn documents(&self) -> Result<Vec<Value>, SmokeError> {
        let answer = self.get("/v1/documents").await?;
        let all = answer["documents"].as_array().cloned().unwrap_or_default();
        if all.len() < DOCUMENTS {
            return Err(SmokeError(format!("{self} offers {} documents; the test needs {DOCUMENTS}", all.len())));
        }
        Ok(all.into_iter().take(DOCUMENTS).collect())
    }

    pub(super) async fn statistics(&self) -> Result<Value, SmokeError> {
        self.get("/v1/cache/stats").await
    }

    /// Asks about a document that the service offers.
    pub(super) async fn ask(&self, operation: Operation, document: &Value) -> Result<Timed, SmokeError> {
        let mut body = json!({ "document": document["name"] });
        if operation.needs_question() {
            body["question"] = document["question"].clone();
        }
        self.post(operation, &body).await
    }

    pub(super) async fn post(&self, operation: Operation, body: &Value) -> Result<Timed, SmokeError> {
        let path = format!("/v1/text/{operation}");
        let request = self.client.post(self.address(&path)?).json(body);
        let watch = Stopwatch::start();
        let reply = self.send(request, &path).await?;
        Ok(Timed { reply, round_trip: watch.elapsed() })
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, SmokeError> {
        self.send(self.client.get(self.address(path)?), path).await
    }

    fn address(&self, path: &str) -> Result<Url, SmokeError> {
        self.url.join(path).map_err(|error| SmokeError(format!("{path} is no address: {error}")))
    }

    async fn send(&self, request: RequestBuilder, path: &str) -> Result<Value, SmokeError> {
        let lost = |error: reqwest::Error| SmokeError(format!("{self} does not answer at {path}: {error}"));
        let response = request.send().await.map_err(lost)?;
        let status: StatusCode = response.status();
        let body: Value = response.json().await.map_err(lost)?;
        if status.is_success() {
            return Ok(body);
        }
        let message = body["error"]["message"].as_str().unwrap_or("no message");
        Err(SmokeError(format!("{path} answered with {status}: {message}")))
    }
}
