//! Where sentences begin and end: Unicode's rules, and the abbreviations they do not know.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// What is longer is cut at a space: no sentence may make the work on its text unbounded.
const MAX_SENTENCE: usize = 1_000;

/// Abbreviations before which a capital does not begin a sentence.
const ABBREVIATIONS: [&str; 24] = [
    "mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "sr.", "jr.", "vs.", "e.g.", "i.e.", "cf.", "no.", "fig.", "sec.",
    "ch.", "vol.", "eds.", "ed.", "gen.", "col.", "rev.", "capt.", "approx.",
];

/// The sentences of a text whose spaces are single.
pub(super) fn split(text: &str) -> Vec<&str> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (start, sentence) in text.split_sentence_bound_indices() {
        let end = start + sentence.len();
        match ranges.last_mut() {
            Some(last) if ends_in_abbreviation(&text[last.clone()]) => last.end = end,
            _ => ranges.push(start..end),
        }
    }
    ranges.into_iter().flat_map(|range| cut(text[range].trim())).filter(|sentence| has_words(sentence)).collect()
}

fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

fn ends_in_abbreviation(sentence: &str) -> bool {
    let last = sentence.trim_end().rsplit([' ', '(', '“', '"']).next().unwrap_or_default();
    let mut letters = last.chars();
    let initial =
        matches!((letters.next(), letters.next(), letters.next()), (Some(c), Some('.'), None) if c.is_uppercase());
    initial && last != "I." || ABBREVIATIONS.contains(&last.to_lowercase().as_str())
}

/// Pieces of at most [`MAX_SENTENCE`] characters, cut at spaces where there are some.
fn cut(mut text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    while let Some((limit, _)) = text.char_indices().nth(MAX_SENTENCE) {
        let at = text[..limit].rfind(' ').filter(|at| *at > 0).unwrap_or(limit);
        pieces.push(&text[..at]);
        text = text[at..].trim_start();
    }
    pieces.push(text);
    pieces
}

#[cfg(test)]
mod tests {
    use super::{MAX_SENTENCE, split};

    #[test]
    fn abbreviations_and_numbers_end_nothing() {
        let text = "Dr. A. Turing wrote it in 1950. Version 2.0 came later, e.g. Monday! Did it? Yes.";
        let expected = ["Dr. A. Turing wrote it in 1950.", "Version 2.0 came later, e.g. Monday!", "Did it?", "Yes."];
        assert_eq!(split(text), expected);
    }

    #[test]
    fn other_scripts_have_sentences_too() {
        assert_eq!(split("缓存很快。但是它会过期。"), ["缓存很快。", "但是它会过期。"]);
        assert_eq!(split("Ça va? Très bien…"), ["Ça va?", "Très bien…"]);
    }

    #[test]
    fn no_sentence_is_endless() {
        let words = "word ".repeat(1_000);
        let letters = "é".repeat(5_000);
        for text in [words.trim(), &letters] {
            let pieces = split(text);
            assert!(pieces.len() >= 5);
            assert!(pieces.iter().all(|piece| piece.chars().count() <= MAX_SENTENCE));
        }
        assert!(split("... !!").is_empty());
    }
}
