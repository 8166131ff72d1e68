//! Key phrases by C-value: word sequences that recur, and not only as a part of longer ones.

use std::collections::{BTreeMap, HashMap, HashSet};

use unicode_segmentation::UnicodeSegmentation;

use super::document::Document;
use super::rank::precise;
use super::terms::{is_stop, is_weak, stem};

const MAX_WORDS: usize = 3;

/// What stands only once is hardly a topic.
const ONCE: f64 = 0.4;

/// A single word says less than two that belong together.
const ALONE: f64 = 0.5;

/// A sequence of words that recurs in a text.
pub(super) struct Phrase {
    /// Its most frequent form.
    pub(super) text: String,
    pub(super) stems: Vec<String>,
    pub(super) count: usize,
    pub(super) weight: f64,
    /// The sentences it stands in, ascending.
    pub(super) sentences: Vec<usize>,
}

/// All phrases of a document, heaviest first.
pub(super) fn phrases(document: &Document) -> Vec<Phrase> {
    let found = collect(document);
    let longer = inside_longer(&found);
    let mut phrases: Vec<Phrase> = found
        .into_iter()
        .filter(|(_, seen)| seen.is_topic())
        .map(|(stems, seen)| {
            let weight = seen.weight(stems.len(), longer.get(&stems));
            let weight = if stems.len() == 1 { weight * ALONE } else { weight };
            Phrase { text: seen.form(), stems, count: seen.count, weight, sentences: seen.sentences }
        })
        .collect();
    phrases.sort_by(|left, right| right.weight.total_cmp(&left.weight).then_with(|| left.stems.cmp(&right.stems)));
    phrases
}

/// The heaviest phrases that share no word with a heavier one.
pub(super) fn distinct(phrases: Vec<Phrase>) -> impl Iterator<Item = Phrase> {
    let mut taken: HashSet<String> = HashSet::new();
    phrases.into_iter().filter(move |phrase| {
        let free = phrase.stems.iter().all(|stem| !taken.contains(stem));
        if free {
            taken.extend(phrase.stems.iter().cloned());
        }
        free
    })
}

#[derive(Default)]
struct Seen {
    count: usize,
    forms: BTreeMap<String, usize>,
    sentences: Vec<usize>,
}

impl Seen {
    fn add(&mut self, words: &[&str], sentence: usize) {
        self.count += 1;
        *self.forms.entry(words.join(" ")).or_default() += 1;
        if self.sentences.last() != Some(&sentence) {
            self.sentences.push(sentence);
        }
    }

    /// The most frequent form; of equals, the one in lower case.
    fn form(&self) -> String {
        let best = self.forms.iter().max_by_key(|(_, count)| **count);
        best.map(|(form, _)| form.clone()).unwrap_or_default()
    }

    /// Neither begins nor ends in a word that says little.
    fn is_topic(&self) -> bool {
        let form = self.form();
        let mut words = form.split(' ');
        let first = words.next().unwrap_or_default();
        !is_weak(first) && !is_weak(words.next_back().unwrap_or(first))
    }

    fn weight(&self, length: usize, longer: Option<&(usize, usize)>) -> f64 {
        let nested = longer.map_or(0.0, |(sum, kinds)| precise(*sum) / precise(*kinds));
        let early = 1.0 + 0.5 / (1.0 + precise(self.sentences.first().copied().unwrap_or(0)) / 4.0);
        let recurring = if self.count == 1 { ONCE } else { 1.0 };
        (precise(self.count) - nested) * precise(length + 1).log2() * early * recurring
    }
}

fn collect(document: &Document) -> BTreeMap<Vec<String>, Seen> {
    let mut found: BTreeMap<Vec<String>, Seen> = BTreeMap::new();
    for (position, sentence) in document.sentences.iter().enumerate() {
        for run in runs(&sentence.text) {
            let stems: Vec<String> = run.iter().map(|word| stem(word)).collect();
            for length in 1..=MAX_WORDS.min(run.len()) {
                for start in 0..=run.len() - length {
                    let span = start..start + length;
                    found.entry(stems[span.clone()].to_vec()).or_default().add(&run[span], position);
                }
            }
        }
    }
    found
}

/// Words that stand together: no stop word and no punctuation between them.
fn runs(sentence: &str) -> Vec<Vec<&str>> {
    let mut runs: Vec<Vec<&str>> = vec![Vec::new()];
    for piece in sentence.split_word_bounds() {
        let is_word = piece.chars().any(char::is_alphanumeric);
        match runs.last_mut() {
            Some(run) if is_word && !is_stop(piece) => run.push(piece),
            _ if piece == " " => {}
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// For each phrase: how often it stands inside recurring longer ones, and in how many of those.
fn inside_longer(found: &BTreeMap<Vec<String>, Seen>) -> HashMap<Vec<String>, (usize, usize)> {
    let mut inside: HashMap<Vec<String>, (usize, usize)> = HashMap::new();
    for (stems, seen) in found.iter().filter(|(stems, seen)| stems.len() > 1 && seen.count > 1) {
        for length in 1..stems.len() {
            for part in stems.windows(length) {
                let (sum, kinds) = inside.entry(part.to_vec()).or_default();
                *sum += seen.count;
                *kinds += 1;
            }
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_recurs_together_comes_first() {
        let text = "A shared store keeps entries. The shared store answers readers. Without a shared store each reader \
                    loads alone. Entries expire.";
        let names: Vec<String> = distinct(phrases(&Document::read(text))).map(|phrase| phrase.text).collect();
        assert_eq!(names[0], "shared store");
        assert!(!names.iter().any(|name| name == "store" || name == "shared"), "{names:?}");
    }

    #[test]
    fn punctuation_and_stop_words_end_a_phrase() {
        assert_eq!(runs("Fast reads, of the cold store."), [vec!["Fast", "reads"], vec!["cold", "store"]]);
    }
}
