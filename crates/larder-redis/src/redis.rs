//! A node on a server.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use fred::types::Value;
use futures_util::future::{join_all, select};
use larder_core::{Error, Name, Result};
use tokio::runtime::Handle;

use crate::failure::Failure;
use crate::figures::Figures;
use crate::line::Line;
use crate::node::Node;
use crate::offset::Offset;
use crate::race::within;
use crate::script::Script;
use crate::settings::Settings;
use crate::{Endpoint, Link, RedisBuilder};

/// Entries in Redis, shared by every node that names the same server, database and prefix. Clones are one node.
///
/// It connects by itself and goes on doing so for ever: a server that is gone is `Unavailable` at once, and used again as
/// soon as it is back. Every call ends within its timeout. Two nodes of one process are built separately.
///
/// # Examples
/// ```no_run
/// # use larder_core::{Name, Result, SharedClock, SharedRandom};
/// # async fn example(clock: SharedClock, random: SharedRandom) -> Result<()> {
/// use larder_redis::{Credentials, Endpoint, Redis};
///
/// let redis = Redis::builder(Name::new("shop")?, Endpoint::tcp("cache.internal", 6379))
///     .credentials(Credentials::new(Some("cache".into()), "from a secret store"))
///     .clock(clock)
///     .random(random)
///     .build()?;
/// assert!(redis.connected(std::time::Duration::from_secs(2)).await);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    node: Arc<Node>,
    lines: Vec<Line>,
    figures: Figures,
}

impl Redis {
    /// A node of the application `prefix` on the server at `endpoint`.
    pub fn builder(prefix: Name, endpoint: Endpoint) -> RedisBuilder {
        RedisBuilder::new(prefix, endpoint)
    }

    pub(crate) fn start(settings: Settings) -> Result<Self> {
        if Handle::try_current().is_err() {
            let why = "connections need a tokio runtime; build the node inside of one";
            return Err(Error::invalid("build", why).at("redis"));
        }
        let node = Arc::new(Node::new(settings)?);
        let lines = (0..node.settings.connections).map(|_| Line::start(Arc::clone(&node))).collect();
        Ok(Self(Arc::new(Inner { node, lines, figures: Figures::default() })))
    }

    /// Whether the server can be asked now.
    #[must_use]
    pub fn state(&self) -> Link {
        if *self.0.node.closed.borrow() {
            Link::Closed
        } else if self.0.lines.iter().all(Line::is_connected) {
            Link::Connected
        } else {
            Link::Connecting
        }
    }

    /// Waits for the connections, for at most `within`; says whether they are there.
    ///
    /// # Cancellation
    /// Dropping the future ends the wait only; the node goes on connecting.
    pub async fn connected(&self, within: Duration) -> bool {
        let all = join_all(self.0.lines.iter().map(Line::connected));
        let closing = std::pin::pin!(self.0.node.closing());
        crate::race::within(&*self.0.node.settings.clock, within, select(all, closing)).await;
        self.state() == Link::Connected
    }

    /// Asks the server for a sign of life; says how long it took.
    ///
    /// # Errors
    /// `Unavailable` without a connection, `Timeout` after the read timeout.
    pub async fn ping(&self) -> Result<Duration> {
        let settings = self.settings();
        let sent = settings.now();
        let answer = self.ask(&self.0.lines[0], settings.read_timeout, "PING", Vec::new()).await;
        answer.map_err(|failure| failure.into_error("ping"))?;
        Ok(settings.now().since(sent))
    }

    /// Ends the node: what was asked is answered, then its connections and streams of notices end.
    ///
    /// Every later call is `Unavailable`. A node that is dropped is closed too, without the courtesy.
    pub async fn close(&self) {
        self.0.node.closed.send_replace(true);
        join_all(self.0.lines.iter().map(Line::closed)).await;
    }

    /// Where the server is.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.settings().endpoint
    }

    /// How many messages on the channels of this application were no notices, and were passed over.
    #[must_use]
    pub fn ignored_messages(&self) -> u64 {
        self.figures().ignored()
    }

    pub(crate) fn this_node(&self) -> &Node {
        &self.0.node
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.node.settings
    }

    pub(crate) fn figures(&self) -> &Figures {
        &self.0.figures
    }

    pub(crate) fn lines(&self) -> &[Line] {
        &self.0.lines
    }

    /// The number of the connection that everything about `key` goes over, so that it stays in order.
    pub(crate) fn line_of(&self, key: &str) -> usize {
        let lines = self.0.lines.len();
        if lines == 1 {
            return 0;
        }
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        usize::try_from(hasher.finish() % lines as u64).unwrap_or(0)
    }

    /// What is known of the server's time now.
    pub(crate) fn time(&self) -> Result<Offset, Failure> {
        let unknown = Failure::Broken("the server's time is not known yet; it is asked for first on every connection");
        self.0.node.time.at(self.settings().now()).ok_or(unknown)
    }

    /// Asks one thing over `line`, for at most `most`.
    pub(crate) async fn ask(
        &self,
        line: &Line,
        most: Duration,
        command: &'static str,
        arguments: Vec<Value>,
    ) -> Result<Value, Failure> {
        let connection = line.connection()?;
        let answer = within(&*self.settings().clock, most, connection.ask(command, arguments)).await;
        answer.unwrap_or(Err(Failure::Timeout))
    }

    /// Asks one thing about `key`, for at most `most`.
    pub(crate) async fn ask_about(
        &self,
        key: &str,
        most: Duration,
        command: &'static str,
        arguments: Vec<Value>,
    ) -> Result<Value, Failure> {
        self.ask(&self.0.lines[self.line_of(key)], most, command, arguments).await
    }

    /// Runs `script` on `key`, for at most `most`.
    pub(crate) async fn run(
        &self,
        script: &Script,
        key: &str,
        most: Duration,
        rest: Vec<Value>,
    ) -> Result<Value, Failure> {
        let connection = self.0.lines[self.line_of(key)].connection()?;
        let answer = within(&*self.settings().clock, most, script.run(&connection, key, rest)).await;
        answer.unwrap_or(Err(Failure::Timeout))
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("prefix", &self.settings().prefix)
            .field("endpoint", self.endpoint())
            .field("link", &self.state())
            .finish_non_exhaustive()
    }
}
