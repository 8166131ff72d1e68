//! How long an entry is fresh, and how long after that it may still be served.

use std::time::Duration;

use crate::Moment;

/// ttl and grace of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lifetime {
    /// How long it stays fresh; [`Duration::MAX`] means for ever.
    pub ttl: Duration,
    /// How long after that it may still be served, marked stale.
    pub grace: Duration,
}

impl Lifetime {
    /// Fresh for `ttl`, and gone after it.
    #[must_use]
    pub const fn new(ttl: Duration) -> Self {
        Self { ttl, grace: Duration::ZERO }
    }

    /// Fresh for ever, until it is removed or evicted.
    #[must_use]
    pub const fn forever() -> Self {
        Self::new(Duration::MAX)
    }

    /// The same ttl, and `grace` after it.
    #[must_use]
    pub const fn with_grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// The end of freshness of something made at `born`.
    #[must_use]
    pub fn fresh_until(self, born: Moment) -> Moment {
        born + self.ttl
    }

    /// The end of grace of something made at `born`.
    #[must_use]
    pub fn ends_at(self, born: Moment) -> Moment {
        self.fresh_until(born) + self.grace
    }

    /// What something made at `born` is at `now`.
    #[must_use]
    pub fn freshness(self, born: Moment, now: Moment) -> Freshness {
        Freshness::at(now, self.fresh_until(born), self.ends_at(born))
    }
}

/// State of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Freshness {
    /// Within its ttl.
    Fresh,
    /// Past its ttl, within its grace.
    Stale,
    /// Past both; never served.
    Expired,
}

impl Freshness {
    /// The state at `now` of what is fresh before `fresh_until` and ends at `ends_at`.
    #[must_use]
    pub fn at(now: Moment, fresh_until: Moment, ends_at: Moment) -> Self {
        if now < fresh_until {
            Self::Fresh
        } else if now < ends_at {
            Self::Stale
        } else {
            Self::Expired
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness_follows_the_borders_exactly() {
        let life = Lifetime::new(Duration::from_nanos(10)).with_grace(Duration::from_nanos(5));
        let born = Moment::from_nanos(100);
        let at = |nanos| life.freshness(born, Moment::from_nanos(nanos));
        assert_eq!([at(100), at(109)], [Freshness::Fresh; 2]);
        assert_eq!([at(110), at(114)], [Freshness::Stale; 2]);
        assert_eq!([at(115), at(u64::MAX)], [Freshness::Expired; 2]);
    }

    #[test]
    fn b16_a_zero_ttl_is_never_fresh_and_for_ever_never_ends() {
        let born = Moment::from_nanos(1);
        assert_eq!(Lifetime::new(Duration::ZERO).freshness(born, born), Freshness::Expired);
        let far = Moment::from_nanos(u64::MAX - 1);
        assert_eq!(Lifetime::forever().with_grace(Duration::MAX).freshness(born, far), Freshness::Fresh);
    }
}
