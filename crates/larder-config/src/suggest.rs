//! "Did you mean": the nearest word of a list.

use std::fmt;

/// The largest edit distance at which a word is still a slip of another.
const NEAR: usize = 2;

/// A word that is none of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unknown {
    /// What the list is of, such as `preset`.
    pub noun: &'static str,
    /// The word, shortened and escaped.
    pub word: String,
    /// The nearest word of the list, when one is near.
    pub meant: Option<&'static str>,
    /// The whole list.
    pub known: &'static [&'static str],
}

impl Unknown {
    /// What to do about it, in words.
    #[must_use]
    pub fn suggestion(&self) -> String {
        match self.meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("use one of {}", self.known.join(", ")),
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no {}; {}", self.word, self.noun, self.suggestion())
    }
}

impl std::error::Error for Unknown {}

/// The choice that `word` names, in any case; `names` are the words for `choices`, in the same order.
pub(crate) fn choose<T: Copy>(
    word: &str,
    noun: &'static str,
    choices: &[T],
    names: &'static [&'static str],
) -> Result<T, Unknown> {
    match choices.iter().zip(names).find(|(_, name)| name.eq_ignore_ascii_case(word)) {
        Some((&choice, _)) => Ok(choice),
        None => Err(Unknown {
            noun,
            word: crate::shown::text(word),
            meant: nearest(word, names.iter().copied()),
            known: names,
        }),
    }
}

/// The candidate that `word` abbreviates or misspells.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Distances cost time squared in the length; nothing this long is a slip.
    if word.len() > 64 {
        return None;
    }
    let word = word.to_lowercase();
    candidates
        .filter_map(|candidate| Some((distance(&word, &candidate.to_lowercase())?, candidate)))
        .min()
        .map(|(_, c)| c)
}

fn distance(word: &str, candidate: &str) -> Option<usize> {
    if word.len() >= 3 && candidate.starts_with(word) {
        return Some(1);
    }
    let distance = strsim::levenshtein(word, candidate);
    // Two edits turn any short word into any other; a third of it must stay.
    (distance <= NEAR && distance * 3 <= candidate.chars().count() * 2).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_or_an_abbreviation_finds_its_word() {
        let known = ["production", "ai-production", "development", "testing"];
        for (word, meant) in [
            ("prodution", Some("production")),
            ("prod", Some("production")),
            ("AI_PRODUCTION", Some("ai-production")),
            ("dev", Some("development")),
            ("tset", None),
            ("", None),
            ("banana", None),
        ] {
            assert_eq!(nearest(word, known.iter().copied()), meant, "{word}");
        }
        assert_eq!(nearest(&"x".repeat(1 << 20), known.iter().copied()), None);
    }
}
