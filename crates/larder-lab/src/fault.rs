//! What happens to Redis.

use std::fmt;

use larder_core::Result;
use larder_testkit::{Proxy, RedisServer};

/// What happens to the Redis of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its process is killed, and started again empty.
    Kill,
    /// Its process is stopped as it stands, and goes on: connections live, nothing answers.
    Stop,
    /// The network swallows everything both ways and tells nobody, and passes it again.
    Blackhole,
}

impl Fault {
    /// Every fault, in the order in which they are made.
    pub const ALL: [Self; 3] = [Self::Kill, Self::Stop, Self::Blackhole];

    /// The name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Stop => "stop",
            Self::Blackhole => "blackhole",
        }
    }

    /// What happens, in words.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Kill => "the server is killed (SIGKILL), and started again empty",
            Self::Stop => "the server is stopped (SIGSTOP), and goes on (SIGCONT)",
            Self::Blackhole => "the network swallows everything, and passes it again",
        }
    }

    /// Takes Redis away.
    pub(crate) fn begin(self, server: &RedisServer, proxy: &Proxy) -> Result<()> {
        match self {
            Self::Kill => server.kill(),
            Self::Stop => server.pause(),
            Self::Blackhole => {
                proxy.blackhole();
                Ok(())
            }
        }
    }

    /// Gives Redis back.
    pub(crate) async fn end(self, server: &RedisServer, proxy: &Proxy) -> Result<()> {
        match self {
            Self::Kill => server.start_again().await,
            Self::Stop => server.resume(),
            Self::Blackhole => {
                proxy.heal().await;
                Ok(())
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
