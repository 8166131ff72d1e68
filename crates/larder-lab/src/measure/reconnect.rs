//! How nodes that lost their server together come back.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::try_join_all;
use larder_cache::{L2Settings, SystemClock};
use larder_core::{Clock, Error, ErrorKind, Moment, Result};
use larder_testkit::{Proxy, RedisServer};
use tokio::net::TcpListener;

use super::node::Node;
use crate::Limit;
use crate::clock::pause;

/// Many nodes, and a server that is taken from all of them at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Reconnect {
    /// How many nodes, each with a connection for data and one for notices.
    pub nodes: usize,
    /// How long there is no server.
    pub lasts: Duration,
}

impl Reconnect {
    /// How much more attempts than the mean may be made within one bin, the first ones included.
    pub const PEAK: f64 = 3.0;
    const BIN: Duration = Duration::from_millis(100);

    /// Takes the server away, and gives it back.
    ///
    /// # Errors
    /// `Unavailable` when there is no server or no port, `Timeout` when a node does not find the server again.
    pub async fn measure(&self) -> Result<Vec<Limit>> {
        let (server, clock) = (RedisServer::start().await?, SystemClock::new());
        let proxy = Proxy::start(&server).await?;
        let starting = (0..self.nodes).map(|_| Node::start(proxy.port(), clock, L2Settings::default()));
        let nodes = try_join_all(starting).await?;
        // A connection that did not hold for a second is no settled one.
        pause(&clock, Duration::from_secs(2)).await;
        let attempts = Arc::<Mutex<Vec<Moment>>>::default();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(no_port)?;
        let address = listener.local_addr().map_err(no_port)?;
        let counting = tokio::spawn(count(listener, Arc::clone(&attempts), clock));
        proxy.set_upstream(address);
        let began = clock.now();
        proxy.cut().await;
        pause(&clock, self.lasts).await;
        proxy.set_upstream(&server);
        counting.abort();
        for node in &nodes {
            node.until("every node has found the server again", |status| status.listening).await?;
        }
        let attempts = attempts.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(self.judge(began, &attempts))
    }

    fn judge(&self, began: Moment, attempts: &[Moment]) -> Vec<Limit> {
        let bins = usize::try_from(self.lasts.as_millis() / Self::BIN.as_millis()).unwrap_or(usize::MAX).max(1);
        let mut counts = vec![0_u32; bins];
        for attempt in attempts {
            let bin = attempt.since(began).as_millis() / Self::BIN.as_millis();
            if let Some(count) = usize::try_from(bin).ok().and_then(|bin| counts.get_mut(bin)) {
                *count += 1;
            }
        }
        let peak = counts.iter().copied().max().unwrap_or(0);
        let total: u32 = counts.iter().sum();
        let mean = f64::from(total) / f64::from(u32::try_from(bins).unwrap_or(u32::MAX));
        let what = format!("attempts of {} nodes to connect within 100 ms, at most by mean", self.nodes);
        vec![
            Limit::ratio(what, Self::PEAK, f64::from(peak), mean),
            Limit::at_least("attempts", self.nodes * 2, usize::try_from(total).unwrap_or(usize::MAX)),
        ]
    }
}

/// Notes when somebody connects, and sends them away.
async fn count(listener: TcpListener, attempts: Arc<Mutex<Vec<Moment>>>, clock: SystemClock) {
    while let Ok((connection, _)) = listener.accept().await {
        drop(connection);
        attempts.lock().unwrap_or_else(PoisonError::into_inner).push(clock.now());
    }
}

fn no_port(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "measure", "the system gives no port to listen at").because(Arc::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f20_a_lock_step_is_seen() {
        let reconnect = Reconnect { nodes: 2, lasts: Duration::from_secs(1) };
        let at = |millis| Moment::ORIGIN + Duration::from_millis(millis);
        let spread: Vec<Moment> = (0..10).map(|bin| at(bin * 100 + 50)).collect();
        assert!(reconnect.judge(at(0), &spread).iter().all(|limit| limit.holds));
        let together: Vec<Moment> = (0..10).map(|bin| at(bin / 5 * 500 + 50)).collect();
        assert!(!reconnect.judge(at(0), &together)[0].holds, "five at one time, twice");
    }
}
