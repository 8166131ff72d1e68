//! What a model answered.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A model's reply: a value with a type for every way it can end, so that a failure cannot pass for a text.
///
/// `Debug` shows sizes and the finish reason, never the content.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// What it says, in order.
    pub content: Vec<Block>,
    /// Why it ended.
    pub finish: Finish,
    /// What it cost in tokens.
    pub usage: Usage,
    /// The model that answered, if it said so.
    pub model: Option<String>,
    /// Anything else the application keeps with it.
    pub data: Value,
}

/// A part of a reply.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Block {
    /// Text.
    Text(String),
    /// A call of a tool, with its arguments as the model wrote them.
    ToolCall {
        /// The id by which the tool's result is sent back.
        id: String,
        /// The tool's name.
        name: String,
        /// The arguments; JSON, if the model kept to it.
        arguments: String,
    },
}

/// Why a reply ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Finish {
    /// It was complete.
    Stop,
    /// It called tools, completely.
    ToolCalls,
    /// A limit of length cut it off.
    Length,
    /// A filter stopped it.
    ContentFilter,
    /// The model refused.
    Refusal,
    /// The provider reported an error.
    Error,
    /// The provider did not say.
    Missing,
    /// Another word of the provider.
    Other(String),
}

impl Finish {
    /// Reads the word of a provider; those of the common ones are known.
    #[must_use]
    pub fn from_word(word: Option<&str>) -> Self {
        match word {
            None | Some("") => Self::Missing,
            Some("stop" | "end_turn" | "stop_sequence" | "STOP") => Self::Stop,
            Some("tool_calls" | "tool_use" | "function_call") => Self::ToolCalls,
            Some("length" | "max_tokens" | "MAX_TOKENS") => Self::Length,
            Some("content_filter" | "SAFETY") => Self::ContentFilter,
            Some("refusal") => Self::Refusal,
            Some("error") => Self::Error,
            Some(other) => Self::Other(other.to_owned()),
        }
    }
}

/// Tokens of a request and its reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens that were read.
    pub input_tokens: u64,
    /// Tokens that were written.
    pub output_tokens: u64,
    /// Of those read, how many the provider had cached itself.
    pub cached_tokens: u64,
}

impl Reply {
    /// A complete reply of one text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            content: vec![Block::Text(text.into())],
            finish: Finish::Stop,
            usage: Usage::default(),
            model: None,
            data: Value::Null,
        }
    }

    /// The same reply, ended for this reason.
    #[must_use]
    pub fn finish(self, finish: Finish) -> Self {
        Self { finish, ..self }
    }

    /// The same reply with these tokens.
    #[must_use]
    pub fn usage(self, usage: Usage) -> Self {
        Self { usage, ..self }
    }

    /// The same reply, answered by this model.
    #[must_use]
    pub fn model(self, model: impl Into<String>) -> Self {
        Self { model: Some(model.into()), ..self }
    }

    /// The same reply with something kept beside it.
    #[must_use]
    pub fn data(self, data: Value) -> Self {
        Self { data, ..self }
    }

    /// All text blocks together.
    #[must_use]
    pub fn to_text(&self) -> String {
        let texts = self.content.iter().filter_map(|block| match block {
            Block::Text(text) => Some(text.as_str()),
            Block::ToolCall { .. } => None,
        });
        texts.collect()
    }

    /// The calls of tools: id, name, arguments.
    pub fn tool_calls(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.content.iter().filter_map(|block| match block {
            Block::ToolCall { id, name, arguments } => Some((id.as_str(), name.as_str(), arguments.as_str())),
            Block::Text(_) => None,
        })
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::ToolCall { arguments, .. } => write!(f, "ToolCall({} bytes)", arguments.len()),
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("content", &self.content)
            .field("finish", &self.finish)
            .field("usage", &self.usage)
            .finish_non_exhaustive()
    }
}
