//! One request on its way through the cache.

use std::sync::Arc;

use larder_core::{Error, LocalKey, Outcome, Result};
use larder_key::{GeneratedKey, Identity, KeyGenerator};

use crate::admission::NotKept;
use crate::ledger::{Ledger, Saved};
use crate::request::AiRequest;
use crate::settings::AiSettings;
use crate::tier::TextTier;

/// A request with what the cache needs to know of it.
pub(crate) struct Asked {
    pub(crate) request: AiRequest,
    pub(crate) key: LocalKey,
    pub(crate) identity: Identity,
    pub(crate) tier: TextTier,
    /// Why the cache has nothing to do with it, if it has not.
    pub(crate) excluded: Option<NotKept>,
}

impl Asked {
    pub(crate) fn new(request: &AiRequest, keys: &KeyGenerator, settings: &AiSettings) -> Result<Self> {
        let made = request.keyed(|request| keys.generate_request(request));
        let GeneratedKey { text, identity } =
            made.map_err(|error| Error::invalid("key", "the request has no key").because(Arc::new(error)))?;
        let characters = request.text().chars().count();
        Ok(Self {
            request: request.clone(),
            key: LocalKey::encoded(text)?,
            identity,
            tier: settings.text_size_tiers.of(characters),
            excluded: match settings {
                AiSettings { enabled: false, .. } => Some(NotKept::Disabled),
                AiSettings { max_text_length, .. } if characters > *max_text_length => Some(NotKept::TextTooLong),
                _ => None,
            },
        })
    }
}

impl Asked {
    /// The outcome as the AI layer counts it: a cache that is off is no cache that was gone around.
    pub(crate) fn outcome(&self, outcome: Outcome) -> Outcome {
        match (self.excluded, outcome) {
            (Some(NotKept::Disabled), _) => Outcome::Disabled,
            _ => outcome,
        }
    }
}

/// A request that is not counted yet. Every request is counted once, also when its caller goes away.
pub(crate) struct Counting<'a> {
    ledger: &'a Ledger,
    asked: &'a Asked,
    ended: bool,
}

impl<'a> Counting<'a> {
    pub(crate) fn new(ledger: &'a Ledger, asked: &'a Asked) -> Self {
        Self { ledger, asked, ended: false }
    }

    pub(crate) fn end(mut self, outcome: Outcome, saved: Saved) {
        self.ended = true;
        self.count(outcome, saved);
    }

    fn count(&self, outcome: Outcome, saved: Saved) {
        self.ledger.count(self.asked.request.operation(), self.asked.tier, outcome, saved);
    }
}

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.count(Outcome::Cancelled, Saved::default());
        }
    }
}
