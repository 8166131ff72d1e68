//! The service before there is a Redis.

use std::path::PathBuf;
use std::time::Duration;

use larder_cache::SystemClock;
use larder_core::{Clock, Error, ErrorKind, Moment, Result};
use larder_testkit::RedisServer;
use tokio::sync::watch;

use crate::clock::{pause, within};
use crate::connection::Connections;
use crate::load::{Load, Sample, Source};
use crate::outage::ended;
use crate::service::Service;
use crate::{Limit, Part};

/// A start of the service without its Redis, which comes later.
#[derive(Clone, Debug)]
pub struct Boot {
    /// The program of the service.
    pub service: PathBuf,
    /// Requests in a second.
    pub rate: u32,
    /// How long there is no Redis.
    pub without: Duration,
    /// How long there is one then.
    pub with: Duration,
}

/// How the service came up.
#[derive(Clone, Debug)]
pub struct Booted {
    /// What was done.
    pub boot: Boot,
    /// From the start of the process until it said that it is ready.
    pub ready_after: Duration,
    /// From Redis's appearance to the first answer out of it.
    pub first_hit_after: Option<Duration>,
    /// The requests: without Redis, and with it.
    pub parts: [Part; 2],
    /// What went wrong with requests, the first few times.
    pub failures: Vec<String>,
}

impl Boot {
    /// How soon the service is ready.
    pub const READY: Duration = Duration::from_secs(2);
    /// How soon after its appearance Redis answers requests.
    pub const FIRST_HIT: Duration = Duration::from_secs(3);

    const PATIENCE: Duration = Duration::from_secs(20);
    /// Between two looks at a service that starts.
    const LOOK: Duration = Duration::from_millis(2);

    /// Starts the service, and then its Redis.
    ///
    /// # Errors
    /// `Unavailable` when the server or the service cannot be started, `Timeout` when the service does not get ready.
    pub async fn start(&self) -> Result<Booted> {
        let clock = SystemClock::new();
        // A server that was there keeps its port for later, and refuses connections meanwhile.
        let server = RedisServer::start().await?;
        server.kill()?;
        let began = clock.now();
        let service = Service::start(&self.service, &server.url(), &clock).await?;
        let ready = ready(&Connections::to(service.address(), clock), &clock).await?;
        let (stop, stopped) = watch::channel(false);
        let load = Load::new(Connections::to(service.address(), clock), clock, self.rate);
        let load = tokio::spawn(load.run(stopped));
        pause(&clock, self.without).await;
        server.start_again().await?;
        let there = clock.now();
        pause(&clock, self.with).await;
        stop.send_replace(true);
        Ok(self.judge(&ended(load).await, ready.since(began), there))
    }

    fn judge(&self, samples: &[Sample], ready_after: Duration, there: Moment) -> Booted {
        let part = |from: Moment, to: Moment| samples.iter().filter(move |sample| (from..to).contains(&sample.due));
        let hit = part(there, Moment::NEVER).filter(|sample| sample.is_from(Source::L2)).map(Sample::answered_at).min();
        Booted {
            boot: self.clone(),
            ready_after,
            first_hit_after: hit.map(|hit| hit.since(there)),
            parts: [Part::of(part(Moment::ORIGIN, there)), Part::of(part(there, Moment::NEVER))],
            failures: samples.iter().filter_map(|sample| sample.answer.clone().err()).take(5).collect(),
        }
    }
}

impl Booted {
    /// What was to hold, and whether it does.
    #[must_use]
    pub fn limits(&self) -> Vec<Limit> {
        let sum = |count: fn(&Part) -> usize| self.parts.iter().map(count).sum();
        vec![
            Limit::within("from the start of the process until it is ready", Boot::READY, Some(self.ready_after)),
            Limit::within(
                "from Redis's appearance to the first answer out of it",
                Boot::FIRST_HIT,
                self.first_hit_after,
            ),
            Limit::none("failed requests", sum(|part| part.failures), sum(|part| part.requests)),
        ]
    }
}

/// Waits until the service says that it is ready; says when that was.
async fn ready(connections: &Connections, clock: &SystemClock) -> Result<Moment> {
    let ready = within(clock, Boot::PATIENCE, async {
        while connections.get("/readyz").await.is_err() {
            pause(clock, Boot::LOOK).await;
        }
        clock.now()
    });
    let late = || Error::new(ErrorKind::Timeout, "start", "the service never got ready; look at what it says above");
    ready.await.ok_or_else(|| late().at("text-service"))
}
