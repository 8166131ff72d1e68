//! The seam between the service and the cache: everything the service knows of caching is in this file.

use std::fmt;
use std::time::Duration;

use larder::ai::{AiAnswer, Block, Finish, NotKept, Usage as ReplyUsage};
use larder::core::{Departure, Tier};
use larder::prelude::*;
use serde_json::{Value, json};

use crate::answer::{Answer, FinishReason, Usage};
use crate::models::openai::PROMPT_VERSION;
use crate::models::{ModelError, SharedModel};
use crate::operation::Operation;
use crate::prompt::Prompt;

/// The replies of a model, over a cache.
#[derive(Debug)]
pub struct Replies {
    model: SharedModel,
    larder: Larder,
    ai: AiCache,
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

impl Replies {
    /// The replies of this model, kept in `larder`.
    ///
    /// # Errors
    ///
    /// When the larder's settings do not allow for replies.
    pub fn new(larder: Larder, model: SharedModel) -> Result<Self, Error> {
        let ai = AiCache::builder(&larder, "replies").build()?;
        Ok(Self { model, larder, ai })
    }

    /// The model's name.
    #[must_use]
    pub fn model(&self) -> &str {
        self.model.name()
    }

    /// Whether replies are kept at all.
    #[must_use]
    pub fn keeps(&self) -> bool {
        !self.larder.is_off() && self.ai.settings().enabled
    }

    /// Answers a prompt: from the cache, or by the model, which is asked once for any number of equal prompts at one time.
    ///
    /// # Errors
    ///
    /// [`ReplyError::Model`] when the model did not answer; nothing is stored then.
    pub async fn answer(&self, prompt: &Prompt) -> Result<Reply, ReplyError> {
        let (model, asked) = (self.model.clone(), prompt.clone());
        let generate = move |_| async move { model.answer(&asked).await.map(reply) };
        let answer = self.ai.get_or_generate(&self.request(prompt), generate).await?;
        Ok(Reply::from(&answer))
    }

    /// Everything that can change the answer. The demo has one scope: whoever reaches it may see every text in it.
    fn request(&self, prompt: &Prompt) -> AiRequest {
        let mut request =
            AiRequest::new(Scope::public(), prompt.operation.as_str(), &*prompt.text).model(self.model.name());
        request = request.prompt(prompt.operation.as_str(), PROMPT_VERSION);
        if let Some(question) = &prompt.question {
            request = request.question(&**question);
        }
        for (name, value) in prompt.options.given() {
            request = request.option(name, value);
        }
        request
    }

    /// What the tiers hold and did, and what hits saved.
    #[must_use]
    pub fn statistics(&self) -> Value {
        let (cache, ai) = (self.ai.cache_statistics(), self.ai.statistics());
        let l1 = cache.l1;
        let saved =
            |pick: fn(&larder::ai::Saved) -> u64| ai.operations.values().map(|row| pick(&row.saved)).sum::<u64>();
        let outcomes = cache.outcomes.unwrap_or_default();
        let counted = outcomes.iter().filter(|(_, count)| *count > 0);
        let not_kept = NotKept::ALL.iter().map(|why| {
            let count: u64 = ai.operations.values().map(|row| row.not_kept[*why as usize]).sum();
            (why.as_str().to_owned(), json!(count))
        });
        json!({
            "off": !self.keeps(),
            "tiers": [{
                "tier": Tier::L1.as_str(),
                "entries": l1.entries,
                "hits": l1.hits,
                "misses": l1.misses,
                "hit_rate": l1.hit_rate(),
                "evictions": l1.departures.of(Departure::Capacity) + l1.departures.of(Departure::Rejected),
                "expirations": l1.departures.of(Departure::Expired),
            }],
            "outcomes": counted.map(|(outcome, count)| (outcome.as_str().to_owned(), json!(count))).collect::<Value>(),
            "not_kept": not_kept.collect::<Value>(),
            "loads_in_flight": cache.in_flight,
            "keys": ai.keys.count,
            "saved_input_tokens": saved(|saved| saved.input_tokens),
            "saved_output_tokens": saved(|saved| saved.output_tokens),
        })
    }

    /// Forgets all answers to an operation, and tells how many there were, if that can be told.
    ///
    /// # Errors
    ///
    /// [`ReplyError::Cache`] when the cache could not do it.
    pub async fn forget(&self, operation: Operation) -> Result<Option<u64>, ReplyError> {
        let invalidated = self.ai.invalidate_operation(operation.as_str()).await?;
        Ok(invalidated.count.exact())
    }

    /// Lets go of what the cache holds. Called once, after the last request.
    pub async fn close(&self) {
        let closed = self.larder.close().await;
        tracing::info!(finished = closed.finished, cut_off = closed.cut_off, "the cache is closed");
    }
}

/// A model's answer as the cache keeps it.
fn reply(answer: Answer) -> larder::ai::Reply {
    let Answer { text, data, finish, usage, model } = answer;
    let finish = match finish {
        FinishReason::Stop => Finish::Stop,
        FinishReason::Length => Finish::Length,
        FinishReason::ContentFilter => Finish::ContentFilter,
        FinishReason::ToolCalls => Finish::ToolCalls,
        FinishReason::Unknown => Finish::Missing,
    };
    let Usage { input_tokens, output_tokens } = usage;
    let usage = ReplyUsage { input_tokens, output_tokens, cached_tokens: 0 };
    larder::ai::Reply { content: vec![Block::Text(text)], finish, usage, model: Some(model), data }
}

impl From<&AiAnswer> for Reply {
    fn from(answer: &AiAnswer) -> Self {
        let saved = answer.saved();
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
