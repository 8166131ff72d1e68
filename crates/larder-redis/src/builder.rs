//! How a node is made.

use std::fmt;
use std::time::Duration;

use larder_core::envelope::{FORMAT, MAX_VALUE, WriteVersion};
use larder_core::{Error, Name, Result, SharedClock, SharedRandom};

use crate::settings::Settings;
use crate::{Credentials, Endpoint, Redis, Tls};

/// Builds a [`Redis`]; from [`Redis::builder`].
#[must_use = "a builder does nothing until `build`"]
pub struct RedisBuilder {
    prefix: Name,
    endpoint: Endpoint,
    credentials: Option<Credentials>,
    database: u8,
    tls: Option<Tls>,
    connections: usize,
    connect_timeout: Duration,
    read_timeout: Duration,
    write_timeout: Duration,
    max_value: u32,
    write_version: u8,
    clock: Option<SharedClock>,
    random: Option<SharedRandom>,
}

impl RedisBuilder {
    pub(crate) fn new(prefix: Name, endpoint: Endpoint) -> Self {
        Self {
            prefix,
            endpoint,
            credentials: None,
            database: 0,
            tls: None,
            connections: 1,
            connect_timeout: Duration::from_secs(1),
            read_timeout: Duration::from_millis(50),
            write_timeout: Duration::from_millis(250),
            max_value: MAX_VALUE,
            write_version: FORMAT,
            clock: None,
            random: None,
        }
    }

    /// The user and password. Default: none are asked for.
    pub fn credentials(self, credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), ..self }
    }

    /// The number of the database. Default: 0.
    pub fn database(self, database: u8) -> Self {
        Self { database, ..self }
    }

    /// Encrypts the connections. Default: they are not.
    pub fn tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// How many connections carry data; a key always uses the same one. Default: 1.
    pub fn connections(self, connections: usize) -> Self {
        Self { connections, ..self }
    }

    /// How long one attempt to connect may take; never longer than a second. Default: 1 s.
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: timeout, ..self }
    }

    /// How long a read and a `begin` may take. Default: 50 ms.
    pub fn read_timeout(self, timeout: Duration) -> Self {
        Self { read_timeout: timeout, ..self }
    }

    /// How long a write may take. Default: 250 ms.
    pub fn write_timeout(self, timeout: Duration) -> Self {
        Self { write_timeout: timeout, ..self }
    }

    /// The most bytes of a payload; a larger one is refused as [`Full`](larder_core::Refusal::Full). Default: 8 MiB.
    pub fn max_value(self, bytes: u32) -> Self {
        Self { max_value: bytes, ..self }
    }

    /// The newest version of the envelope that this node writes. Default: the newest that this build knows.
    ///
    /// Before a fleet is upgraded to a build that knows a later one, set the version that all of it reads, and raise it when no
    /// old node is left.
    pub fn write_version(self, version: u8) -> Self {
        Self { write_version: version, ..self }
    }

    /// The clock of this node. There is no default.
    pub fn clock(self, clock: SharedClock) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// Where tokens, the node's id and the delays between attempts are drawn. There is no default.
    ///
    /// Two nodes must not draw the same numbers: the source of an application is seeded by its machine.
    pub fn random(self, random: SharedRandom) -> Self {
        Self { random: Some(random), ..self }
    }

    /// Builds the node and begins to connect. A server that is not there is no error: the node connects when it is.
    ///
    /// # Errors
    /// `Invalid` for a wrong setting, a version that this build cannot write, a missing clock or source of randomness, and outside
    /// of a tokio runtime.
    /// `Unsupported` for TLS in a build without the feature `tls`.
    pub fn build(self) -> Result<Redis> {
        let missing = |what: &'static str| Error::invalid("build", what).at("redis");
        let clock = self.clock.ok_or_else(|| missing("a node needs a clock; give it one with `clock`"))?;
        let random = self.random.ok_or_else(|| missing("a node draws numbers; give it a source with `random`"))?;
        let settings = Settings {
            prefix: self.prefix,
            endpoint: self.endpoint,
            credentials: self.credentials,
            database: self.database,
            tls: self.tls,
            connections: self.connections,
            connect_timeout: self.connect_timeout,
            read_timeout: self.read_timeout,
            write_timeout: self.write_timeout,
            max_value: self.max_value,
            write_version: WriteVersion::new(self.write_version).map_err(|error| error.at("redis"))?,
            clock,
            random,
        };
        settings.check()?;
        Redis::start(settings)
    }
}

impl fmt::Debug for RedisBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBuilder")
            .field("prefix", &self.prefix)
            .field("endpoint", &self.endpoint)
            .field("credentials", &self.credentials)
            .field("database", &self.database)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}
