//! Replies of language models, cached honestly.
//!
//! An [`AiCache`] keeps what a model answered, under a key made of everything that could change the answer: the scope
//! whose data it is, the operation, the text, the question, every option, the model. Only replies that ended well are
//! kept; a failure is an error, never a text.
//!
//! # Examples
//! ```
//! use larder_ai::{AiCache, AiRequest, Reply, Scope};
//! use larder_cache::Larder;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> larder_core::Result<()> {
//! let larder = Larder::builder().build()?;
//! let ai = AiCache::builder(&larder, "assistant").build()?;
//! let request = AiRequest::new(Scope::tenant("acme"), "summarize", "A long text …").model("gpt-4o").option("max_length", 100);
//!
//! // Your model here: a reply, or an error of its own type.
//! let ask = |_request: AiRequest| async { Ok::<_, std::io::Error>(Reply::text("A short text.")) };
//! let first = ai.get_or_generate(&request, ask).await?;
//! let second = ai.get_or_generate(&request, ask).await?;
//! assert!(!first.is_hit() && second.is_hit());
//! assert_eq!(second.to_text(), "A short text.");
//! # Ok(()) }
//! ```

mod json;
mod request;

mod reply;

mod admission;
mod settings;
mod tier;

mod answer;
mod asked;
mod kept;
mod ledger;

mod builder;
mod cache;
mod tags;

#[cfg(test)]
mod tests;

pub use admission::NotKept;
pub use answer::{AiAnswer, AiWritten};
pub use builder::AiCacheBuilder;
pub use cache::AiCache;
pub use larder_key::{Identity, KeyStatistics, Scope};
pub use ledger::{AiStatistics, OperationStatistics, Saved};
pub use reply::{Block, Finish, Reply, Usage};
pub use request::{AiMessage, AiRequest};
pub use settings::AiSettings;
pub use tier::{TextTier, TextTiers};

/// The version of the format in which replies are kept.
pub const REPLY_SCHEMA: u32 = 1;

/// The operations known by name; each has a ttl of its own.
pub const OPERATIONS: [&str; 5] = ["summarize", "sentiment", "key_points", "questions", "qa"];
