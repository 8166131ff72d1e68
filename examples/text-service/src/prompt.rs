//! What is given to a model.

use std::fmt;
use std::sync::Arc;

use crate::operation::Operation;
use crate::options::Options;

/// Longest text, in characters.
pub const MAX_TEXT: usize = 200_000;

/// Longest question, in characters.
pub const MAX_QUESTION: usize = 1_000;

/// One thing to do with one text. Cheap to clone.
#[derive(Clone)]
pub struct Prompt {
    /// What to do.
    pub operation: Operation,
    /// The text, plain or Markdown.
    pub text: Arc<str>,
    /// What to answer; only [`Operation::Qa`] has it.
    pub question: Option<Arc<str>>,
    /// Wishes about the answer.
    pub options: Options,
}

impl fmt::Debug for Prompt {
    /// Tells sizes only: texts are not for logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prompt")
            .field("operation", &self.operation)
            .field("text_bytes", &self.text.len())
            .field("question_bytes", &self.question.as_ref().map(|question| question.len()))
            .field("options", &self.options)
            .finish()
    }
}
