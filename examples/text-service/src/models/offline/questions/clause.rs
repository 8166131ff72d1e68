//! A sentence taken apart at its first helping verb.

use std::collections::HashSet;

use unicode_segmentation::UnicodeSegmentation;

use super::super::document::Document;
use super::super::terms::{is_stop, lower};

/// Verbs that a question can begin with.
const HELPING: [&str; 14] =
    ["is", "are", "was", "were", "can", "cannot", "could", "may", "might", "must", "should", "will", "would", "has"];

/// A subject longer than this reads badly in a question.
const MAX_SUBJECT: usize = 7;

/// Words that point at another sentence, or join to it: alone they mean nothing.
const POINTING: [&str; 48] = [
    "it", "this", "that", "these", "those", "they", "he", "she", "we", "i", "you", "its", "their", "his", "her", "but",
    "and", "so", "or", "yet", "then", "here", "there", "both", "each", "such", "another", "some", "others", "most",
    "many", "what", "which", "who", "whether", "how", "not", "nothing", "none", "neither", "only", "even", "instead",
    "still", "one", "all", "also", "if",
];

/// Subjects do not contain these: what precedes the verb is then no plain subject.
const BREAKING: [&str; 24] = [
    "that", "which", "who", "whose", "because", "if", "when", "while", "where", "whether", "what", "how", "and", "but",
    "or", "than", "as", "by", "to", "it", "they", "we", "you", "i",
];

/// "SUBJECT VERB REST".
pub(super) struct Clause<'a> {
    pub(super) subject: String,
    pub(super) verb: &'a str,
    pub(super) rest: String,
}

impl<'a> Clause<'a> {
    /// Takes a sentence without its full stop apart; `None` when its subject is not plain.
    pub(super) fn of(sentence: &'a str, names: &Names) -> Option<Self> {
        let words: Vec<&str> = sentence.split(' ').collect();
        if words.first().is_none_or(|first| is_pointing(first)) {
            return None;
        }
        let at = words.iter().take(MAX_SUBJECT + 1).position(|word| HELPING.contains(word)).filter(|at| *at > 0)?;
        let subject = &words[..at];
        let plain =
            subject.iter().enumerate().all(|(index, word)| is_plain(word) && (index == 0 || !is_breaking(word)));
        let rest = words[at + 1..].join(" ");
        (plain && !rest.is_empty()).then(|| Self { subject: names.inside(&subject.join(" ")), verb: words[at], rest })
    }
}

/// Whether a word means something only beside another sentence.
pub(super) fn is_pointing(word: &str) -> bool {
    POINTING.contains(&lower(word).as_str())
}

fn is_breaking(word: &str) -> bool {
    BREAKING.contains(&lower(word).as_str())
}

fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '\'' | '’' | '/' | '+'))
}

/// The words that keep their capital inside a sentence.
pub(super) struct Names(HashSet<String>);

impl Names {
    /// Words of prose that stand with a capital inside sentences, and never without.
    pub(super) fn of(document: &Document) -> Self {
        let (mut capital, mut small) = (HashSet::new(), HashSet::new());
        for sentence in document.sentences.iter().filter(|sentence| sentence.is_prose()) {
            for (index, word) in sentence.text.unicode_words().enumerate() {
                if word.starts_with(char::is_lowercase) {
                    small.insert(lower(word));
                } else if index > 0 {
                    capital.insert(lower(word));
                }
            }
        }
        Self(capital.into_iter().filter(|word| !small.contains(word)).collect())
    }

    /// A beginning of a sentence as it reads inside one.
    pub(super) fn inside(&self, words: &str) -> String {
        let first = words.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let has_other_capitals = first.chars().skip(1).any(|c| c.is_uppercase() || c.is_numeric());
        let is_name = !is_stop(first) && (self.0.contains(&lower(first)) || is_full_name(words));
        if has_other_capitals || is_name || first == "I" {
            return words.to_owned();
        }
        let mut letters = words.chars();
        letters.next().map_or_else(String::new, |letter| letter.to_lowercase().chain(letters).collect())
    }
}

/// Two or three words with capitals and small letters, the first of them no article.
pub(super) fn is_full_name(words: &str) -> bool {
    let words: Vec<&str> = words.split(' ').take(2).collect();
    words.len() == 2 && !is_stop(words[0]) && words.iter().all(|word| is_capitalized(word))
}

/// A capital, then small letters.
pub(super) fn is_capitalized(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && letters.next().is_some_and(char::is_lowercase)
        && letters.all(|letter| letter.is_lowercase() || letter == '-')
}
