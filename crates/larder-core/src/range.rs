//! Sets of keys: one cache's, or one application's.

use std::fmt;
use std::sync::Arc;

use crate::{Error, Key, LocalKey, Name, Result, ablation};

/// A set of keys: everything of one application, or of one cache in it.
///
/// The range of `users` never holds a key of `usersAbc`: a range ends in the separator.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct KeyRange(Arc<str>);

impl KeyRange {
    /// Every key of the application `prefix`.
    #[must_use]
    pub fn application(prefix: &Name) -> Self {
        Self(format!("{prefix}:").into())
    }

    /// Every key of the cache `cache` in the application `prefix`.
    #[must_use]
    pub fn cache(prefix: &Name, cache: &Name) -> Self {
        Self(format!("{prefix}:{cache}:").into())
    }

    /// The text that every key of the range begins with.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `key` belongs to the range.
    #[must_use]
    pub fn contains(&self, key: &Key) -> bool {
        let start = if ablation::off("range_end") { self.0.trim_end_matches(':') } else { &*self.0 };
        key.as_str().starts_with(start)
    }

    /// The finished key of `local` in this range.
    ///
    /// # Errors
    /// `Invalid` when the finished key would be longer than [`MAX_KEY`](crate::MAX_KEY) bytes.
    pub fn key(&self, local: &str) -> Result<Key> {
        Key::new([&*self.0, local].concat())
    }

    /// The part of `key` after this range.
    ///
    /// # Errors
    /// `Invalid` when `key` is of another range.
    pub fn local(&self, key: &Key) -> Result<LocalKey> {
        match key.as_str().strip_prefix(&*self.0) {
            Some(local) => LocalKey::encoded(local),
            None => Err(Error::invalid("key", "the key is of another range").with("range", self)),
        }
    }
}

impl fmt::Display for KeyRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e72_users_is_not_users_abc() {
        let prefix = Name::new("app").unwrap();
        let users = KeyRange::cache(&prefix, &Name::new("users").unwrap());
        let others = KeyRange::cache(&prefix, &Name::new("usersAbc").unwrap());
        assert!(users.contains(&users.key("1").unwrap()));
        assert!(!users.contains(&others.key("1").unwrap()));
        assert!(KeyRange::application(&prefix).contains(&others.key("1").unwrap()));
        assert_eq!(users.local(&users.key("a|b").unwrap()).unwrap().as_str(), "a|b");
        assert!(users.local(&others.key("1").unwrap()).is_err());
    }
}
