//! What many durations come to.

use std::fmt;
use std::time::Duration;

/// Durations, in order of size.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Figures(Vec<Duration>);

impl Figures {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The least duration that so many thousandths of all do not exceed; zero when there are none.
    #[must_use]
    pub fn per_mille(&self, thousandths: usize) -> Duration {
        let rank = (self.0.len() * thousandths.min(1000)).div_ceil(1000);
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// The longest.
    #[must_use]
    pub fn max(&self) -> Duration {
        self.per_mille(1000)
    }

    /// How many are longer than `limit`.
    #[must_use]
    pub fn above(&self, limit: Duration) -> usize {
        self.0.len() - self.0.partition_point(|duration| *duration <= limit)
    }
}

impl FromIterator<Duration> for Figures {
    fn from_iter<I: IntoIterator<Item = Duration>>(durations: I) -> Self {
        let mut sorted: Vec<Duration> = durations.into_iter().collect();
        sorted.sort_unstable();
        Self(sorted)
    }
}

/// Tells what they come to, not each.
impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Figures")
            .field("count", &self.count())
            .field("p50", &self.per_mille(500))
            .field("p99", &self.per_mille(990))
            .field("max", &self.max())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_of_what_was_measured() {
        let figures: Figures = (1..=1000).rev().map(Duration::from_millis).collect();
        assert_eq!(figures.per_mille(500), Duration::from_millis(500));
        assert_eq!(figures.per_mille(999), Duration::from_millis(999));
        assert_eq!((figures.max(), figures.above(Duration::from_millis(998))), (Duration::from_secs(1), 2));
        let few: Figures = [3, 1, 2].map(Duration::from_millis).into_iter().collect();
        assert_eq!((few.per_mille(500), few.per_mille(999)), (Duration::from_millis(2), Duration::from_millis(3)));
        assert_eq!((Figures::default().max(), Figures::default().above(Duration::ZERO)), (Duration::ZERO, 0));
    }
}
