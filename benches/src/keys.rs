//! Which keys are asked for, and how often each.

use larder_core::{Random, SeededRandom};

/// Text keys and an order of asking for them in which few keys are popular: Zipf with exponent 0.99.
///
/// The order is drawn once from a fixed seed, so that every run and every subject asks for the same keys.
#[derive(Clone, Debug)]
pub struct Keys {
    texts: Vec<String>,
    order: Vec<usize>,
}

impl Keys {
    /// Steps after which the order begins again; a power of two, so that a step costs a mask.
    const STEPS: usize = 1 << 16;
    const EXPONENT: f64 = 0.99;
    const SEED: u64 = 0x1a2d;

    /// `count` keys of 11 bytes.
    #[must_use]
    pub fn zipf(count: usize) -> Self {
        let texts = (0..count).map(|id| format!("user:{id:06}")).collect();
        let reached = cumulated_weights(count);
        let (all, random) = (reached.last().copied().unwrap_or_default(), SeededRandom::new(Self::SEED));
        let draw = |_| {
            let drawn = random.next_fraction() * all;
            reached.partition_point(|&weight| weight <= drawn).min(count.saturating_sub(1))
        };
        Self { texts, order: (0..Self::STEPS).map(draw).collect() }
    }

    /// The key to ask for at step `n`.
    #[must_use]
    pub fn nth(&self, n: usize) -> &str {
        &self.texts[self.order[n % Self::STEPS]]
    }

    /// All keys.
    #[must_use]
    pub fn all(&self) -> &[String] {
        &self.texts
    }
}

/// The weight of the first key, of the first two, and so on.
#[allow(clippy::cast_precision_loss)] // Ranks are small.
fn cumulated_weights(count: usize) -> Vec<f64> {
    let weights = (1..=count).map(|rank| (rank as f64).powf(-Keys::EXPONENT));
    weights
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn popular_keys_are_asked_for_as_often_as_their_rank_says() {
        let keys = Keys::zipf(1000);
        let count = |key: &str| (0..Keys::STEPS).filter(|&n| keys.nth(n) == key).count();
        let (first, second) = (count("user:000000"), count("user:000001"));
        // 1 / H(1000, 0.99) = 12.9 % of 65 536, and 2^-0.99 of that.
        assert!((8_200..8_750).contains(&first), "{first}");
        assert!((4_100..4_450).contains(&second), "{second}");
    }

    #[test]
    fn the_order_is_the_same_in_every_run() {
        let (one, other) = (Keys::zipf(100), Keys::zipf(100));
        assert!((0..Keys::STEPS).all(|n| one.nth(n) == other.nth(n)));
        assert_eq!(one.all().len(), 100);
    }
}
