//! How words feel: the VADER lexicon, and the words that strengthen, weaken or turn others.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

static VALENCES: LazyLock<HashMap<&'static str, f64>> = LazyLock::new(|| {
    let lines = include_str!("../../../data/sentiment.tsv").lines();
    lines
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(word, value)| Some((word, value.parse().ok()?)))
        .collect()
});

static NEGATORS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| words(NEGATORS_LIST));
static STRONG: LazyLock<HashSet<&'static str>> = LazyLock::new(|| words(STRONG_LIST));
static WEAK: LazyLock<HashSet<&'static str>> = LazyLock::new(|| words(WEAK_LIST));

/// How much an intensifier adds or takes; the figure is VADER's.
const INTENSITY: f64 = 0.293;

const NEGATORS_LIST: &str = "aint ain't cannot hardly neither never no nobody none nope nor not nothing nowhere rarely \
    seldom without despite unlikely";
const STRONG_LIST: &str = "absolutely amazingly awfully completely considerably decidedly deeply enormously entirely \
    especially exceptionally extremely fabulously fully greatly highly hugely incredibly intensely majorly more most \
    particularly purely quite really remarkably so substantially thoroughly totally tremendously truly uber \
    unbelievably unusually utterly very";
const WEAK_LIST: &str = "almost barely fairly kinda less little marginally moderately occasionally partly scarcely \
    slightly somewhat sorta";

fn words(list: &'static str) -> HashSet<&'static str> {
    list.split_whitespace().collect()
}

/// How a word in lower case feels, −4 to 4.
pub(super) fn valence(word: &str) -> Option<f64> {
    VALENCES.get(word).copied()
}

/// Whether a word turns what follows into its opposite.
pub(super) fn negates(word: &str) -> bool {
    NEGATORS.contains(word) || word.ends_with("n't")
}

/// What a word adds to the force of the next one.
pub(super) fn intensity(word: &str) -> f64 {
    match word {
        word if STRONG.contains(word) => INTENSITY,
        word if WEAK.contains(word) => -INTENSITY,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lexicon_is_whole() {
        assert!(VALENCES.len() > 7_500, "{}", VALENCES.len());
        assert!(VALENCES.values().all(|value| (-4.0..=4.0).contains(value) && *value != 0.0));
        assert_eq!(valence("terrible"), Some(-2.1));
        assert_eq!(valence("table"), None);
        assert!(negates("doesn't") && negates("never") && !negates("ever"));
    }
}
