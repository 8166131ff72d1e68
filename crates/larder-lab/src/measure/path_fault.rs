//! What happens to the way on which a node hears the others.

use std::fmt;
use std::time::Duration;

use larder_core::Result;
use larder_testkit::{Proxy, RedisServer, Way};

/// What happens to the way between one node and its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathFault {
    /// Its connections break, and new ones are refused.
    Cut,
    /// It swallows everything and tells nobody.
    Blackhole,
    /// Notices get lost, and nothing else.
    DropPushes,
    /// The server is stopped as it stands.
    Stop,
    /// What the server says comes late.
    Delay,
}

impl PathFault {
    /// Every fault.
    pub const ALL: [Self; 5] = [Self::Cut, Self::Blackhole, Self::DropPushes, Self::Stop, Self::Delay];

    const LATE: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(100)];

    /// Whether notices are lost by it, and not only late.
    pub(super) fn loses(self) -> bool {
        self != Self::Delay
    }

    pub(super) async fn begin(self, server: &RedisServer, proxy: &Proxy) -> Result<()> {
        let [latency, jitter] = Self::LATE;
        match self {
            Self::Cut => {
                proxy.refuse().await;
                proxy.cut().await;
            }
            Self::Blackhole => proxy.blackhole(),
            Self::DropPushes => proxy.drop_pushes(),
            Self::Stop => server.pause()?,
            Self::Delay => proxy.delay(Way::Replies, latency, jitter),
        }
        Ok(())
    }

    pub(super) async fn end(self, server: &RedisServer, proxy: &Proxy) -> Result<()> {
        if self == Self::Stop {
            return server.resume();
        }
        proxy.heal().await;
        // What lost bytes is no connection any more.
        if self == Self::Blackhole {
            proxy.cut().await;
        }
        Ok(())
    }
}

impl fmt::Display for PathFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cut => "cut",
            Self::Blackhole => "blackhole",
            Self::DropPushes => "lost notices",
            Self::Stop => "stopped server",
            Self::Delay => "delay",
        })
    }
}
