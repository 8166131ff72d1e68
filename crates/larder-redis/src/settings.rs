//! What a node was told, checked.

use std::time::Duration;

use larder_core::envelope::WriteVersion;
use larder_core::{Error, Moment, Name, Result, SharedClock, SharedRandom};

use crate::{Credentials, Endpoint, Tls};

pub(crate) struct Settings {
    pub(crate) prefix: Name,
    pub(crate) endpoint: Endpoint,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) database: u8,
    pub(crate) tls: Option<Tls>,
    pub(crate) connections: usize,
    pub(crate) connect_timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) write_timeout: Duration,
    pub(crate) max_value: u32,
    pub(crate) write_version: WriteVersion,
    pub(crate) clock: SharedClock,
    pub(crate) random: SharedRandom,
}

impl Settings {
    /// A caller who waits longer wants something else than a cache.
    const LONGEST: Duration = Duration::from_secs(60);
    /// One attempt to connect never takes longer.
    const ATTEMPT: Duration = Duration::from_secs(1);
    const MOST_CONNECTIONS: usize = 1024;

    pub(crate) fn check(&self) -> Result<()> {
        let invalid = |why| Err(Error::invalid("build", why).at("redis"));
        let timeouts = [self.connect_timeout, self.read_timeout, self.write_timeout];
        if timeouts.iter().any(|timeout| timeout.is_zero() || *timeout > Self::LONGEST) {
            return invalid("a timeout is more than nothing and at most 60 s");
        }
        if self.connections == 0 || self.connections > Self::MOST_CONNECTIONS {
            return invalid("a node has 1 to 1024 data connections");
        }
        if self.max_value == 0 {
            return invalid("a value of no bytes is none; set `max_value` to at least 1");
        }
        match &self.endpoint {
            Endpoint::Tcp { host, port } if host.is_empty() || *port == 0 => {
                invalid("a server on TCP has a host and a port above 0")
            }
            Endpoint::Unix(_) if self.tls.is_some() => {
                invalid("a socket of this machine is not encrypted; leave out `tls`")
            }
            _ => Ok(()),
        }
    }

    /// How long one attempt to connect may take.
    pub(crate) fn attempt(&self) -> Duration {
        self.connect_timeout.min(Self::ATTEMPT)
    }

    /// How long a reply may be missing before the connection is given up.
    pub(crate) fn patience(&self) -> Duration {
        let longest = self.read_timeout.max(self.write_timeout);
        (longest * 2).max(Duration::from_secs(1))
    }

    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Eight random bytes that are not all zero.
    pub(crate) fn draw(&self) -> [u8; 8] {
        loop {
            let bits = self.random.next_u64();
            if bits != 0 {
                return bits.to_le_bytes();
            }
        }
    }
}
