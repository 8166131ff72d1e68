//! Labels of entries, by which many are invalidated at once.

use std::fmt;
use std::sync::Arc;

use crate::{Error, Result};

/// A label of entries: 1–128 bytes without control characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(Arc<str>);

impl Tag {
    /// The most bytes a tag may have.
    pub const MAX: usize = 128;

    /// Checks `text` and makes it a tag.
    ///
    /// # Errors
    /// `Invalid` when it is empty, too long or holds a control character.
    pub fn new(text: impl AsRef<str>) -> Result<Self> {
        let text = text.as_ref();
        if text.is_empty() || text.len() > Self::MAX {
            return Err(Error::invalid("tag", "a tag has 1 to 128 bytes").with("bytes", text.len()));
        }
        if text.chars().any(char::is_control) {
            return Err(Error::invalid("tag", "a tag holds no control characters"));
        }
        Ok(Self(text.into()))
    }

    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Tag {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The tags of one entry: none costs nothing, some are shared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tags(Option<Arc<[Tag]>>);

impl Tags {
    /// No tags.
    pub const NONE: Self = Self(None);

    /// Checks each text and makes them tags, sorted and without repetition.
    ///
    /// # Errors
    /// `Invalid` when one of them is no tag.
    pub fn new<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self> {
        texts.into_iter().map(Tag::new).collect::<Result<Vec<_>>>().map(Self::from_iter)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The tags, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Tag> {
        self.0.as_deref().unwrap_or_default().iter()
    }

    /// Whether `tag` is among them.
    #[must_use]
    pub fn contains(&self, tag: &Tag) -> bool {
        self.0.as_deref().is_some_and(|tags| tags.binary_search(tag).is_ok())
    }

    /// These and those of `other`.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        if other.is_empty() {
            return self.clone();
        }
        self.iter().chain(other).cloned().collect()
    }
}

impl FromIterator<Tag> for Tags {
    fn from_iter<I: IntoIterator<Item = Tag>>(tags: I) -> Self {
        let mut tags: Vec<Tag> = tags.into_iter().collect();
        tags.sort_unstable();
        tags.dedup();
        Self((!tags.is_empty()).then(|| tags.into()))
    }
}

impl<'a> IntoIterator for &'a Tags {
    type Item = &'a Tag;
    type IntoIter = std::slice::Iter<'a, Tag>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_a_set() {
        let tags = Tags::new(["b", "a", "b"]).unwrap();
        assert_eq!(tags.iter().map(Tag::as_str).collect::<Vec<_>>(), ["a", "b"]);
        assert!(tags.contains(&Tag::new("a").unwrap()) && !tags.contains(&Tag::new("c").unwrap()));
        assert_eq!(tags.and(&Tags::new(["c"]).unwrap()).iter().count(), 3);
        assert!(Tags::new([""]).is_err() && Tags::new(["a\n"]).is_err());
    }
}
