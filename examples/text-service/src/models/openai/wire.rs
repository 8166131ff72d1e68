//! The chat completions format, as far as it is used.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::prompts;
use crate::answer::{Answer, FinishReason, Usage};
use crate::models::ModelError;
use crate::prompt::Prompt;

#[derive(Serialize)]
pub(super) struct Request<'a> {
    model: &'a str,
    messages: [Message; 2],
    temperature: f32,
}

#[derive(Serialize)]
struct Message {
    role: &'static str,
    content: String,
}

impl<'a> Request<'a> {
    pub(super) fn new(model: &'a str, prompt: &Prompt) -> Self {
        let system = Message { role: "system", content: prompts::system(prompt) };
        let user = Message { role: "user", content: prompts::user(prompt) };
        Self { model, messages: [system, user], temperature: 0.0 }
    }
}

#[derive(Deserialize)]
pub(super) struct Response {
    model: Option<String>,
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Tokens>,
}

#[derive(Deserialize)]
struct Choice {
    message: Content,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    content: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

impl Response {
    /// The answer in it. `asked` is the model's name when the endpoint does not say which one answered.
    pub(super) fn into_answer(self, asked: &str) -> Result<Answer, ModelError> {
        let choice = self.choices.into_iter().next().ok_or(ModelError::Malformed("it has no choice"))?;
        let text = choice.message.content.unwrap_or_default().trim().to_owned();
        let finish = finish(choice.finish_reason.as_deref());
        if text.is_empty() {
            return Err(ModelError::Malformed("it is empty"));
        }
        let usage = self.usage.map_or_else(Usage::default, |tokens| Usage {
            input_tokens: tokens.prompt_tokens,
            output_tokens: tokens.completion_tokens,
        });
        Ok(Answer { text, data: Value::Null, finish, usage, model: self.model.unwrap_or_else(|| asked.to_owned()) })
    }
}

fn finish(reason: Option<&str>) -> FinishReason {
    match reason {
        Some("stop") => FinishReason::Stop,
        Some("length") => FinishReason::Length,
        Some("content_filter") => FinishReason::ContentFilter,
        Some("tool_calls" | "function_call") => FinishReason::ToolCalls,
        _ => FinishReason::Unknown,
    }
}
