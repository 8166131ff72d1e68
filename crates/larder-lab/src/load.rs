//! Requests at a steady rate, whether the service keeps up or not.

use std::sync::Arc;
use std::time::Duration;

use larder_cache::SystemClock;
use larder_core::{Clock, Moment};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::connection::Connections;
use crate::workload::{Question, Workload};

/// One request, as its sender saw it.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// When it was to be sent.
    pub(crate) due: Moment,
    /// How much later it was.
    pub(crate) late: Duration,
    /// From then until its answer was read: a sender that is late counts as a service that is.
    pub(crate) latency: Duration,
    pub(crate) answer: Result<Answer, String>,
}

/// What an answer says of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) source: Source,
    /// What the cache took around the model.
    pub(crate) cost: Duration,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    L1,
    L2,
    Model,
}

impl Sample {
    /// When its answer was read.
    pub(crate) fn answered_at(&self) -> Moment {
        self.due + self.latency
    }

    pub(crate) fn is_from(&self, source: Source) -> bool {
        self.answer.as_ref().is_ok_and(|answer| answer.source == source)
    }
}

/// Requests at a steady rate.
pub(crate) struct Load {
    connections: Arc<Connections>,
    workload: Workload,
    clock: SystemClock,
    /// Between two requests.
    interval: Duration,
}

impl Load {
    pub(crate) fn new(connections: Connections, clock: SystemClock, rate: u32) -> Self {
        let interval = Duration::from_secs(1) / rate.max(1);
        Self { connections: Arc::new(connections), workload: Workload::new(), clock, interval }
    }

    /// Sends requests until `stopped` says so, waits for the answers, and gives all of them.
    pub(crate) async fn run(self, mut stopped: watch::Receiver<bool>) -> Vec<Sample> {
        let (mut samples, mut under_way) = (Vec::new(), JoinSet::new());
        let mut due = self.clock.now();
        while !*stopped.borrow() {
            tokio::select! {
                biased;
                // Who is gone will not say so any more.
                changed = stopped.changed() => if changed.is_err() { break },
                () = self.clock.sleep_until(due) => {
                    let question = self.workload.next();
                    under_way.spawn(ask(Arc::clone(&self.connections), self.clock, due, question));
                    due = due + self.interval;
                }
            }
            while let Some(done) = under_way.try_join_next() {
                samples.extend(done.ok());
            }
        }
        samples.extend(under_way.join_all().await);
        samples
    }
}

async fn ask(connections: Arc<Connections>, clock: SystemClock, due: Moment, question: Question) -> Sample {
    let late = clock.now().since(due);
    let answer = connections.post(question.path, question.body).await;
    let latency = clock.now().since(due);
    Sample { due, late, latency, answer: answer.and_then(|body| read(&body)) }
}

/// The part of an answer that is of interest here.
#[derive(Deserialize)]
struct Body {
    cache: Cache,
}

#[derive(Deserialize)]
struct Cache {
    tier: Option<Tier>,
    cache_us: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Tier {
    L1,
    L2,
}

fn read(body: &[u8]) -> Result<Answer, String> {
    let Body { cache } = serde_json::from_slice(body).map_err(|error| format!("an answer of another form: {error}"))?;
    let source = match cache.tier {
        Some(Tier::L1) => Source::L1,
        Some(Tier::L2) => Source::L2,
        None => Source::Model,
    };
    Ok(Answer { source, cost: Duration::from_micros(cache.cache_us) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_tells_its_tier_and_its_cost() {
        let body = br#"{"answer": "x", "cache": {"hit": true, "tier": "l2", "cache_us": 412}, "took_us": 500}"#;
        assert_eq!(read(body), Ok(Answer { source: Source::L2, cost: Duration::from_micros(412) }));
        assert_eq!(read(br#"{"cache": {"tier": null, "cache_us": 7}}"#).map(|answer| answer.source), Ok(Source::Model));
        assert!(read(b"{}").is_err_and(|why| why.contains("cache")));
    }
}
