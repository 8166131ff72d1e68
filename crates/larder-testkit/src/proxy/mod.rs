//! A proxy between a client and a server that does what networks do.

mod connection;
mod counters;
mod door;
mod faults;
mod line;
mod link;
mod pump;
mod upstream;
mod way;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use larder_core::Result;
use tokio::task::AbortHandle;

pub use link::ProxyLink;
pub use upstream::Upstream;
pub use way::Way;

use crate::port::ReservedPort;
use crate::{Gate, RealClock};
use counters::Counters;
use door::Door;
use faults::Faults;
use line::Line;

/// A TCP proxy that does to connections what networks do, when told to.
///
/// # Behavior
/// Without faults it passes everything on at once, ends and resets included. Faults act on open connections and on new
/// ones, one beside the other; [`heal`](Self::heal) takes all of them away. The order within a connection is always kept.
/// A client is accepted before the server is asked: when there is no server, its connection is reset.
/// Dropping the proxy breaks every connection.
///
/// # Examples
/// ```no_run
/// # larder_testkit::run(async {
/// use std::time::Duration;
///
/// use larder_testkit::{Proxy, RedisServer, Way};
///
/// let server = RedisServer::start().await?;
/// let proxy = Proxy::start(&server).await?;
/// // … a client is connected to `proxy.port()` …
/// proxy.delay(Way::Replies, Duration::from_millis(200), Duration::from_millis(100));
/// let gate = proxy.hold_when(Way::Requests, |bytes| bytes.starts_with(b"*2\r\n$3\r\nGET"));
/// // … the client asks …
/// gate.arrived().await;
/// // … the question has left the client and cannot reach the server …
/// gate.open();
/// proxy.cut().await;
/// # Ok::<(), larder_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    task: AbortHandle,
}

/// What the tasks of a proxy share.
#[derive(Debug)]
struct Shared {
    clock: RealClock,
    faults: Faults,
    counters: Counters,
    door: Door,
    links: Mutex<BTreeMap<u64, Arc<ProxyLink>>>,
}

impl Proxy {
    /// Starts a proxy to `upstream` at a free port; the runtime of the caller carries it.
    ///
    /// # Errors
    /// `Unavailable` when the system gives no port.
    pub async fn start(upstream: impl Into<Upstream>) -> Result<Self> {
        let failed = |error| crate::redis_server::broken("start", "the system gives the proxy no port", error);
        let port = ReservedPort::new().map_err(failed)?;
        let (address, listener) = (port.address(), door::listen(port.address()).map_err(failed)?);
        let shared = Arc::new(Shared {
            clock: RealClock::new(),
            faults: Faults::none(upstream.into()),
            counters: Counters::default(),
            door: Door::opened(),
            links: Mutex::default(),
        });
        let task = tokio::spawn(door::attend(port, listener, Arc::clone(&shared))).abort_handle();
        Ok(Self { shared, address, task })
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The port of [`address`](Self::address).
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Leads new connections to another server; open ones stay where they are.
    pub fn set_upstream(&self, upstream: impl Into<Upstream>) {
        self.shared.faults.set_upstream(upstream.into());
    }

    /// Makes bytes arrive later, each time by between `latency − jitter` and `latency + jitter`.
    pub fn delay(&self, way: Way, latency: Duration, jitter: Duration) {
        self.shared.faults.line(way, |line| line.delay(latency, jitter));
    }

    /// Lets no more than `bytes_per_second` pass, all connections together.
    pub fn limit(&self, way: Way, bytes_per_second: u64) {
        self.shared.faults.line(way, |line| line.limit(bytes_per_second));
    }

    /// Writes at most `bytes` at once, so that the other side reads parts of frames.
    pub fn slice(&self, way: Way, bytes: usize) {
        self.shared.faults.line(way, |line| line.slice(bytes));
    }

    /// Flips one bit in each byte with `probability`, always alike for one seed.
    pub fn corrupt(&self, way: Way, probability: f64, seed: u64) {
        self.shared.faults.line(way, |line| line.corrupt(probability, seed));
    }

    /// Drops the push frames of RESP3 (`>`) that begin from now on, whole.
    ///
    /// Other frames pass. In RESP3 the confirmation of a subscription is a push, too.
    pub fn drop_pushes(&self) {
        self.shared.faults.set_drop_pushes();
    }

    /// Swallows everything both ways and tells nobody; new clients are accepted and not answered.
    ///
    /// A connection that lost bytes stays dark after [`heal`](Self::heal) until somebody ends it: what follows without what
    /// was lost is no TCP. For a gap after which the network delivers late, hold both ways instead.
    pub fn blackhole(&self) {
        self.shared.faults.set_blackhole();
    }

    /// Holds the next requests, and all after them, at the returned gate.
    pub fn hold_requests(&self) -> Gate {
        self.hold_when(Way::Requests, |_| true)
    }

    /// Holds the next replies, and all after them, at the returned gate.
    pub fn hold_replies(&self) -> Gate {
        self.hold_when(Way::Replies, |_| true)
    }

    /// Holds bytes that `chooses` accepts at the returned gate.
    ///
    /// What comes after them on the same connection waits behind them; the gate's `arrived` tells that something is held,
    /// its `open` lets everything go. `chooses` sees what was read at once, up to 16 KiB: usually one or several whole frames.
    pub fn hold_when(&self, way: Way, chooses: impl Fn(&[u8]) -> bool + Send + Sync + 'static) -> Gate {
        self.shared.faults.hold(way, Box::new(chooses))
    }

    /// Breaks every open connection (RST on both sides), and waits for it.
    pub async fn cut(&self) {
        for link in self.links() {
            link.cut().await;
        }
    }

    /// Ends every open connection in order (FIN on both sides), and waits for it.
    pub async fn close(&self) {
        for link in self.links() {
            link.close().await;
        }
    }

    /// Refuses new connections from now on; open ones stay.
    pub async fn refuse(&self) {
        self.shared.door.set(false).await;
    }

    /// Accepts connections again.
    pub async fn accept(&self) {
        self.shared.door.set(true).await;
    }

    /// Takes every fault away, opens every gate, and accepts connections again; the upstream stays.
    pub async fn heal(&self) {
        self.shared.faults.heal();
        self.accept().await;
    }

    /// The open connections, oldest first, for faults of one of them.
    #[must_use]
    pub fn links(&self) -> Vec<Arc<ProxyLink>> {
        self.shared.links().values().cloned().collect()
    }

    /// How many connections were accepted so far.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.shared.counters.all_accepted()
    }

    /// How many bytes were passed on this way.
    #[must_use]
    pub fn bytes(&self, way: Way) -> u64 {
        self.shared.counters.all_carried(way)
    }

    /// How many push frames were dropped.
    #[must_use]
    pub fn pushes_dropped(&self) -> u64 {
        self.shared.counters.all_pushes_dropped()
    }

    /// How many bytes were corrupted.
    #[must_use]
    pub fn bytes_corrupted(&self) -> u64 {
        self.shared.counters.all_corrupted()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn open(&self) -> Arc<ProxyLink> {
        let link = Arc::new(ProxyLink::new(self.counters.accept()));
        self.links().insert(link.number(), Arc::clone(&link));
        link
    }

    fn leave(&self, link: &ProxyLink) {
        self.links().remove(&link.number());
        link.set_ended();
    }

    fn links(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<ProxyLink>>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
