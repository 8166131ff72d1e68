//! The seam between the service and the cache: everything the service knows of caching is in this folder.

mod reply;
mod tiers;

use std::sync::{Arc, OnceLock};

use larder::ai::{Block, Finish, Usage as ReplyUsage};
use larder::prelude::*;

pub use self::reply::{Found, Reply, ReplyError, Saved};
use crate::answer::{Answer, FinishReason, Usage};
use crate::models::SharedModel;
use crate::models::openai::PROMPT_VERSION;
use crate::operation::Operation;
use crate::prompt::Prompt;
use crate::time::Stopwatch;

/// The replies of a model, over a cache.
#[derive(Debug)]
pub struct Replies {
    model: SharedModel,
    larder: Larder,
    ai: AiCache,
}

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
        let (watch, by_model) = (Stopwatch::start(), Arc::new(OnceLock::new()));
        let (model, asked, spent) = (self.model.clone(), prompt.clone(), Arc::clone(&by_model));
        let generate = move |_| async move {
            let watch = Stopwatch::start();
            let answer = model.answer(&asked).await;
            spent.get_or_init(|| watch.elapsed());
            answer.map(reply)
        };
        let answer = self.ai.get_or_generate(&self.request(prompt), generate).await?;
        Ok(Reply::new(&answer, watch.elapsed(), by_model.get().copied()))
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

    /// Forgets all answers to an operation, here and in the shared tier.
    ///
    /// # Errors
    ///
    /// [`ReplyError::Cache`] when the cache could not do it.
    pub async fn forget(&self, operation: Operation) -> Result<Invalidated, ReplyError> {
        Ok(self.ai.invalidate_operation(operation.as_str()).await?)
    }

    /// Lets go of what the cache holds. Called once, after the last request.
    pub async fn close(&self) {
        let closed = self.larder.close().await;
        tracing::info!(
            finished = closed.finished,
            cut_off = closed.cut_off,
            pending = closed.pending,
            "the cache is closed"
        );
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
