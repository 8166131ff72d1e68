//! Finished names of entries: the whole key, and the part that one cache sees.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::{Error, Result};

/// The most bytes a finished [`Key`] may have.
pub const MAX_KEY: usize = 1024;

/// The finished name of an entry in a store: `prefix:cache:key`.
///
/// 1 to 1024 bytes of UTF-8 without control characters; cloning copies a pointer.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Arc<str>);

impl Key {
    /// Checks `text` and makes it a key.
    ///
    /// # Errors
    /// `Invalid` when it is empty, longer than [`MAX_KEY`] bytes or holds a control character.
    pub fn new(text: impl Into<Arc<str>>) -> Result<Self> {
        let text = text.into();
        check(&text, MAX_KEY)?;
        Ok(Self(text))
    }
}

/// The name of an entry inside one cache, as it was encoded.
///
/// `keys` returns these, and every verb of a cache takes them back. Only Larder makes them, from a
/// [`CacheKey`](crate::CacheKey) or from a store's own list, except through [`LocalKey::encoded`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalKey(Arc<str>);

impl LocalKey {
    /// Takes text that is already encoded: it stands in the key exactly as it is.
    ///
    /// For crates that make keys of their own shape, such as readable keys of model requests.
    ///
    /// # Errors
    /// `Invalid` when it is empty, longer than [`MAX_LOCAL_KEY`](crate::MAX_LOCAL_KEY) bytes or holds a control character.
    pub fn encoded(text: impl Into<Arc<str>>) -> Result<Self> {
        let text = text.into();
        check(&text, crate::MAX_LOCAL_KEY)?;
        Ok(Self(text))
    }
}

fn check(text: &str, most: usize) -> Result<()> {
    let invalid = |why| Err(Error::invalid("key", why));
    if text.is_empty() {
        return invalid("a key is never empty; name what the value is of");
    }
    if text.len() > most {
        return Err(Error::invalid("key", "the key is too long").with("bytes", text.len()).with("most", most));
    }
    match text.chars().position(char::is_control) {
        Some(at) => Err(Error::invalid("key", "a key holds no control characters; escape it").with("at_character", at)),
        None => Ok(()),
    }
}

macro_rules! text_like {
    ($($name:ident),*) => {$(
        impl $name {
            /// The key as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The key as shared text, without a copy.
            #[must_use]
            pub fn into_text(self) -> Arc<str> {
                self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        /// Escaped: invisible and direction-changing characters show as codes.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    )*};
}

text_like!(Key, LocalKey);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b09_length_and_control_characters_are_checked() {
        assert!(Key::new("app:users:1").is_ok());
        assert!(Key::new("k".repeat(1024)).is_ok());
        for wrong in [String::new(), "k".repeat(1025), "a\nb".into(), "a\0b".into(), "a\u{7f}".into(), "\u{85}".into()]
        {
            assert!(Key::new(wrong.clone()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn b30_debug_escapes_what_turns_text_around() {
        let key = Key::new("abc\u{202e}def").unwrap();
        assert_eq!(format!("{key:?}"), "\"abc\\u{202e}def\"");
    }
}
