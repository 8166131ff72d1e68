//! The server of a run, and the replica that may take its place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use larder_core::{Error, ErrorKind, Moment, Result};
use larder_testkit::{RedisServer, Reply};

use super::origin::Origin;
use super::schedule::Schedule;

/// How long a replica may take to follow.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Servers {
    first: RedisServer,
    replica: Option<RedisServer>,
    promoted: AtomicBool,
    origin: Arc<Origin>,
}

impl Servers {
    pub(super) async fn start(schedule: &Schedule, origin: Arc<Origin>) -> Result<Self> {
        let mut builder = RedisServer::builder();
        if schedule.profile.persistent {
            // What was acknowledged was written to the file before, so that the end of the process loses nothing.
            builder = builder.arg("appendonly", "yes").arg("appendfsync", "no");
        }
        if schedule.promotes() {
            builder = builder.arg("repl-diskless-sync-delay", 0);
        }
        let first = builder.start().await?;
        let replica = if schedule.promotes() { Some(RedisServer::start().await?) } else { None };
        let servers = Self { first, replica, promoted: AtomicBool::new(false), origin };
        servers.follow().await?;
        Ok(servers)
    }

    /// The one that nodes use.
    pub(super) fn current(&self) -> &RedisServer {
        match &self.replica {
            Some(replica) if self.promoted.load(Ordering::Acquire) => replica,
            _ => &self.first,
        }
    }

    pub(super) async fn command(&self, words: &[impl AsRef<[u8]> + Sync]) -> Result<Reply> {
        self.current().command(words).await
    }

    /// Lets the replica follow the first server, and waits until it does.
    async fn follow(&self) -> Result<()> {
        let Some(replica) = &self.replica else { return Ok(()) };
        let port = self.first.port().to_string();
        replica.command(&["REPLICAOF", "127.0.0.1", &port]).await?;
        self.until("the replica to follow", async || {
            Ok(replica.command(&["INFO", "replication"]).await?.field("master_link_status") == Some("up"))
        })
        .await
    }

    /// Detaches the replica: what is written from now on it will not have. None when there is none to be promoted.
    pub(super) async fn detach(&self) -> Result<Option<Moment>> {
        let Some(replica) = self.replica.as_ref().filter(|_| !self.promoted.load(Ordering::Acquire)) else {
            return Ok(None);
        };
        let from = self.origin.now();
        let offset = |reply: &Reply, field: &str| reply.field(field).and_then(|number| number.parse::<u64>().ok());
        let told = offset(&self.first.command(&["INFO", "replication"]).await?, "master_repl_offset");
        // Everything acknowledged before `from` is on the replica.
        self.until("the replica to catch up", async || {
            Ok(offset(&replica.command(&["INFO", "replication"]).await?, "slave_repl_offset") >= told)
        })
        .await?;
        replica.command(&["REPLICAOF", "NO", "ONE"]).await?;
        Ok(Some(from))
    }

    /// Kills the first server and puts the replica in its place.
    pub(super) fn promote(&self) -> Result<()> {
        self.first.kill()?;
        self.promoted.store(true, Ordering::Release);
        Ok(())
    }

    async fn until(&self, what: &'static str, mut holds: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
        let limit = self.origin.now() + PATIENCE;
        while !holds().await? {
            if self.origin.now() >= limit {
                return Err(Error::new(ErrorKind::Timeout, "chaos", format!("waited {PATIENCE:?} in vain for {what}")));
            }
            self.origin.pause(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}
