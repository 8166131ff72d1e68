//! The smoke test: every operation twice on three documents, over HTTP. The second answer must be a hit, and equal.

use std::fmt;
use std::time::Duration;

use reqwest::{Client, Url};
use serde_json::{Value, json};

use crate::operation::Operation;
use crate::time::{Stopwatch, micros};

const DOCUMENTS: usize = 3;

/// A model in a test build on a busy machine takes a while.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why the test could not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmokeError(String);

impl fmt::Display for SmokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SmokeError {}

/// What the test found: one row for each operation and document.
#[derive(Clone, Debug)]
pub struct Report {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    operation: Operation,
    document: String,
    characters: u64,
    /// What the first answer took; nothing when it was a hit already.
    miss_us: Option<u64>,
    hit_us: u64,
    round_trip_us: u64,
    tier: String,
    fault: Option<&'static str>,
}

/// Tests the service at `url`.
///
/// # Errors
///
/// When the service cannot be reached, or does not answer as this service does.
pub async fn run(url: &str) -> Result<Report, SmokeError> {
    let service = Remote::at(url)?;
    let documents = service.documents().await?;
    let mut rows = Vec::new();
    for operation in Operation::ALL {
        for document in &documents {
            rows.push(service.ask_twice(operation, document).await?);
        }
    }
    Ok(Report { rows })
}

struct Remote {
    client: Client,
    url: Url,
}

struct Timed {
    reply: Value,
    round_trip: Duration,
}

impl Remote {
    fn at(url: &str) -> Result<Self, SmokeError> {
        let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url =
            url.ok_or_else(|| SmokeError("--url is no address; give one such as http://127.0.0.1:8080".to_owned()))?;
        // Fails only when a provider is installed already, and then that one serves.
        rustls::crypto::ring::default_provider().install_default().ok();
        let mut client = Client::builder().timeout(PATIENCE);
        if url.scheme() == "http" {
            // Plain HTTP needs no root certificates, and a bare machine has none.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(|error| SmokeError(format!("no HTTP client: {error}")))?;
        Ok(Self { client, url })
    }

    fn address(&self, path: &str) -> Result<Url, SmokeError> {
        self.url.join(path).map_err(|error| SmokeError(format!("{path} is no address: {error}")))
    }

    async fn documents(&self) -> Result<Vec<Value>, SmokeError> {
        let request = self.client.get(self.address("/v1/documents")?);
        let answer = self.send(request, "/v1/documents").await?;
        let all = answer["documents"].as_array().cloned().unwrap_or_default();
        if all.len() < DOCUMENTS {
            return Err(SmokeError(format!("{} offers {} documents; the test needs {DOCUMENTS}", self.url, all.len())));
        }
        Ok(all.into_iter().take(DOCUMENTS).collect())
    }

    async fn ask_twice(&self, operation: Operation, document: &Value) -> Result<Row, SmokeError> {
        let first = self.ask(operation, document).await?;
        let second = self.ask(operation, document).await?;
        let was_hit = |timed: &Timed| timed.reply["cache"]["hit"] == true;
        let took = |timed: &Timed| timed.reply["took_us"].as_u64().unwrap_or_default();
        let same = ["answer", "data", "model"].iter().all(|part| first.reply[*part] == second.reply[*part]);
        let fault = match (was_hit(&second), same) {
            (true, true) => None,
            (true, false) => Some("the second answer differs from the first"),
            (false, _) => Some("the second answer was no hit"),
        };
        Ok(Row {
            operation,
            document: document["name"].as_str().unwrap_or("?").to_owned(),
            characters: document["characters"].as_u64().unwrap_or_default(),
            miss_us: (!was_hit(&first)).then(|| took(&first)),
            hit_us: took(&second),
            round_trip_us: micros(second.round_trip),
            tier: second.reply["cache"]["tier"].as_str().unwrap_or("–").to_owned(),
            fault,
        })
    }

    async fn ask(&self, operation: Operation, document: &Value) -> Result<Timed, SmokeError> {
        let path = format!("/v1/text/{operation}");
        let mut body = json!({ "document": document["name"] });
        if operation.needs_question() {
            body["question"] = document["question"].clone();
        }
        let request = self.client.post(self.address(&path)?).json(&body);
        let watch = Stopwatch::start();
        let reply = self.send(request, &path).await?;
        Ok(Timed { reply, round_trip: watch.elapsed() })
    }

    async fn send(&self, request: reqwest::RequestBuilder, path: &str) -> Result<Value, SmokeError> {
        let lost = |error: reqwest::Error| SmokeError(format!("{} does not answer at {path}: {error}", self.url));
        let response = request.send().await.map_err(lost)?;
        let status = response.status();
        let body: Value = response.json().await.map_err(lost)?;
        if status.is_success() {
            return Ok(body);
        }
        let message = body["error"]["message"].as_str().unwrap_or("no message");
        Err(SmokeError(format!("{path} answered with {status}: {message}")))
    }
}

impl Report {
    /// Whether every second answer was a hit, equal to the first.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.rows.iter().all(|row| row.fault.is_none())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wide = self.rows.iter().map(|row| row.document.chars().count()).max().unwrap_or(0).max("document".len());
        let head = ("operation", "document", "characters", "miss ms", "hit µs", "round trip µs", "tier");
        let (operation, document, characters, miss, hit, round_trip, tier) = head;
        writeln!(
            f,
            "{operation:<10}  {document:<wide$}  {characters:>10}  {miss:>8}  {hit:>7}  {round_trip:>13}  {tier}"
        )?;
        for row in &self.rows {
            let miss = row
                .miss_us
                .map_or("was hit".to_owned(), |us| format!("{:.2}", Duration::from_micros(us).as_secs_f64() * 1e3));
            writeln!(
                f,
                "{:<10}  {:<wide$}  {:>10}  {miss:>8}  {:>7}  {:>13}  {}",
                row.operation.as_str(),
                row.document,
                row.characters,
                row.hit_us,
                row.round_trip_us,
                row.tier,
            )?;
        }
        for (row, fault) in self.rows.iter().filter_map(|row| Some((row, row.fault?))) {
            writeln!(f, "bad: {} of {}: {fault}", row.operation, row.document)?;
        }
        let bad = self.rows.iter().filter(|row| row.fault.is_some()).count();
        match bad {
            0 => write!(f, "good: {} second answers were hits with equal content", self.rows.len()),
            bad => write!(f, "bad: {bad} of {} second answers were not hits with equal content", self.rows.len()),
        }
    }
}
