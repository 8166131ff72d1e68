//! A reply on its way to the caller, with what is known of it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use larder_cache::{Loaded, Written};
use larder_core::{Outcome, Tier, WallTime};

use crate::REPLY_SCHEMA;
use crate::admission::NotKept;
use crate::kept::Kept;
use crate::ledger::Saved;
use crate::reply::Reply;
use crate::tier::TextTier;

/// A reply and how it came. Derefs to the [`Reply`], which is shared and cannot be changed.
#[derive(Clone)]
pub struct AiAnswer {
    pub(crate) loaded: Loaded<Kept>,
    pub(crate) operation: Arc<str>,
    pub(crate) text_tier: TextTier,
    pub(crate) outcome: Outcome,
    pub(crate) cached_at: WallTime,
    pub(crate) not_kept: Option<NotKept>,
}

impl AiAnswer {
    /// The reply.
    #[must_use]
    pub fn reply(&self) -> &Reply {
        &self.loaded.reply
    }

    /// Whether it came from the cache, fresh or stale.
    #[must_use]
    pub const fn is_hit(&self) -> bool {
        self.outcome.is_hit()
    }

    /// How the lookup ended.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The tier that answered; none when the model did.
    #[must_use]
    pub const fn tier(&self) -> Option<Tier> {
        self.loaded.tier()
    }

    /// What the model was asked to do.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// How long the text was.
    #[must_use]
    pub const fn text_tier(&self) -> TextTier {
        self.text_tier
    }

    /// How long ago the reply was made.
    #[must_use]
    pub const fn age(&self) -> Duration {
        self.loaded.age()
    }

    /// When the reply was made, for people.
    #[must_use]
    pub const fn cached_at(&self) -> WallTime {
        self.cached_at
    }

    /// How long the model took; none for a reply that was put.
    #[must_use]
    pub const fn model_time(&self) -> Option<Duration> {
        self.loaded.load_time()
    }

    /// The version of the format in which the reply is kept.
    #[must_use]
    pub const fn schema(&self) -> u32 {
        REPLY_SCHEMA
    }

    /// Why the reply was not kept, if it was not.
    #[must_use]
    pub const fn not_kept(&self) -> Option<NotKept> {
        self.not_kept
    }

    /// What this answer saved: nothing when the model was asked for it.
    #[must_use]
    pub fn saved(&self) -> Saved {
        if self.is_hit() { Saved::by(self.reply(), self.loaded.load_time()) } else { Saved::default() }
    }
}

impl Deref for AiAnswer {
    type Target = Reply;

    fn deref(&self) -> &Reply {
        self.reply()
    }
}

impl fmt::Debug for AiAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AiAnswer")
            .field("operation", &self.operation)
            .field("outcome", &self.outcome)
            .field("age", &self.age())
            .field("text_tier", &self.text_tier)
            .finish_non_exhaustive()
    }
}

/// What became of a `put`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a reply that did not end well is not kept"]
pub enum AiWritten {
    /// It is kept; this says in which tiers.
    Kept(Written),
    /// It is not kept.
    NotKept(NotKept),
}

impl AiWritten {
    /// Whether some tier holds the reply.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        matches!(self, Self::Kept(_))
    }
}
