//! Storms on cold keys in several processes over one server.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use larder_cache::SystemClock;
use larder_core::{Error, ErrorKind, Result};
use larder_testkit::RedisServer;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::Limit;
use crate::clock::within;

/// Storms in several processes at one time.
#[derive(Clone, Debug)]
pub struct Processes {
    /// The program of the lab, which is every process.
    pub program: PathBuf,
    /// How many processes.
    pub count: usize,
    /// How many tasks ask in each.
    pub tasks: usize,
    /// How many storms, each on a key of its own.
    pub storms: usize,
    /// Whether they load by leases.
    pub lease: bool,
}

/// A process that asks when it is told to, and dies with this value.
struct Worker {
    _process: Child,
    told: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl Processes {
    /// Makes the storms.
    ///
    /// # Errors
    /// `Unavailable` when there is no server, or when a process does not start or ends before its time.
    pub async fn measure(&self) -> Result<Vec<Limit>> {
        let server = RedisServer::start().await?;
        let starting = (0..self.count).map(|_| Worker::start(self, server.port()));
        let mut workers = try_join_all(starting).await?;
        let (mut most, mut unanswered) = (0, 0);
        for storm in 0..self.storms {
            let asked = workers.iter_mut().map(|worker| worker.storm(storm, self.tasks));
            let stormed = try_join_all(asked).await?;
            most = most.max(stormed.iter().map(|(loads, _)| loads).sum());
            unanswered += stormed.iter().map(|(_, answered)| self.tasks - answered).sum::<usize>();
        }
        let Self { count, tasks, storms, lease, .. } = self;
        let how = if *lease { "with leases" } else { "without leases" };
        let what = format!("loads for {} tasks of {count} processes on a cold key, {how}", tasks * count);
        Ok(vec![
            if *lease {
                Limit::exactly(what, 1, most)
            } else {
                Limit::most(what, u64::try_from(*count).unwrap_or(u64::MAX), most)
            },
            Limit::none(format!("tasks that were not answered, {how}"), unanswered, tasks * count * storms),
        ])
    }
}

impl Worker {
    /// Longer than any start and any storm.
    const PATIENCE: Duration = Duration::from_secs(60);

    async fn start(processes: &Processes, port: u16) -> Result<Self> {
        let mut command = Command::new(&processes.program);
        command.args(["worker", "--port", &port.to_string()]);
        if processes.lease {
            command.arg("--lease");
        }
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn();
        let mut process = spawned.map_err(|error| fault("it does not start").because(Arc::new(error)))?;
        let told = process.stdin.take().expect("piped above");
        let said = BufReader::new(process.stdout.take().expect("piped above")).lines();
        let mut worker = Self { _process: process, told, said };
        match worker.hear().await?.as_str() {
            "ready" => Ok(worker),
            _ => Err(fault("it says something else than that it is ready")),
        }
    }

    /// How many loads ran in it, and how many tasks were answered.
    async fn storm(&mut self, key: usize, tasks: usize) -> Result<(u64, usize)> {
        let line = format!("{key} {tasks}\n");
        self.told.write_all(line.as_bytes()).await.map_err(|error| fault("it is gone").because(Arc::new(error)))?;
        let said = self.hear().await?;
        let mut numbers = said.split(' ').map(str::parse::<u64>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(loads)), Some(Ok(answered))) => Ok((loads, usize::try_from(answered).unwrap_or(usize::MAX))),
            _ => Err(fault("it answers something else than two numbers")),
        }
    }

    async fn hear(&mut self) -> Result<String> {
        let line = within(&SystemClock::new(), Self::PATIENCE, self.said.next_line()).await;
        let line = line.ok_or_else(|| fault("it does not answer"))?;
        line.ok().flatten().ok_or_else(|| fault("it ended before its time; look at what it says above"))
    }
}

fn fault(why: &'static str) -> Error {
    Error::new(ErrorKind::Unavailable, "measure", "a worker process of the lab is not of use").with("why", why)
}
