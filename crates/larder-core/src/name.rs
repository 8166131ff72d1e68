//! Names that users give: the application's prefix and a cache's name.

use std::fmt;
use std::sync::Arc;

use crate::{Error, Result};

/// A checked name: 1–64 characters of `A–Z a–z 0–9 _ . -`.
///
/// Prefixes and cache names are `Name`s, so that `:` can separate them and no name can pretend to be two.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Arc<str>);

impl Name {
    /// The most characters a name may have.
    pub const MAX: usize = 64;

    /// Checks `text` and makes it a name.
    ///
    /// # Errors
    /// `Invalid`, naming the first wrong character or the wrong length.
    pub fn new(text: impl AsRef<str>) -> Result<Self> {
        let text = text.as_ref();
        if text.is_empty() || text.len() > Self::MAX {
            let length = text.chars().count();
            return Err(Error::invalid("name", "a name has 1 to 64 characters").with("characters", length));
        }
        match text.chars().find(|&c| !Self::allows(c)) {
            Some(wrong) => Err(Error::invalid("name", "a name is made of A–Z, a–z, 0–9, `_`, `.` and `-`")
                .with("name", format!("{text:?}"))
                .with("wrong", format!("{wrong:?}"))),
            None => Ok(Self(text.into())),
        }
    }

    const fn allows(c: char) -> bool {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_hold_a_separator() {
        assert!(Name::new("users.v2_eu-west").is_ok());
        for wrong in ["", "a:b", "a b", "ü", "a{b}", "a\n", &"x".repeat(65)] {
            assert!(Name::new(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_error_names_the_wrong_character() {
        let error = Name::new("a:b").unwrap_err().to_string();
        assert!(error.contains("':'"), "{error}");
    }
}
