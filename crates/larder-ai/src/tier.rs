//! Sizes of texts.

use larder_core::{Error, Result};

/// How long a text is, by the cache's [`TextTiers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextTier {
    /// Up to the first limit.
    Small,
    /// Up to the second.
    Medium,
    /// Up to the third.
    Large,
    /// Longer.
    Xlarge,
}

impl TextTier {
    /// Every tier, from short to long.
    pub const ALL: [Self; 4] = [Self::Small, Self::Medium, Self::Large, Self::Xlarge];

    /// The tier in lower case, as metrics show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
            Self::Xlarge => "xlarge",
        }
    }
}

/// The longest text of each tier, in characters, inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextTiers {
    /// The longest small text.
    pub small: usize,
    /// The longest medium text.
    pub medium: usize,
    /// The longest large text; what is longer is xlarge.
    pub large: usize,
}

impl Default for TextTiers {
    /// 500, 5 000 and 50 000 characters.
    fn default() -> Self {
        Self { small: 500, medium: 5_000, large: 50_000 }
    }
}

impl TextTiers {
    /// The tier of a text of so many characters.
    #[must_use]
    pub const fn of(&self, characters: usize) -> TextTier {
        if characters <= self.small {
            TextTier::Small
        } else if characters <= self.medium {
            TextTier::Medium
        } else if characters <= self.large {
            TextTier::Large
        } else {
            TextTier::Xlarge
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        if 0 < self.small && self.small < self.medium && self.medium < self.large {
            return Ok(());
        }
        Err(Error::invalid("build", "text tiers ascend: small < medium < large")
            .with("small", self.small)
            .with("medium", self.medium)
            .with("large", self.large))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_inclusive() {
        let tiers = TextTiers::default();
        let of: Vec<_> = [0, 500, 501, 5_000, 5_001, 50_000, 50_001].map(|length| tiers.of(length).as_str()).into();
        assert_eq!(of, ["small", "small", "medium", "medium", "large", "large", "xlarge"]);
        assert!(tiers.check().is_ok());
        assert!(TextTiers { medium: 500, ..tiers }.check().is_err());
    }
}
