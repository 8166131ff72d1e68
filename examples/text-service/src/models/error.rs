//! Why a model did not answer.

use std::fmt;
use std::time::Duration;

/// Why a model did not answer. Tells neither text, answer nor key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelError {
    /// The text has nothing this model can work with.
    Unsuitable(&'static str),
    /// The endpoint could not be reached.
    Unreachable,
    /// The endpoint answered with another status than 200.
    Status {
        /// The HTTP status.
        status: u16,
        /// When the endpoint asks to be called again.
        retry_after: Option<Duration>,
    },
    /// The endpoint's answer could not be read.
    Malformed(&'static str),
    /// The model took longer than it may.
    Timeout(Duration),
    /// The model broke off.
    Broken,
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsuitable(why) => write!(f, "the text cannot be worked on: {why}"),
            Self::Unreachable => f.write_str("the model's endpoint cannot be reached"),
            Self::Status { status, .. } => write!(f, "the model's endpoint answered with status {status}"),
            Self::Malformed(what) => write!(f, "the model's answer cannot be read: {what}"),
            Self::Timeout(limit) => write!(f, "the model did not answer within {} ms", limit.as_millis()),
            Self::Broken => f.write_str("the model broke off"),
        }
    }
}

impl std::error::Error for ModelError {}

impl ModelError {
    /// What the operator or the caller can do about it.
    #[must_use]
    pub fn fix(&self) -> String {
        match self {
            Self::Unsuitable(_) => "send a text with words in sentences".to_owned(),
            Self::Unreachable => "check --base-url and the network between here and there".to_owned(),
            Self::Status { status: 401 | 403, .. } => "check OPENAI_API_KEY and what it may do".to_owned(),
            Self::Status { status: 404, .. } => "check --base-url and --openai-model".to_owned(),
            Self::Status { status: 429, retry_after: Some(after) } => format!("try again in {} s", after.as_secs()),
            Self::Status { .. } | Self::Timeout(_) | Self::Broken => "try again; nothing was stored".to_owned(),
            Self::Malformed(_) => "check that --base-url speaks the OpenAI chat completions format".to_owned(),
        }
    }
}
