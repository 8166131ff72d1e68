//! An answer on its way out, and where it came from.

use std::fmt;
use std::time::Duration;

use larder::ai::{AiAnswer, Finish, NotKept};
use larder::core::Tier;
use larder::prelude::*;

use crate::answer::{Answer, FinishReason, Usage};
use crate::models::ModelError;

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
    /// The tier that served it; none when the model did.
    pub tier: Option<&'static str>,
    /// What the cache took around the model: everything but the wait for the model itself.
    pub cache_time: Duration,
    /// How old it is.
    pub age: Option<Duration>,
    /// When it was stored, in milliseconds since 1970 (UTC).
    pub cached_at: Option<u64>,
    /// Why it was not stored, if it was not.
    pub not_kept: Option<&'static str>,
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

impl Reply {
    /// The reply of an answer that took `took` in all, `by_model` of it in a call of the model that this caller began.
    pub(super) fn new(answer: &AiAnswer, took: Duration, by_model: Option<Duration>) -> Self {
        let saved = answer.saved();
        let joined = || if answer.is_hit() { None } else { answer.model_time() };
        Self {
            answer: Answer {
                text: answer.to_text(),
                data: answer.data.clone(),
                finish: finish_reason(&answer.finish),
                usage: Usage { input_tokens: answer.usage.input_tokens, output_tokens: answer.usage.output_tokens },
                model: answer.model.clone().unwrap_or_default(),
            },
            found: Found {
                hit: answer.is_hit(),
                outcome: answer.outcome().as_str(),
                tier: answer.tier().map(Tier::as_str),
                // Who joined another's call waited for at most all of it.
                cache_time: took.saturating_sub(by_model.or_else(joined).unwrap_or_default()),
                age: answer.is_hit().then(|| answer.age()),
                cached_at: answer.is_hit().then(|| answer.cached_at().as_millis()),
                not_kept: answer.not_kept().map(NotKept::as_str),
            },
            model_time: answer.model_time(),
            saved: Saved { time: saved.time, input_tokens: saved.input_tokens, output_tokens: saved.output_tokens },
            text_tier: answer.text_tier().as_str(),
        }
    }
}

fn finish_reason(finish: &Finish) -> FinishReason {
    match finish {
        Finish::Stop => FinishReason::Stop,
        Finish::ToolCalls => FinishReason::ToolCalls,
        Finish::Length => FinishReason::Length,
        Finish::ContentFilter | Finish::Refusal => FinishReason::ContentFilter,
        _ => FinishReason::Unknown,
    }
}

impl From<Error> for ReplyError {
    fn from(error: Error) -> Self {
        match (error.load_error::<ModelError>(), error.kind()) {
            (Some(model), _) => Self::Model(model.clone()),
            (None, ErrorKind::Load) => Self::Model(ModelError::Broken),
            (None, _) => Self::Cache(error.to_string()),
        }
    }
}
