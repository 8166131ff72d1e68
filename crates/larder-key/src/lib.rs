//! How a cache key is made: canonical encoding, identity, readable keys.
//!
//! Two requests may share an answer only if everything that can change the answer is equal. This crate turns a
//! [`Request`] into an [`Identity`] of 256 bits that is equal exactly then, and into a key that a person can read
//! without learning what was asked. It depends on BLAKE3 and nothing else, and it works alone.
//!
//! ```
//! use larder_key::{KeyGenerator, Scope, Value};
//!
//! let keys = KeyGenerator::new();
//! let acme = Scope::tenant("acme");
//!
//! let one = keys.generate(&acme, "qa", "The text.", &[("temperature", 0.0), ("n", 1.0)], Some("What?"))?;
//! let same = keys.generate(&acme, "qa", "The text.", &[("n", 1), ("temperature", 0)], Some("What?"))?;
//! let other = keys.generate(&acme, "qa", "The text.", &[("n", Value::from("1"))], Some("What?"))?;
//!
//! assert_eq!(one, same);
//! assert_ne!(one.identity, other.identity);
//! # Ok::<(), larder_key::KeyError>(())
//! ```
//!
//! | to | use |
//! | --- | --- |
//! | make keys and count them | [`KeyGenerator`], [`GeneratedKey`], [`KeyStatistics`] |
//! | say what is asked, for whom | [`Request`], [`Message`], [`Attachment`], [`Prompt`], [`Scope`] |
//! | hash a text too large to hold | [`hash_reader`], [`TextHasher`] |
//! | encode your own types in place | [`Canonical`], [`Encoder`], [`Entries`], [`Value`] |
//! | show an id outside | [`Identity::external_id`], [`TenantSecret`] |
//! | know what is not in a key | [`EXCLUDED`] |
//!
//! # The pre-image
//!
//! An identity is keyed BLAKE3 over bytes in which no value can pretend to be another:
//!
//! | value | bytes |
//! | --- | --- |
//! | null, false, true | `n`, `f`, `t` |
//! | integer | `i`, then the number, sign last, in groups of seven bits, the lowest first |
//! | float that is no integer | `d`, then its eight bytes |
//! | text, bytes | `s` or `b`, then length, then the bytes |
//! | list, map | `l` or `m`, then count, then items, or names and values in the order of the names |
//! | record | `r`, then the fields that are present, each after its number, then `0` |
//!
//! A request is the schema version, a record of what a readable key does not show, and a record of what it shows: scope,
//! operation, digest of the text, digest of the question. The hash of the first part is the key's `opts`.
//!
//! # Texts are taken as they are
//!
//! Nothing is normalised: not case, not space, not punctuation, not line ends, not Unicode forms. Texts that differ in
//! one byte have different keys, and statistics count them the same way. Unicode NFC is not offered: a caller who wants
//! composed and decomposed letters to share an answer composes them before asking, so that the model, too, sees the one
//! text that the key names.

mod error;

mod canonical;
mod encoder;
mod entries;
mod record;
mod sink;
mod value;

mod digest;
mod excluded;
mod identity;
mod scope;

mod read_text;
mod text;
mod utf8;

mod attachment;
mod message;
mod prompt;
mod request;

mod escape;
mod generator;
mod key_text;
mod statistics;

pub use attachment::Attachment;
pub use canonical::{Canonical, preimage};
pub use digest::Digest;
pub use encoder::{Encoder, MAX_DEPTH};
pub use entries::Entries;
pub use error::{KeyError, KeyFault};
pub use escape::escape;
pub use excluded::{EXCLUDED, Excluded};
pub use generator::{DEFAULT_THRESHOLD, GeneratedKey, KeyGenerator, KeyGeneratorBuilder};
pub use identity::{Identity, TenantSecret};
pub use key_text::{MAX_READABLE_KEY, operation_part};
pub use message::Message;
pub use prompt::Prompt;
pub use read_text::{ReadText, TextHasher, hash_reader};
pub use request::{Request, SCHEMA};
pub use scope::Scope;
pub use statistics::{KeyStatistics, MAX_OPERATIONS, RECENT_KEYS, RecentKey, TEXT_SIZES, TextSizeCount};
pub use text::Text;
pub use value::Value;

/// The guide's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/keys.md")]
struct Guide;
