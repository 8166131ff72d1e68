//! The smoke tests, over HTTP: a second answer is a hit and equal, one process finds what another computed, and both go on
//! without the shared store.

mod outage;
mod remote;
mod report;

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use self::remote::{Remote, Timed};
pub use self::report::Report;
use self::report::Row;
use crate::operation::Operation;
use crate::time::{micros, until};

/// How long what goes on in the background may take: storing what was loaded, connecting, noticing a loss.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a test could not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmokeError(String);

impl fmt::Display for SmokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SmokeError {}

/// Asks the service at `url` every operation twice on three documents: every second answer must be a hit, and equal.
///
/// # Errors
///
/// When the service cannot be reached, or does not answer as this service does.
pub async fn twice(url: &str) -> Result<Report, SmokeError> {
    let service = Remote::at(url)?;
    let mut report = Report::of("second answers were hits");
    for (operation, document) in questions(&service).await? {
        let first = service.ask(operation, &document).await?;
        let second = service.ask(operation, &document).await?;
        report.add(row(operation, &document, &first, &second, None));
    }
    Ok(report)
}

/// Asks one service, then another that shares its store: the other must answer from the shared tier, equally.
///
/// # Errors
///
/// When one of them cannot be reached, does not answer as this service does, or has no shared tier in use.
pub async fn shared(url: &str, second: &str) -> Result<Report, SmokeError> {
    let (one, other) = (Remote::at(url)?, Remote::at(second)?);
    for service in [&one, &other] {
        service.wait_for("a shared tier in use", |now| now["cache"]["shared"]["degraded"] == false).await?;
    }
    let before = hits_of_l2(&other).await?;
    let mut report = Report::of("answers of the second service were hits of l2");
    let questions = questions(&one).await?;
    let mut first = Vec::new();
    for (operation, document) in &questions {
        first.push(one.ask(*operation, document).await?);
    }
    one.wait_for("everything stored", |now| now["cache"]["loads_in_flight"] == 0).await?;
    for ((operation, document), first) in questions.iter().zip(&first) {
        let second = other.ask(*operation, document).await?;
        report.add(row(*operation, document, first, &second, Some("l2")));
    }
    let counted = hits_of_l2(&other).await? - before;
    if counted != questions.len() as u64 {
        report.fault(format!("the second service counted {counted} hits of l2 for {} questions", questions.len()));
    }
    Ok(report)
}

/// Asks services whose shared store has gone away: they must go on answering, stay ready, and say that they are degraded.
///
/// # Errors
///
/// When one of them cannot be reached, does not answer as this service does, or does not say it in time.
pub async fn degraded(urls: &[&str]) -> Result<Report, SmokeError> {
    let mut report = Report::of("services went on without the shared store, and said so");
    for url in urls {
        outage::go_through(&Remote::at(url)?, &mut report).await?;
    }
    Ok(report)
}

async fn questions(service: &Remote) -> Result<Vec<(Operation, Value)>, SmokeError> {
    let documents = service.documents().await?;
    let about = |operation| documents.iter().map(move |document| (operation, document.clone()));
    Ok(Operation::ALL.into_iter().flat_map(about).collect())
}

async fn hits_of_l2(service: &Remote) -> Result<u64, SmokeError> {
    let now = service.statistics().await?;
    let tiers = now["cache"]["tiers"].as_array().into_iter().flatten();
    let l2 = tiers.filter(|tier| tier["tier"] == "l2").find_map(|tier| tier["hits"].as_u64());
    l2.ok_or_else(|| SmokeError(format!("{service} has no l2 in its statistics")))
}

/// What two equal questions came to; the second answer must be a hit, of `tier` if one is named.
fn row(operation: Operation, document: &Value, first: &Timed, second: &Timed, tier: Option<&'static str>) -> Row {
    let was_hit = |timed: &Timed| timed.reply["cache"]["hit"] == true;
    let took = |timed: &Timed| timed.reply["took_us"].as_u64().unwrap_or_default();
    let same = ["answer", "data", "model"].iter().all(|part| first.reply[*part] == second.reply[*part]);
    let of_tier = tier.is_none_or(|tier| second.reply["cache"]["tier"] == tier);
    let fault = match (was_hit(second), of_tier, same) {
        (true, true, true) => None,
        (true, true, false) => Some("the second answer differs from the first"),
        (true, false, _) => Some("the second answer came from another tier"),
        (false, _, _) => Some("the second answer was no hit"),
    };
    Row {
        operation,
        document: document["name"].as_str().unwrap_or("?").to_owned(),
        characters: document["characters"].as_u64().unwrap_or_default(),
        miss_us: (!was_hit(first)).then(|| took(first)),
        hit_us: took(second),
        round_trip_us: micros(second.round_trip),
        tier: second.reply["cache"]["tier"].as_str().unwrap_or("–").to_owned(),
        fault,
    }
}

impl Remote {
    /// Waits until the service's statistics tell `what`.
    async fn wait_for(&self, what: &str, told: fn(&Value) -> bool) -> Result<(), SmokeError> {
        let look = async || match self.statistics().await {
            Ok(now) if !told(&now) => None,
            Ok(_) => Some(Ok(())),
            Err(error) => Some(Err(error)),
        };
        let late = || SmokeError(format!("{self} does not tell of {what} within {} s", PATIENCE.as_secs()));
        until(PATIENCE, look).await.ok_or_else(late)?
    }
}
