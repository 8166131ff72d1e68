//! The seam between the service and the cache: everything the service knows of caching is in this file.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::models::{ModelError, SharedModel};
use crate::operation::Operation;
use crate::prompt::Prompt;
use crate::time::Stopwatch;

/// The replies of a model.
#[derive(Debug)]
pub struct Replies {
    model: SharedModel,
}

/// An answer, and where it came from.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// Where it was found.
    pub found: Found,
    /// What the model took for it, now or when it was stored.
    pub model_time: Option<Duration>,
    /// What was saved by not asking the model.
    pub saved: Saved,
    /// The size class of the text: `small`, `medium`, `large` or `xlarge`.
    pub text_tier: &'static str,
}

/// Where an answer was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Whether a stored answer was served.
    pub hit: bool,
    /// How the lookup ended, in snake case.
    pub outcome: &'static str,
    /// The tier that served it.
    pub tier: Option<&'static str>,
    /// How old it is.
    pub age: Option<Duration>,
    /// When it was stored, in milliseconds since 1970 (UTC).
    pub cached_at: Option<u64>,
}

/// What a hit spared; zero for everything else.
#[derive(Clone, Copy, Debug, Default)]
pub struct Saved {
    /// The model's time.
    pub time: Duration,
    /// Tokens not read again.
    pub input_tokens: u64,
    /// Tokens not written again.
    pub output_tokens: u64,
}

/// Why there is no reply.
#[derive(Clone, Debug)]
pub enum ReplyError {
    /// The model did not answer.
    Model(ModelError),
    /// The cache refused or could not do it.
    Cache(String),
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(error) => error.fmt(f),
            Self::Cache(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ReplyError {}

impl Replies {
    /// The replies of this model.
    #[must_use]
    pub const fn new(model: SharedModel) -> Self {
        Self { model }
    }

    /// The model's name.
    #[must_use]
    pub fn model(&self) -> &str {
        self.model.name()
    }

    /// Answers a prompt.
    ///
    /// # Errors
    ///
    /// [`ReplyError::Model`] when the model did not answer; nothing is stored then.
    pub async fn answer(&self, prompt: &Prompt) -> Result<Reply, ReplyError> {
        let watch = Stopwatch::start();
        let answer = self.model.answer(prompt).await.map_err(ReplyError::Model)?;
        Ok(Reply {
            answer,
            found: Found { outcome: "loaded", ..Found::default() },
            model_time: Some(watch.elapsed()),
            saved: Saved::default(),
            text_tier: text_tier(&prompt.text),
        })
    }

    /// What the tiers hold and did.
    #[must_use]
    pub fn statistics(&self) -> Value {
        json!({ "tiers": [] })
    }

    /// Forgets all answers to an operation, and tells how many there were.
    ///
    /// # Errors
    ///
    /// [`ReplyError::Cache`] when the cache could not do it.
    #[expect(clippy::unused_async, reason = "invalidation waits for the tiers")]
    pub async fn forget(&self, _operation: Operation) -> Result<u64, ReplyError> {
        Ok(0)
    }

    /// Lets go of what the cache holds. Called once, after the last request.
    #[expect(clippy::unused_async, reason = "closing waits for background work")]
    pub async fn close(&self) {}
}

fn text_tier(text: &str) -> &'static str {
    match text.chars().count() {
        0..=500 => "small",
        501..=5_000 => "medium",
        5_001..=50_000 => "large",
        _ => "xlarge",
    }
}
