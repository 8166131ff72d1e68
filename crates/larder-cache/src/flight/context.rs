//! What a loader may say of the value it brings.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use larder_core::{LocalKey, Result, Tags};

use super::Channel;

/// Given to a loader: which key it loads, and how its value is to be kept.
///
/// Cheap to clone; a loader moves it into its future when it needs it there. What is said last counts.
#[derive(Clone, Debug)]
pub struct LoadContext {
    key: LocalKey,
    said: Arc<Mutex<Said>>,
    channel: Arc<Channel>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) ttl: Option<Duration>,
    pub(crate) grace: Option<Duration>,
    pub(crate) tags: Tags,
    pub(crate) skip: bool,
}

impl LoadContext {
    pub(crate) fn new(key: LocalKey, channel: Arc<Channel>) -> Self {
        Self { key, said: Arc::default(), channel }
    }

    /// The key that is loaded, as it is encoded in the cache.
    #[must_use]
    pub fn key(&self) -> &LocalKey {
        &self.key
    }

    /// How long the value is fresh. Wins over the call's and the cache's. Zero stores nothing and removes what was there.
    pub fn set_ttl(&self, ttl: Duration) {
        self.say(|said| said.ttl = Some(ttl));
    }

    /// How long after that it may be served as stale.
    pub fn set_grace(&self, grace: Duration) {
        self.say(|said| said.grace = Some(grace));
    }

    /// Labels of the value, besides the call's.
    ///
    /// # Errors
    /// `Invalid` when one of them is no tag.
    pub fn add_tags<T: AsRef<str>>(&self, tags: impl IntoIterator<Item = T>) -> Result<()> {
        let tags = Tags::new(tags)?;
        self.say(|said| said.tags = said.tags.and(&tags));
        Ok(())
    }

    /// Gives the value to those who wait, and changes nothing in the cache.
    pub fn skip_store(&self) {
        self.say(|said| said.skip = true);
    }

    /// Gives `handle` to those who are [attached](crate::InFlight) to this load, now or before it ends: a stream, say.
    ///
    /// One handle for each load, of whatever type they agreed on: the first. False when there was one already, or the load
    /// has ended.
    pub fn publish<T: Any + Send + Sync>(&self, handle: Arc<T>) -> bool {
        self.channel.publish(handle)
    }

    pub(crate) fn said(&self) -> Said {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn say(&self, say: impl FnOnce(&mut Said)) {
        say(&mut self.said.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
