//! What a model gives back.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A model's answer, and what it cost.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The answer in words.
    pub text: String,
    /// The answer in parts, by operation; null when the model gave words only.
    pub data: Value,
    /// Why the model stopped.
    pub finish: FinishReason,
    /// What it read and wrote.
    pub usage: Usage,
    /// The model that answered.
    pub model: String,
}

impl fmt::Debug for Answer {
    /// Tells sizes only: answers are not for logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("text_bytes", &self.text.len())
            .field("finish", &self.finish)
            .field("usage", &self.usage)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

/// Why a model stopped. Only [`Stop`](Self::Stop) is a whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// It had said everything.
    Stop,
    /// It ran into the limit of its output.
    Length,
    /// A filter of its provider cut it off.
    ContentFilter,
    /// It wants a tool called.
    ToolCalls,
    /// It did not say, or said something unknown.
    Unknown,
}

impl FinishReason {
    /// The reason in snake case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ContentFilter => "content_filter",
            Self::ToolCalls => "tool_calls",
            Self::Unknown => "unknown",
        }
    }
}

/// What a model read and wrote, in tokens. The offline model counts a word as a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
}
