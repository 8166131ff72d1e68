//! The service under test, as a process.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use larder_cache::SystemClock;
use larder_core::{Error, ErrorKind, Result};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::clock::within;

/// The demo service in a process of its own, which dies with this value.
#[derive(Debug)]
pub(crate) struct Service {
    process: Child,
    address: SocketAddr,
    /// Kept open: a service that cannot speak might end.
    _said: Lines<BufReader<ChildStdout>>,
}

impl Service {
    /// So few that most answers have to come from Redis or from the model.
    pub(crate) const ENTRIES: u64 = 10;
    pub(crate) const PRESET: &str = "ai-production";

    const ANNOUNCEMENT: &str = "listening on http://";
    const PATIENCE: Duration = Duration::from_secs(20);

    /// Starts `program` with its Redis at `redis_url`, and waits until it says where it listens.
    pub(crate) async fn start(program: &Path, redis_url: &str, clock: &SystemClock) -> Result<Self> {
        let mut process = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env_clear()
            .env("CACHE_PRESET", Self::PRESET)
            .env("CACHE_CUSTOM_CONFIG", format!("{{\"memory_cache_size\": {}}}", Self::ENTRIES))
            .env("CACHE_REDIS_URL", redis_url)
            // What it says of every answer would be most of its work.
            .env("RUST_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                let why = "the service does not start; build it with `cargo build -p text-service` and name it";
                fault(why).with("service", program.display()).because(Arc::new(error))
            })?;
        let stdout = process.stdout.take().expect("standard output is piped above");
        let mut said = BufReader::new(stdout).lines();
        let address = within(clock, Self::PATIENCE, address(&mut said)).await;
        let address = address
            .flatten()
            .ok_or_else(|| fault("the service did not say where it listens; look at what it says above"))?;
        Ok(Self { process, address, _said: said })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How much memory the process holds, in KiB; none when the system does not tell.
    pub(crate) fn resident_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    }
}

async fn address(said: &mut Lines<BufReader<ChildStdout>>) -> Option<SocketAddr> {
    loop {
        let line = said.next_line().await.ok()??;
        if let Some(address) = line.strip_prefix(Service::ANNOUNCEMENT) {
            return address.trim().parse().ok();
        }
    }
}

fn fault(why: &'static str) -> Error {
    Error::new(ErrorKind::Unavailable, "start", why).at("text-service")
}
