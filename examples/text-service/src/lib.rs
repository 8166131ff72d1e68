//! The demo application of Larder: a web service that caches real text operations.
//!
//! A text and an [`Operation`] make a [`Prompt`]; a [`Model`](models::Model) answers it; [`Replies`] keeps the answer, so
//! that the same prompt is not worked on twice. [`http`] shows all of it as a JSON interface and one page.

mod answer;
pub mod cli;
pub mod documents;
pub mod http;
mod ledger;
pub mod models;
mod nearest;
mod operation;
mod options;
mod prompt;
mod replies;
pub mod serve;
pub mod smoke;
mod time;

pub use answer::{Answer, FinishReason, Usage};
pub use ledger::Ledger;
pub use operation::{Operation, UnknownOperation};
pub use options::{OptionFault, Options};
pub use prompt::{MAX_QUESTION, MAX_TEXT, Prompt};
pub use replies::{Found, Replies, Reply, ReplyError, Saved};
