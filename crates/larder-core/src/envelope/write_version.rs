//! Up to which version of the format a writer goes.

use super::FORMAT;
use crate::{Error, Result};

/// The newest version of the format that a writer may use, so that a fleet can upgrade its readers first.
///
/// A value is written in the lowest version that expresses it, and in none above this. There is one version so far.
///
/// # Examples
/// ```
/// use larder_core::envelope::WriteVersion;
///
/// assert_eq!(WriteVersion::new(1)?, WriteVersion::default());
/// let later = WriteVersion::new(2).unwrap_err();
/// assert!(later.to_string().contains("asked: 2, newest: 1"));
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WriteVersion(u8);

impl WriteVersion {
    /// The oldest version that this build writes.
    const OLDEST: u8 = 1;

    /// Writes up to this version.
    ///
    /// # Errors
    /// `Invalid` for a version that this build cannot write.
    pub fn new(version: u8) -> Result<Self> {
        if (Self::OLDEST..=FORMAT).contains(&version) {
            return Ok(Self(version));
        }
        let why = "this build cannot write that version of the envelope; name one that it can, or upgrade it first";
        Err(Error::invalid("build", why).with("asked", version).with("newest", FORMAT))
    }

    /// The number on the wire.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for WriteVersion {
    /// The newest.
    fn default() -> Self {
        Self(FORMAT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn b14_a_version_that_this_build_cannot_write_is_refused() {
        for version in (0..=u8::MAX).filter(|version| *version != 1) {
            assert_eq!(WriteVersion::new(version).unwrap_err().kind(), ErrorKind::Invalid, "{version}");
        }
        assert_eq!(WriteVersion::new(1).unwrap().get(), FORMAT);
    }
}
