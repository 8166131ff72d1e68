use std::fmt;

use crate::digest::{self, Digest};
use crate::read_text::ReadText;

/// The text of a request: whole in memory, or read and hashed in pieces.
///
/// Both give the same key. `Debug` tells the size, never the text.
#[derive(Clone, Copy)]
pub enum Text<'a> {
    /// A text in memory.
    Whole(&'a str),
    /// A text that was read in pieces by [`hash_reader`](crate::hash_reader) or a [`TextHasher`](crate::TextHasher).
    Read(&'a ReadText),
}

impl Text<'_> {
    /// Length in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Whole(text) => text.len() as u64,
            Self::Read(text) => text.bytes(),
        }
    }

    /// The digest that stands for the text in an identity, whatever its size.
    #[must_use]
    pub fn digest(&self) -> Digest {
        match self {
            Self::Whole(text) => digest_of(text),
            Self::Read(text) => *text.digest(),
        }
    }

    /// The text itself, if it is at hand.
    pub(crate) fn content(&self) -> Option<&str> {
        match self {
            Self::Whole(text) => Some(text),
            Self::Read(text) => text.content(),
        }
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self::Whole(text)
    }
}

impl<'a> From<&'a String> for Text<'a> {
    fn from(text: &'a String) -> Self {
        Self::Whole(text)
    }
}

impl<'a> From<&'a ReadText> for Text<'a> {
    fn from(text: &'a ReadText) -> Self {
        Self::Read(text)
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.bytes())
    }
}

pub(crate) fn digest_of(text: &str) -> Digest {
    Digest::keyed(&digest::TEXT, text.as_bytes())
}
