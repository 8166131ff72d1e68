//! Rust source as plain text, split into code and comments; enough for rules of style, and no parser.

mod blank;
mod definitions;
mod source;
mod words;

pub(crate) use definitions::{Definition, definitions};
pub(crate) use source::Source;
pub(crate) use words::{has_word, words};
