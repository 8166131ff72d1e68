//! What a bystander sees of the service: its probes, and the state of its breaker.

use std::time::Duration;

use larder_cache::SystemClock;
use larder_core::{Clock, Moment};
use serde::Deserialize;
use tokio::sync::watch;

use crate::clock::within;
use crate::connection::Connections;

/// What the probes came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Probes {
    pub(crate) count: usize,
    /// What went wrong, each time that something did.
    pub(crate) failures: Vec<String>,
}

/// Whether the breaker was open when somebody looked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) at: Moment,
    pub(crate) open: bool,
}

/// Between two probes of each kind, and how long one may take.
const PROBE: Duration = Duration::from_secs(1);
/// Between two looks at the breaker.
const LOOK: Duration = Duration::from_millis(100);

/// Asks every second whether the process lives and whether it is ready, as the system that runs it would.
pub(crate) async fn probe(connections: Connections, clock: SystemClock, mut stopped: watch::Receiver<bool>) -> Probes {
    let mut probes = Probes::default();
    let mut due = clock.now();
    while waited(&clock, due, &mut stopped).await {
        for path in ["/livez", "/readyz"] {
            let answer = within(&clock, PROBE, connections.get(path)).await;
            let failure = answer.unwrap_or_else(|| Err(format!("no answer within {PROBE:?}"))).err();
            probes.failures.extend(failure.map(|why| format!("{path}: {why}")));
            probes.count += 1;
        }
        due = due + PROBE;
    }
    probes
}

/// Looks at the breaker ten times a second. A look that is not answered is none; the probes are there for that.
pub(crate) async fn look(
    connections: Connections,
    clock: SystemClock,
    mut stopped: watch::Receiver<bool>,
) -> Vec<Look> {
    let mut looks = Vec::new();
    let mut due = clock.now();
    while waited(&clock, due, &mut stopped).await {
        if let Ok(body) = connections.get("/v1/cache/stats").await
            && let Some(open) = is_open(&body)
        {
            looks.push(Look { at: clock.now(), open });
        }
        due = due + LOOK;
    }
    looks
}

/// Waits until `due`; false when it was stopped before.
async fn waited(clock: &SystemClock, due: Moment, stopped: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        biased;
        _ = stopped.wait_for(|stopped| *stopped) => false,
        () = clock.sleep_until(due) => true,
    }
}

#[derive(Deserialize)]
struct Statistics {
    cache: Cache,
}

#[derive(Deserialize)]
struct Cache {
    shared: Shared,
}

#[derive(Deserialize)]
struct Shared {
    breaker: String,
}

fn is_open(body: &[u8]) -> Option<bool> {
    let statistics: Statistics = serde_json::from_slice(body).ok()?;
    Some(statistics.cache.shared.breaker == "open")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_breaker_is_read_from_the_statistics() {
        assert_eq!(is_open(br#"{"cache": {"shared": {"breaker": "open", "pending": 0}}}"#), Some(true));
        assert_eq!(is_open(br#"{"cache": {"shared": {"breaker": "half_open"}}}"#), Some(false));
        assert_eq!(is_open(br#"{"cache": {"shared": null}}"#), None);
    }
}
