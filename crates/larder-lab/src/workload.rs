//! What the service is asked: some texts often, most of them rarely.

use bytes::Bytes;
use larder_core::{Random, SeededRandom};

/// Words of which a dictionary of moods knows a few, so that the model has something to find.
const WORDS: [&str; 32] = [
    "harbour",
    "lantern",
    "wonderful",
    "river",
    "slow",
    "letter",
    "terrible",
    "garden",
    "winter",
    "bright",
    "engine",
    "happy",
    "market",
    "quiet",
    "bridge",
    "sad",
    "window",
    "excellent",
    "paper",
    "storm",
    "music",
    "awful",
    "valley",
    "clever",
    "copper",
    "gentle",
    "island",
    "broken",
    "orchard",
    "proud",
    "signal",
    "weary",
];

/// Where questions go; each text is always asked the same one.
const PATHS: [&str; 2] = ["/v1/text/sentiment", "/v1/text/key_points"];

/// One question.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) path: &'static str,
    pub(crate) body: Bytes,
}

/// Questions about many short texts, of which the first are asked most: the n-th 1/n as often as the first.
#[derive(Debug)]
pub(crate) struct Workload {
    questions: Vec<Question>,
    /// How much of all asking falls on each question and those before it.
    shares: Vec<f64>,
    random: SeededRandom,
}

impl Workload {
    /// How many texts there are: several times what the service keeps in its process.
    pub(crate) const TEXTS: u32 = 400;

    const SEED: u64 = 7;

    pub(crate) fn new() -> Self {
        let random = SeededRandom::new(Self::SEED);
        let questions = (0..Self::TEXTS).map(|number| question(number, &random)).collect();
        let weights = (1..=Self::TEXTS).map(|rank| 1.0 / f64::from(rank));
        let mut shares: Vec<f64> = weights
            .scan(0.0, |sum, weight| {
                *sum += weight;
                Some(*sum)
            })
            .collect();
        let all = shares.last().copied().unwrap_or(1.0);
        shares.iter_mut().for_each(|share| *share /= all);
        Self { questions, shares, random }
    }

    /// The next question.
    pub(crate) fn next(&self) -> Question {
        let drawn = self.random.next_fraction();
        let index = self.shares.partition_point(|share| *share <= drawn);
        self.questions[index.min(self.questions.len() - 1)].clone()
    }
}

fn question(number: u32, random: &SeededRandom) -> Question {
    let word = || WORDS[usize::from(random.next_u64().to_le_bytes()[0]) % WORDS.len()];
    let sentence = || format!("The {} {} saw a {} {} by the {}.", word(), word(), word(), word(), word());
    let text = format!("Note {number}. {} {} {}", sentence(), sentence(), sentence());
    let path = PATHS[usize::from(number.to_le_bytes()[0]) % PATHS.len()];
    Question { path, body: serde_json::json!({ "text": text }).to_string().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_texts_are_asked_most_and_none_is_left_out() {
        let workload = Workload::new();
        let asked: Vec<Bytes> = (0..100_000).map(|_| workload.next().body).collect();
        let count = |index: usize| asked.iter().filter(|body| **body == workload.questions[index].body).count();
        assert!(count(0) > 8 * count(9) && count(9) > 5 * count(99), "{} {} {}", count(0), count(9), count(99));
        assert!((0..workload.questions.len()).all(|index| count(index) > 0));
    }
}
