//! The service under load while its Redis is away.

use std::path::PathBuf;
use std::time::Duration;

use larder_cache::{L2Settings, SystemClock};
use larder_core::{Clock, Moment, Result};
use larder_testkit::{Proxy, RedisServer};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::pause;
use crate::connection::Connections;
use crate::load::{Load, Sample, Source};
use crate::service::Service;
use crate::watch::{Look, Probes, look, probe};
use crate::{Fault, Figures, Limit};

/// One outage to be survived.
///
/// # Behavior
/// A server, a proxy and the service are started; requests come at a steady rate through all of it, first while all is
/// well, then while Redis is away, then while it is back.
#[derive(Clone, Debug)]
pub struct Outage {
    /// The program of the service.
    pub service: PathBuf,
    /// What happens to Redis.
    pub fault: Fault,
    /// Requests in a second.
    pub rate: u32,
    /// How long all is well.
    pub warm: Duration,
    /// How long Redis is away.
    pub lasts: Duration,
    /// How long Redis is back.
    pub recovery: Duration,
}

/// How the service came through an outage.
#[derive(Clone, Debug)]
pub struct Survived {
    /// What was done.
    pub outage: Outage,
    /// The requests, in parts: all well; before the breaker opened; after; Redis back.
    pub parts: [Part; 4],
    /// From the fault until somebody who looks ten times a second saw the breaker open.
    pub opened_after: Option<Duration>,
    /// From Redis's return to the first answer out of it.
    pub resumed_after: Option<Duration>,
    /// How many probes there were, and what went wrong with some.
    pub probes: usize,
    #[allow(missing_docs)] // Said above.
    pub probe_failures: Vec<String>,
    /// The memory of the process in KiB when all was well, and at the end.
    pub resident_kib: [Option<u64>; 2],
    /// What went wrong with requests, the first few times.
    pub failures: Vec<String>,
}

/// The requests of one part.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// How many there were.
    pub requests: usize,
    /// How many were not answered, or with an error.
    pub failures: usize,
    /// How many answers came from the process, from Redis, from the model.
    pub sources: [usize; 3],
    /// What the cache took of each answer.
    pub cost: Figures,
    /// From when each request was to be sent until its answer was read.
    pub latency: Figures,
    /// How much later than that it was sent: how busy the machine was.
    pub late: Figures,
}

/// When what happened.
#[derive(Clone, Copy, Debug)]
struct Marks {
    fault: Moment,
    /// Redis answers again.
    back: Moment,
    warm_kib: Option<u64>,
}

impl Outage {
    /// What an outage costs may be so much more than the timeout of one read.
    pub const SCHEDULING: Duration = Duration::from_millis(5);
    /// What the cache may cost while nobody asks Redis.
    pub const AFTER_OPEN: Duration = Duration::from_millis(1);
    /// How soon the breaker opens.
    pub const OPENS: Duration = Duration::from_secs(1);
    /// How soon after its return Redis answers requests.
    pub const RESUMES: Duration = Duration::from_secs(3);

    /// Makes the outage.
    ///
    /// # Errors
    /// `Unavailable` when the server or the service cannot be started; what the service then does wrong is no error, and
    /// told by [`Survived::limits`].
    pub async fn survive(&self) -> Result<Survived> {
        let clock = SystemClock::new();
        let server = RedisServer::start().await?;
        let proxy = Proxy::start(&server).await?;
        let service = Service::start(&self.service, &format!("redis://{}", proxy.address()), &clock).await?;
        let (stop, stopped) = watch::channel(false);
        let to_service = || Connections::to(service.address(), clock);
        let load = tokio::spawn(Load::new(to_service(), clock, self.rate).run(stopped.clone()));
        let probes = tokio::spawn(probe(to_service(), clock, stopped.clone()));
        let looks = tokio::spawn(look(to_service(), clock, stopped));
        let marks = self.play(&server, &proxy, &service, &clock).await?;
        stop.send_replace(true);
        let (samples, probes, looks) = (ended(load).await, ended(probes).await, ended(looks).await);
        Ok(self.judge(&samples, probes, &looks, marks, service.resident_kib()))
    }

    async fn play(&self, server: &RedisServer, proxy: &Proxy, service: &Service, clock: &SystemClock) -> Result<Marks> {
        pause(clock, self.warm).await;
        let (warm_kib, fault) = (service.resident_kib(), clock.now());
        self.fault.begin(server, proxy)?;
        pause(clock, self.lasts).await;
        self.fault.end(server, proxy).await?;
        let back = clock.now();
        pause(clock, self.recovery).await;
        Ok(Marks { fault, back, warm_kib })
    }

    fn judge(&self, samples: &[Sample], probes: Probes, looks: &[Look], marks: Marks, kib: Option<u64>) -> Survived {
        let Marks { fault, back, warm_kib } = marks;
        let opened = looks.iter().find(|look| look.at >= fault && look.at < back && look.open).map(|look| look.at);
        // What was sent before anybody saw the breaker open may have met it closed, and what was sent while such a request
        // still waits for Redis may have joined it.
        let open = opened.map_or(back, |opened| (opened + L2Settings::default().read_timeout).min(back));
        let part = |from: Moment, to: Moment| samples.iter().filter(move |sample| (from..to).contains(&sample.due));
        let resumed =
            part(back, Moment::NEVER).filter(|sample| sample.is_from(Source::L2)).map(Sample::answered_at).min();
        Survived {
            outage: self.clone(),
            parts: [(Moment::ORIGIN, fault), (fault, open), (open, back), (back, Moment::NEVER)]
                .map(|(from, to)| Part::of(part(from, to))),
            opened_after: opened.map(|opened| opened.since(fault)),
            resumed_after: resumed.map(|resumed| resumed.since(back)),
            probes: probes.count,
            probe_failures: probes.failures,
            resident_kib: [warm_kib, kib],
            failures: samples.iter().filter_map(|sample| sample.answer.clone().err()).take(5).collect(),
        }
    }
}

impl Part {
    /// What the parts of an outage are called, in their order.
    pub const NAMES: [&str; 4] = ["all is well", "away, until the breaker is open", "away, breaker open", "back"];

    pub(crate) fn of<'a>(samples: impl Iterator<Item = &'a Sample> + Clone) -> Self {
        let answers = samples.clone().filter_map(|sample| sample.answer.as_ref().ok());
        let from = |source| answers.clone().filter(|answer| answer.source == source).count();
        Self {
            requests: samples.clone().count(),
            failures: samples.clone().filter(|sample| sample.answer.is_err()).count(),
            sources: [Source::L1, Source::L2, Source::Model].map(from),
            cost: answers.clone().map(|answer| answer.cost).collect(),
            latency: samples.clone().map(|sample| sample.latency).collect(),
            late: samples.map(|sample| sample.late).collect(),
        }
    }
}

impl Survived {
    /// How long a call may wait for Redis while the breaker is closed.
    #[must_use]
    pub fn before_open() -> Duration {
        L2Settings::default().read_timeout + Outage::SCHEDULING
    }

    /// What was to hold, and whether it does.
    #[must_use]
    pub fn limits(&self) -> Vec<Limit> {
        let [_, closed, open, _] = &self.parts;
        let sum = |count: fn(&Part) -> usize| self.parts.iter().map(count).sum();
        vec![
            Limit::none("failed requests", sum(|part| part.failures), sum(|part| part.requests)),
            Limit::within("until the breaker opens", Outage::OPENS, self.opened_after),
            Limit::at_most("cost of the cache before that", Self::before_open(), &closed.cost),
            Limit::at_most("cost of the cache after that", Outage::AFTER_OPEN, &open.cost),
            Limit::within("from Redis's return to the first answer out of it", Outage::RESUMES, self.resumed_after),
            Limit::none("failed probes", self.probe_failures.len(), self.probes),
        ]
    }
}

/// What a task gives; none of them is ever aborted.
pub(crate) async fn ended<T>(task: JoinHandle<T>) -> T {
    task.await.unwrap_or_else(|failure| std::panic::resume_unwind(failure.into_panic()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Answer;

    fn at(millis: u64) -> Moment {
        Moment::ORIGIN + Duration::from_millis(millis)
    }

    fn sample(due: u64, source: Source, cost_us: u64) -> Sample {
        let answer = Ok(Answer { source, cost: Duration::from_micros(cost_us) });
        Sample { due: at(due), late: Duration::ZERO, latency: Duration::from_millis(2), answer }
    }

    fn outage() -> Outage {
        let [warm, lasts, recovery] = [5, 20, 10].map(Duration::from_secs);
        Outage { service: PathBuf::new(), fault: Fault::Stop, rate: 500, warm, lasts, recovery }
    }

    fn judged(samples: &[Sample]) -> Survived {
        let looks = [(900, false), (1_050, false), (1_150, true), (2_050, true), (2_500, false)];
        let looks = looks.map(|(millis, open)| Look { at: at(millis), open });
        let marks = Marks { fault: at(1_000), back: at(2_000), warm_kib: None };
        outage().judge(samples, Probes { count: 6, failures: Vec::new() }, &looks, marks, None)
    }

    #[test]
    fn requests_belong_to_the_part_in_which_they_were_to_be_sent() {
        let survived = judged(&[
            sample(500, Source::L2, 300),
            sample(1_100, Source::Model, 50_400),
            sample(1_199, Source::Model, 50_900),
            sample(1_200, Source::L1, 3),
            sample(1_999, Source::Model, 200),
            sample(2_000, Source::Model, 200),
            sample(2_400, Source::L2, 200),
        ]);
        assert_eq!(survived.parts.clone().map(|part| part.requests), [1, 2, 2, 2]);
        assert_eq!(survived.parts[1].sources, [0, 0, 2]);
        assert_eq!(survived.opened_after, Some(Duration::from_millis(150)));
        assert_eq!(survived.resumed_after, Some(Duration::from_millis(402)));
        assert!(survived.limits().iter().all(|limit| limit.holds), "{:?}", survived.limits());
    }

    #[test]
    fn each_limit_that_does_not_hold_is_told() {
        let mut failed = sample(1_500, Source::L1, 0);
        failed.answer = Err("503".into());
        let survived = judged(&[sample(1_010, Source::Model, 56_000), sample(1_600, Source::Model, 1_100), failed]);
        let holds: Vec<bool> = survived.limits().iter().map(|limit| limit.holds).collect();
        assert_eq!(holds, [false, true, false, false, false, true]);
        assert_eq!(survived.failures, ["503"]);
    }
}
