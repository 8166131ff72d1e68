//! The offline model: plain algorithms on the real text. The same prompt gives the same answer, on every machine.

mod document;
mod key_points;
mod lexicon;
mod markdown;
mod passages;
mod phrases;
mod questions;
mod rank;
mod sentences;
mod sentiment;
mod summary;
mod terms;

use std::sync::Arc;
use std::thread::available_parallelism;

use serde_json::Value;
use tokio::sync::Semaphore;

use self::document::Document;
use super::{Answering, Model, ModelError};
use crate::answer::{Answer, FinishReason, Usage};
use crate::operation::Operation;
use crate::prompt::Prompt;

/// Changes with every change of the algorithms, so that stored answers of older ones are not taken for its own.
const NAME: &str = "offline-1";

/// The model that needs no network: extractive summary, lexicon sentiment, key phrases, rule-made questions, best passage.
#[derive(Debug)]
pub struct Offline {
    processors: Arc<Semaphore>,
}

impl Offline {
    /// A model that works on as many texts at once as there are processors.
    #[must_use]
    pub fn new() -> Self {
        let processors = available_parallelism().map_or(1, std::num::NonZero::get);
        Self { processors: Arc::new(Semaphore::new(processors)) }
    }
}

impl Default for Offline {
    fn default() -> Self {
        Self::new()
    }
}

impl Model for Offline {
    fn name(&self) -> &'static str {
        NAME
    }

    fn answer<'a>(&'a self, prompt: &'a Prompt) -> Answering<'a> {
        Box::pin(async move {
            let permit = Arc::clone(&self.processors).acquire_owned().await.map_err(|_| ModelError::Broken)?;
            let prompt = prompt.clone();
            let work = tokio::task::spawn_blocking(move || {
                let answer = answer(&prompt);
                drop(permit);
                answer
            });
            work.await.map_err(|_| ModelError::Broken)?
        })
    }
}

/// An answer in words and in parts.
struct Finding {
    text: String,
    data: Value,
}

fn answer(prompt: &Prompt) -> Result<Answer, ModelError> {
    let document = Document::read(&prompt.text);
    if document.sentences.is_empty() {
        return Err(ModelError::Unsuitable("it has no words"));
    }
    let options = prompt.options;
    let finding = match prompt.operation {
        Operation::Summarize => summary::summarize(&document, options.max_sentences, options.max_length),
        Operation::Sentiment => sentiment::sentiment(&document),
        Operation::KeyPoints => key_points::key_points(&document, options.count),
        Operation::Questions => questions::questions(&document, options.count),
        Operation::Qa => passages::answer(&document, prompt.question.as_deref().unwrap_or_default()),
    };
    let question_words = prompt.question.as_deref().map_or(0, terms::count_words);
    Ok(Answer {
        usage: Usage {
            input_tokens: document.words() + question_words,
            output_tokens: terms::count_words(&finding.text),
        },
        text: finding.text,
        data: finding.data,
        finish: FinishReason::Stop,
        model: NAME.to_owned(),
    })
}
