//! Where Redis is, without ever showing how to get in.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::Secret;
use crate::redis_url_parser::parse;
use crate::shown::HIDDEN;

/// A checked Redis URL; `Display` and `Debug` show neither user, nor password, nor query.
///
/// | form | means |
/// | --- | --- |
/// | `redis://[user:password@]host[:port][/database]` | one server |
/// | `redis+sentinel://[user:password@]host[:port],…/service[/database]` | the primary that sentinels name |
/// | `redis+cluster://[user:password@]host[:port],…` | a cluster, found through any of its nodes |
/// | `unix://[user:password@]/path/of/socket[?db=1]` | a server on this machine |
///
/// `rediss` instead of `redis` means TLS. Sentinels with credentials of their own take
/// `?sentinelUsername=…&sentinelPassword=…`. Special characters in users and passwords are percent-encoded.
///
/// ```
/// use larder_config::RedisUrl;
///
/// let url = RedisUrl::parse("rediss://app:s%40cret@cache.example:6380/2")?;
/// assert_eq!(url.to_string(), "rediss://***@cache.example:6380/2");
/// assert_eq!(url.password().map(|password| password.expose().as_str()), Some("s@cret"));
/// assert!(!url.is_local());
/// # Ok::<(), larder_config::RedisUrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl {
    pub(crate) text: Secret<String>,
    pub(crate) layout: RedisLayout,
    pub(crate) tls: bool,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) hosts: Vec<RedisHost>,
    pub(crate) socket: Option<PathBuf>,
    pub(crate) service: Option<String>,
    pub(crate) database: u8,
    pub(crate) sentinel: Option<Credentials>,
}

/// How the servers behind a [`RedisUrl`] are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RedisLayout {
    /// One server over TCP.
    Single,
    /// One server over a socket of this machine.
    Unix,
    /// A primary that sentinels name.
    Sentinel,
    /// A cluster.
    Cluster,
}

/// One server of a [`RedisUrl`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RedisHost {
    /// A name or an address, IPv6 without brackets.
    pub name: String,
    /// The port.
    pub port: u16,
}

impl RedisHost {
    /// True for `localhost` and the loopback addresses.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.name.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => self.name.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
        }
    }
}

impl fmt::Display for RedisHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            write!(f, "[{}]:{}", self.name, self.port)
        } else {
            write!(f, "{}:{}", self.name, self.port)
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: Option<Secret<String>>,
    pub(crate) password: Secret<String>,
}

impl RedisUrl {
    /// Checks `text` and takes it apart.
    ///
    /// # Errors
    /// [`RedisUrlError`], which holds no part of `text`.
    pub fn parse(text: &str) -> Result<Self, RedisUrlError> {
        parse(text)
    }

    /// The whole URL with its secrets, for the one who connects.
    #[must_use]
    pub const fn expose(&self) -> &String {
        self.text.expose()
    }

    /// How the servers are arranged.
    #[must_use]
    pub const fn layout(&self) -> RedisLayout {
        self.layout
    }

    /// Whether the connection is encrypted and the server verified.
    #[must_use]
    pub const fn is_tls(&self) -> bool {
        self.tls
    }

    /// The servers; none for a socket.
    #[must_use]
    pub fn hosts(&self) -> &[RedisHost] {
        &self.hosts
    }

    /// The socket, for [`RedisLayout::Unix`].
    #[must_use]
    pub fn socket(&self) -> Option<&Path> {
        self.socket.as_deref()
    }

    /// The name of the service, for [`RedisLayout::Sentinel`].
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// The ACL user.
    #[must_use]
    pub fn user(&self) -> Option<&Secret<String>> {
        self.credentials.as_ref().and_then(|credentials| credentials.user.as_ref())
    }

    /// The password.
    #[must_use]
    pub fn password(&self) -> Option<&Secret<String>> {
        self.credentials.as_ref().map(|credentials| &credentials.password)
    }

    /// The ACL user of the sentinels.
    #[must_use]
    pub fn sentinel_user(&self) -> Option<&Secret<String>> {
        self.sentinel.as_ref().and_then(|credentials| credentials.user.as_ref())
    }

    /// The password of the sentinels.
    #[must_use]
    pub fn sentinel_password(&self) -> Option<&Secret<String>> {
        self.sentinel.as_ref().map(|credentials| &credentials.password)
    }

    /// The number of the database.
    #[must_use]
    pub const fn database(&self) -> u8 {
        self.database
    }

    /// True when nothing leaves this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.hosts.iter().all(RedisHost::is_loopback)
    }

    /// True when others on the way can read what is sent.
    #[must_use]
    pub fn is_plaintext_beyond_loopback(&self) -> bool {
        !self.tls && !self.is_local()
    }

    fn scheme(&self) -> &'static str {
        match (self.layout, self.tls) {
            (RedisLayout::Single, false) => "redis",
            (RedisLayout::Single, true) => "rediss",
            (RedisLayout::Unix, _) => "unix",
            (RedisLayout::Sentinel, false) => "redis+sentinel",
            (RedisLayout::Sentinel, true) => "rediss+sentinel",
            (RedisLayout::Cluster, false) => "redis+cluster",
            (RedisLayout::Cluster, true) => "rediss+cluster",
        }
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme())?;
        if self.credentials.is_some() {
            write!(f, "{HIDDEN}@")?;
        }
        for (index, host) in self.hosts.iter().enumerate() {
            write!(f, "{}{host}", if index == 0 { "" } else { "," })?;
        }
        if let Some(socket) = &self.socket {
            f.write_str(&socket.to_string_lossy())?;
        }
        if let Some(service) = &self.service {
            write!(f, "/{service}")?;
        }
        if self.database == 0 { Ok(()) } else { write!(f, "/{}", self.database) }
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({self})")
    }
}

impl FromStr for RedisUrl {
    type Err = RedisUrlError;

    fn from_str(text: &str) -> Result<Self, RedisUrlError> {
        Self::parse(text)
    }
}

/// Why a text is no Redis URL. It holds no part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedisUrlError {
    /// What is wrong.
    pub why: &'static str,
    /// How to mend it.
    pub suggestion: &'static str,
}

impl fmt::Display for RedisUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the Redis URL {}; {}", self.why, self.suggestion)
    }
}

impl std::error::Error for RedisUrlError {}

impl From<RedisUrlError> for larder_core::Error {
    fn from(error: RedisUrlError) -> Self {
        Self::invalid("configure", error.to_string())
    }
}
