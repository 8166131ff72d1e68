//! Sentiment by lexicon, after VADER: words have a valence, their neighbours strengthen, weaken or turn it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Finding;
use super::document::Document;
use super::lexicon;
use super::rank::precise;
use super::summary::rounded;
use super::terms::lower;

/// The figures of VADER: what a negation leaves, what capitals and exclamation marks add, the sum that counts as much.
const NEGATION: f64 = -0.74;
const CAPITALS: f64 = 0.733;
const EXCLAMATION: f64 = 0.292;
const MUCH: f64 = 15.0;

/// How far back a modifier reaches, and what is left of it at each step.
const REACH: [f64; 3] = [1.0, 0.95, 0.9];

/// Scores nearer to zero than this are neutral.
const NEUTRAL: f64 = 0.05;

const MAX_WORDS: usize = 10;

pub(super) fn sentiment(document: &Document) -> Finding {
    let mut tally = Tally::default();
    document.sentences.iter().for_each(|sentence| tally.add(&sentence.text));
    let score = rounded(tally.mean());
    let label = tally.label(score);
    let words = tally.deciding_words();
    let text = in_words(label, score, &words);
    let at = |position: Option<usize>| position.map_or(Value::Null, |at| json!(document.sentences[at].text));
    let data = json!({
        "label": label,
        "score": score,
        "positive": rounded(tally.share(|score| score > NEUTRAL)),
        "neutral": rounded(tally.share(|score| score.abs() <= NEUTRAL)),
        "negative": rounded(tally.share(|score| score < -NEUTRAL)),
        "sentences": tally.scores.len(),
        "words": words.iter().map(|(word, sum, count)| json!({ "word": word, "weight": sum, "count": count })).collect::<Vec<_>>(),
        "most_positive": at(tally.extreme(1.0)),
        "most_negative": at(tally.extreme(-1.0)),
    });
    Finding { text, data }
}

fn in_words(label: &str, score: f64, words: &[(String, f64, usize)]) -> String {
    let list: Vec<String> = words.iter().take(6).map(|(word, sum, _)| format!("{word} ({sum:+.1})")).collect();
    let begin = format!("The text is {label} (score {score:+.2} between −1 and +1).");
    if list.is_empty() {
        format!("{begin} No word of it carries feeling.")
    } else {
        format!("{begin} Decided by: {}.", list.join(", "))
    }
}

/// What all sentences of a text feel like.
#[derive(Default)]
struct Tally {
    scores: Vec<f64>,
    words: BTreeMap<String, (f64, usize)>,
}

impl Tally {
    fn add(&mut self, sentence: &str) {
        let felt = feel(sentence);
        let sum: f64 = felt.iter().map(|(_, valence)| valence).sum();
        let marks = sentence.chars().filter(|c| *c == '!').take(4).count();
        let sum = if felt.is_empty() { 0.0 } else { sum + sum.signum() * EXCLAMATION * precise(marks) };
        self.scores.push(sum / (sum * sum + MUCH).sqrt());
        for (word, valence) in felt {
            let entry = self.words.entry(word).or_default();
            *entry = (entry.0 + valence, entry.1 + 1);
        }
    }

    fn mean(&self) -> f64 {
        self.scores.iter().sum::<f64>() / precise(self.scores.len().max(1))
    }

    fn share(&self, test: impl Fn(f64) -> bool) -> f64 {
        precise(self.scores.iter().filter(|score| test(**score)).count()) / precise(self.scores.len().max(1))
    }

    fn label(&self, score: f64) -> &'static str {
        let divided = self.share(|score| score > NEUTRAL).min(self.share(|score| score < -NEUTRAL)) >= 0.25;
        match score {
            _ if divided && score.abs() < 0.15 => "mixed",
            score if score > NEUTRAL => "positive",
            score if score < -NEUTRAL => "negative",
            _ => "neutral",
        }
    }

    /// The words that moved the score most, with their summed valence and number.
    fn deciding_words(&self) -> Vec<(String, f64, usize)> {
        let mut words: Vec<_> =
            self.words.iter().map(|(word, (sum, count))| (word.clone(), rounded(*sum), *count)).collect();
        words.sort_by(|left, right| right.1.abs().total_cmp(&left.1.abs()).then_with(|| left.0.cmp(&right.0)));
        words.truncate(MAX_WORDS);
        words
    }

    /// Where the strongest sentence of a direction is; nowhere when none goes that way.
    fn extreme(&self, direction: f64) -> Option<usize> {
        let strength = |position: &usize| self.scores[*position] * direction;
        (0..self.scores.len())
            .filter(|position| strength(position) > NEUTRAL)
            .max_by(|left, right| strength(left).total_cmp(&strength(right)).then(right.cmp(left)))
    }
}

struct Token {
    word: String,
    loud: bool,
}

/// The words of a sentence that carry feeling, as found (with their negation), and their valence here.
fn feel(sentence: &str) -> Vec<(String, f64)> {
    let tokens = tokens(sentence);
    let shouting = tokens.iter().all(|token| token.loud);
    let turn = tokens.iter().position(|token| token.word == "but");
    let felt = (0..tokens.len()).filter_map(|at| {
        let (name, valence) = weigh(&tokens, at, shouting)?;
        let part = match turn {
            Some(turn) if at < turn => 0.5,
            Some(turn) if at > turn => 1.5,
            _ => 1.0,
        };
        Some((name, valence * part))
    });
    felt.collect()
}

fn weigh(tokens: &[Token], at: usize, shouting: bool) -> Option<(String, f64)> {
    let token = &tokens[at];
    let mut valence = lexicon::valence(&token.word)?;
    let next = tokens.get(at + 1).map(|token| token.word.as_str());
    if is_modifier(&token.word, next) || (lexicon::negates(&token.word) && turns_something(tokens, at)) {
        return None;
    }
    if token.loud && !shouting {
        valence += CAPITALS * valence.signum();
    }
    let mut name = token.word.clone();
    let before = tokens[..at].iter().rev().take(REACH.len());
    for ((modifier, reach), back) in before.zip(REACH).zip(1..) {
        valence += lexicon::intensity(&modifier.word) * reach * valence.signum();
        let beyond_doubt = modifier.word == "without" && back == 2 && tokens[at - 1].word == "doubt";
        if lexicon::negates(&modifier.word) && !beyond_doubt {
            valence *= NEGATION;
            name = format!("{} {name}", modifier.word);
            break;
        }
    }
    Some((name, valence))
}

/// "kind of" and the like dampen; they are not kind.
fn is_modifier(word: &str, next: Option<&str>) -> bool {
    lexicon::intensity(word) != 0.0 || (matches!(word, "kind" | "sort") && next == Some("of"))
}

/// Whether a felt word follows within reach: then a negator acts on it instead of being felt itself.
fn turns_something(tokens: &[Token], at: usize) -> bool {
    tokens[at + 1..].iter().take(REACH.len()).any(|token| lexicon::valence(&token.word).is_some())
}

fn tokens(sentence: &str) -> Vec<Token> {
    sentence.split_whitespace().flat_map(pieces).collect()
}

/// A word without its punctuation, an emoticon as it is, an emoji for itself.
fn pieces(chunk: &str) -> Vec<Token> {
    if !chunk.chars().any(char::is_alphanumeric) && lexicon::valence(chunk).is_some() {
        return vec![Token { word: chunk.to_owned(), loud: false }];
    }
    let mut pieces = Vec::new();
    for part in chunk.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’' | '-')) {
        let part = part.trim_matches(['\'', '’', '-']);
        if !part.is_empty() {
            let loud = part.chars().count() > 1
                && part.chars().all(|c| !c.is_lowercase())
                && part.chars().any(char::is_alphabetic);
            pieces.push(Token { word: lower(part), loud });
        }
    }
    let mut buffer = [0; 4];
    for symbol in chunk.chars().filter(|c| !c.is_ascii() && !c.is_alphanumeric()) {
        let symbol: &str = symbol.encode_utf8(&mut buffer);
        if lexicon::valence(symbol).is_some() {
            pieces.push(Token { word: symbol.to_owned(), loud: false });
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(text: &str) -> f64 {
        sentiment(&Document::read(text)).data["score"].as_f64().unwrap()
    }

    fn label(text: &str) -> String {
        sentiment(&Document::read(text)).data["label"].as_str().unwrap().to_owned()
    }

    #[test]
    fn negation_turns_and_intensity_moves() {
        assert!(score("The food was good.") > 0.3);
        assert!(score("The food was not good.") < -0.2);
        assert!(score("The food wasn’t very good.") < -0.2);
        assert!(score("The food was very good.") > score("The food was good."));
        assert!(score("The food was slightly good.") < score("The food was good."));
        assert!(score("The food was GOOD.") > score("The food was good."));
        assert!(score("The food was good!!!") > score("The food was good."));
        assert!(score("The food was good, but the service was horrible.") < -0.2);
        assert!(score("No problems at all.") > 0.0);
        assert!(score("It is kind of red.").abs() < 1e-9);
    }

    #[test]
    fn labels_follow_scores() {
        assert_eq!(label("I love this wonderful library. It is a great joy to use."), "positive");
        assert_eq!(label("The outage was terrible. Customers were angry and data was lost."), "negative");
        assert_eq!(label("The meeting is on Tuesday. It takes place in room four."), "neutral");
        assert_eq!(label("The start was wonderful. The end was horrible."), "mixed");
        assert_eq!(label("Geht um Caches 😍"), "positive");
        assert_eq!(label("Well :("), "negative");
    }

    #[test]
    fn the_words_that_decided_are_named_with_their_negation() {
        let finding = sentiment(&Document::read("The update is not bad. The old one was awful, awful, awful."));
        let words: Vec<&str> =
            finding.data["words"].as_array().unwrap().iter().map(|word| word["word"].as_str().unwrap()).collect();
        assert_eq!(words, ["awful", "not bad"]);
        assert_eq!(finding.data["words"][0]["count"], 3);
        assert_eq!(finding.data["most_positive"], "The update is not bad.");
        assert!(finding.text.contains("Decided by: awful"), "{}", finding.text);
        assert!(sentiment(&Document::read("Room four.")).text.contains("No word"));
    }
}
