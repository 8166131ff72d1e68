//! What a write is known by to later reads, on whatever node.

mod need;
mod text;
mod told;

use std::fmt;

use larder_core::Version;
use larder_core::envelope::ClockStamp;

pub(crate) use need::Need;
pub(crate) use told::{Told, digest};

/// Shows reads on other nodes which writes they must not miss.
///
/// It is of a whole application: [merged](Self::merge) tokens of several writes, in several caches, are one. Given to
/// [`CallPolicy::after`](crate::CallPolicy::after), it makes a call serve nothing from before those writes. As text it is letters,
/// digits, points and hyphens, fit for a cookie or a header. It names keys and caches by digests of eight bytes and holds no
/// value; it is not secret, and it is no permission: whoever makes one up reaches the shared tier or the origin more often,
/// and sees nothing else.
///
/// # Examples
/// ```
/// # use larder_cache::{Cache, CallPolicy, ConsistencyToken};
/// # async fn example(users: Cache<String>) -> larder_core::Result<()> {
/// let written = users.insert("123", "Ada".into()).await?;
/// let cookie = written.token().map(|token| token.to_string());
/// // … in the next request, which another node may be given:
/// let token: ConsistencyToken = cookie.as_deref().unwrap_or_default().parse().unwrap_or_default();
/// let user = users.with(CallPolicy::new().after(token)).get("123").await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ConsistencyToken {
    /// The newest write of each key, by the digest of the key.
    keys: Vec<(u64, Version)>,
    /// The newest write of all keys that are not among them.
    rest: Version,
    /// The newest invalidation of many entries of each cache, by the digest of the cache.
    caches: Vec<(u64, ClockStamp)>,
}

impl ConsistencyToken {
    /// The keys that are told apart; of more than these, what is newest holds for all the others together.
    const MAX_KEYS: usize = 16;

    /// The token of one write; none when nobody but this process knows of it.
    pub(crate) fn of(told: Told) -> Option<Self> {
        let mut token = Self::default();
        match told {
            Told::Nothing => {}
            Told::Unknown => return None,
            Told::Key(key, version) => token.keys.push((key, version)),
            Told::Cache(cache, stamp) => token.caches.push((cache, stamp)),
        }
        Some(token)
    }

    /// Takes over the writes of `other`: what is read after this token is read after both.
    pub fn merge(&mut self, other: &Self) {
        self.rest = self.rest.max(other.rest);
        other.keys.iter().for_each(|(key, version)| self.add_key(*key, *version));
        other.caches.iter().for_each(|(cache, stamp)| self.add_cache(*cache, *stamp));
    }

    /// Whether it stands for no write: every read is after it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.caches.is_empty() && self.rest == Version::NONE
    }

    fn add_key(&mut self, key: u64, version: Version) {
        if let Some((_, known)) = self.keys.iter_mut().find(|(known, _)| *known == key) {
            *known = (*known).max(version);
            return;
        }
        self.keys.push((key, version));
        if self.keys.len() > Self::MAX_KEYS {
            let oldest = (0..self.keys.len()).min_by_key(|index| self.keys[*index].1).unwrap_or(0);
            self.rest = self.rest.max(self.keys.swap_remove(oldest).1);
        }
    }

    fn add_cache(&mut self, cache: u64, stamp: ClockStamp) {
        match self.caches.iter_mut().find(|(known, _)| *known == cache) {
            // A clock that was made anew goes on from the time of the server: what is later is larger.
            Some((_, known)) if known.as_of < stamp.as_of => *known = stamp,
            Some(_) => {}
            None => self.caches.push((cache, stamp)),
        }
    }

    /// The versions of a key that a read must not miss here and in the shared tier. The digest of the key is asked for only
    /// when it matters.
    pub(crate) fn versions(&self, key: impl FnOnce() -> u64) -> (Version, Version) {
        if self.keys.is_empty() {
            return (self.rest, Version::NONE);
        }
        let key = key();
        let own = self.keys.iter().find(|(known, _)| *known == key).map_or(Version::NONE, |(_, version)| *version);
        (own.max(self.rest), own)
    }

    /// Up to where of the clock of `cache` this token stands for.
    pub(crate) fn clock(&self, cache: u64) -> Option<ClockStamp> {
        self.caches.iter().find(|(known, _)| *known == cache).map(|(_, stamp)| *stamp)
    }
}

impl Extend<Self> for ConsistencyToken {
    fn extend<T: IntoIterator<Item = Self>>(&mut self, tokens: T) {
        tokens.into_iter().for_each(|token| self.merge(&token));
    }
}

impl FromIterator<Self> for ConsistencyToken {
    fn from_iter<T: IntoIterator<Item = Self>>(tokens: T) -> Self {
        let mut all = Self::default();
        all.extend(tokens);
        all
    }
}

/// Shows for how many writes it stands.
impl fmt::Debug for ConsistencyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsistencyToken")
            .field("keys", &self.keys.len())
            .field("caches", &self.caches.len())
            .finish_non_exhaustive()
    }
}
