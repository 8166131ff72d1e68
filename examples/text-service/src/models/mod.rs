//! Who answers: a model, here in this process or behind an address.

mod error;
pub mod offline;
pub mod openai;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub use error::ModelError;
pub use offline::Offline;
pub use openai::OpenAi;

use crate::answer::Answer;
use crate::prompt::Prompt;

/// The future of [`Model::answer`].
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Answer, ModelError>> + Send + 'a>>;

/// A model that many share.
pub type SharedModel = Arc<dyn Model>;

/// Something that answers prompts.
pub trait Model: fmt::Debug + Send + Sync + 'static {
    /// The model's name. Another name means other answers.
    fn name(&self) -> &str;

    /// Answers `prompt`. Dropping the future gives up; what already runs may run to its end.
    fn answer<'a>(&'a self, prompt: &'a Prompt) -> Answering<'a>;
}
