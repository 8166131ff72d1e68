//! Questions and answers: the passage that speaks most about what the question asks (BM25 over sentences).

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

use super::Finding;
use super::document::{Document, Sentence};
use super::markdown::Kind;
use super::rank::precise;
use super::summary::rounded;
use super::terms;

/// The usual figures of BM25: how soon repetition stops counting, how much length counts.
const SATURATION: f64 = 1.2;
const LENGTH: f64 = 0.75;

/// How much a neighbour or heading that speaks of it says about a sentence.
const NEIGHBOUR: f64 = 0.25;
const HEADING: f64 = 0.5;

/// What a sentence gains by having the kind of thing the question asks for.
const FITTING: f64 = 1.2;

/// Less of the question than this is a weak match, and said to be one.
const WEAK: f64 = 0.5;

const MAX_ALTERNATIVES: usize = 3;

pub(super) fn answer(document: &Document, question: &str) -> Finding {
    let wanted = wanted(question);
    let index = Index::of(document, &wanted);
    let mut scores = index.scores(document, question);
    scores.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    scores.retain(|(_, score)| *score > 0.0);
    let Some((best, score)) = scores.first().copied() else { return nothing(&wanted) };
    let (first, last) = passage(document, best, &wanted);
    let text = (first..=last).map(|at| document.sentences[at].text.as_str()).collect::<Vec<_>>().join(" ");
    let confidence = index.covered(document, first..=last);
    let others = scores.iter().filter(|(at, _)| !(first..=last).contains(at)).take(MAX_ALTERNATIVES);
    let alternatives: Vec<Value> =
        others.map(|(at, score)| json!({ "text": document.sentences[*at].text, "score": rounded(*score) })).collect();
    let data = json!({
        "found": true, "passage": text, "position": first, "score": rounded(score), "confidence": rounded(confidence),
        "weak": confidence < WEAK, "alternatives": alternatives,
    });
    let text =
        if confidence < WEAK { format!("The text says little about this. The nearest passage: {text}") } else { text };
    Finding { text, data }
}

/// The stems to look for: of the words that say something, or of all with content when none does.
fn wanted(question: &str) -> BTreeSet<String> {
    let telling = question.unicode_words().filter(|word| !terms::is_stop(word) && !terms::is_weak(word));
    let telling: BTreeSet<String> = telling.map(terms::stem).collect();
    if telling.is_empty() { terms::content(question).into_iter().collect() } else { telling }
}

fn nothing(wanted: &BTreeSet<String>) -> Finding {
    let text = if wanted.is_empty() {
        "The question has no word to look for. Ask with the words of the text."
    } else {
        "The text does not answer this: none of the question's words stands in it."
    };
    Finding {
        text: text.to_owned(),
        data: json!({ "found": false, "passage": null, "confidence": 0, "alternatives": [] }),
    }
}

/// How rare the question's words are in the text, and how long its sentences.
struct Index {
    rarity: HashMap<String, f64>,
    mean_length: f64,
}

impl Index {
    fn of(document: &Document, wanted: &BTreeSet<String>) -> Self {
        let total = precise(document.sentences.len());
        let rarity = wanted.iter().map(|stem| {
            let holders = precise(document.sentences.iter().filter(|sentence| sentence.stems.contains(stem)).count());
            (stem.clone(), (1.0 + (total - holders + 0.5) / (holders + 0.5)).ln())
        });
        let words: usize = document.sentences.iter().map(|sentence| sentence.stems.len()).sum();
        Self { rarity: rarity.collect(), mean_length: (precise(words) / total).max(1.0) }
    }

    fn scores(&self, document: &Document, question: &str) -> Vec<(usize, f64)> {
        let own: Vec<f64> = document.sentences.iter().map(|sentence| self.score(sentence)).collect();
        let fits = expectation(question);
        let mut heading = 0.0;
        let mut scores = Vec::with_capacity(own.len());
        for (at, sentence) in document.sentences.iter().enumerate() {
            if sentence.kind == Kind::Heading {
                heading = own[at];
                continue;
            }
            let near = |other: Option<usize>| {
                let other =
                    other.filter(|other| document.sentences.get(*other).is_some_and(|s| s.block == sentence.block));
                other.map_or(0.0, |other| own[other])
            };
            let around = near(at.checked_sub(1)).max(near(Some(at + 1))) * NEIGHBOUR + heading * HEADING;
            let fit = if fits(&sentence.text) { FITTING } else { 1.0 };
            // A question is asked about a text, not copied from it.
            let answering = if sentence.text.ends_with('?') { 0.3 } else { 1.0 };
            scores.push((at, (own[at] * fit + around) * answering));
        }
        scores
    }

    fn score(&self, sentence: &Sentence) -> f64 {
        let length = 1.0 - LENGTH + LENGTH * precise(sentence.stems.len()) / self.mean_length;
        let gain = |(stem, rarity): (&String, &f64)| {
            let count = precise(sentence.stems.iter().filter(|other| *other == stem).count());
            rarity * count * (SATURATION + 1.0) / (count + SATURATION * length)
        };
        self.rarity.iter().map(gain).sum()
    }

    /// How much of the question's words, by rarity, stands in these sentences.
    fn covered(&self, document: &Document, range: std::ops::RangeInclusive<usize>) -> f64 {
        let all: f64 = self.rarity.values().sum();
        let there = |stem: &String| range.clone().any(|at| document.sentences[at].stems.contains(stem));
        let found: f64 = self.rarity.iter().filter(|(stem, _)| there(stem)).map(|(_, rarity)| rarity).sum();
        if all > 0.0 { found / all } else { 0.0 }
    }
}

/// The sentence with the next one, when that goes on about it.
fn passage(document: &Document, best: usize, wanted: &BTreeSet<String>) -> (usize, usize) {
    const POINTING: [&str; 10] = ["it", "this", "that", "they", "these", "he", "she", "so", "its", "their"];
    let Some(next) = document.sentences.get(best + 1).filter(|next| next.block == document.sentences[best].block)
    else {
        return (best, best);
    };
    let first_word = next.text.unicode_words().next().map(terms::lower).unwrap_or_default();
    let goes_on = POINTING.contains(&first_word.as_str()) || next.stems.iter().any(|stem| wanted.contains(stem));
    let short = document.sentences[best].text.len() + next.text.len() <= 400;
    (best, if goes_on && short { best + 1 } else { best })
}

/// Whether a sentence has the kind of thing that a question asks for.
fn expectation(question: &str) -> fn(&str) -> bool {
    let question = question.trim().to_lowercase();
    let asks = |words: &[&str]| words.iter().any(|word| question.contains(word));
    let begins = |word: &str| question.starts_with(word);
    if begins("when") || asks(&["what year", "which year"]) {
        has_year
    } else if asks(&["how many", "how much", "how long", "how old"]) {
        has_number
    } else if begins("why") {
        gives_reason
    } else if begins("who") {
        names_somebody
    } else {
        |_| false
    }
}

fn has_year(text: &str) -> bool {
    text.unicode_words().any(|word| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit()))
}

fn has_number(text: &str) -> bool {
    const NUMBERS: [&str; 12] =
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "dozen", "hundred", "thousand"];
    text.unicode_words().any(|word| word.bytes().any(|byte| byte.is_ascii_digit()) || NUMBERS.contains(&word))
}

fn gives_reason(text: &str) -> bool {
    ["because", "so that", "therefore", "since ", "in order to"].iter().any(|cue| text.contains(cue))
}

fn names_somebody(text: &str) -> bool {
    let words: Vec<&str> = text.unicode_words().collect();
    let is_name =
        |word: &str| word.chars().next().is_some_and(char::is_uppercase) && word.chars().any(char::is_lowercase);
    words.windows(2).skip(1).any(|pair| is_name(pair[0]) && is_name(pair[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# History\n\nMaurice Wilkes described slave memories in 1965. IBM shipped a machine with a cache \
        three years later.\n\n# Use\n\nA cache answers quickly because memory is near. It forgets what is old. Bananas \
        are yellow.";

    fn ask(question: &str) -> Finding {
        answer(&Document::read(TEXT), question)
    }

    #[test]
    fn the_best_passage_answers() {
        assert!(ask("Who described slave memories?").text.starts_with("Maurice Wilkes"));
        assert!(ask("Why does a cache answer quickly?").text.contains("because memory is near"));
        let finding = ask("What colour do bananas have?");
        assert!(finding.text.contains("Bananas are yellow."), "{}", finding.text);
        assert!(finding.data["confidence"].as_f64().unwrap() <= 1.0);
    }

    #[test]
    fn what_is_not_there_is_said_not_to_be_there() {
        let finding = ask("Where do penguins sleep?");
        assert_eq!(finding.data["found"], false);
        assert!(finding.text.contains("does not answer"));
        assert!(ask("What is it?").text.contains("no word to look for"));
        let weak = ask("Which penguins of Antarctica like yellow?");
        assert!(weak.data["weak"] == true && weak.text.contains("nearest passage"), "{}", weak.text);
    }
}
