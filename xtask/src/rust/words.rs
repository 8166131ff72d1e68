//! The names and keywords of a text.

/// A name or keyword, with the offset of its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    /// The word itself.
    pub(crate) text: &'a str,
    /// Where it begins.
    pub(crate) start: usize,
}

impl Word<'_> {
    /// Where it ends.
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// All words of `text` in order; numbers count as words, and nobody minds.
pub(crate) fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .filter(|word| !word.is_empty())
        .map(|word| Word { text: word, start: word.as_ptr().addr() - text.as_ptr().addr() })
}

/// Whether `wanted` occurs in `text` as a whole word.
pub(crate) fn has_word(text: &str, wanted: &str) -> bool {
    words(text).any(|word| word.text == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_know_where_they_begin() {
        let found: Vec<_> = words("fn f_1(x)").map(|word| (word.text, word.start, word.end())).collect();
        assert_eq!(found, [("fn", 0, 2), ("f_1", 3, 6), ("x", 7, 8)]);
    }

    #[test]
    fn a_part_of_a_word_is_no_word() {
        assert!(has_word("let sleep = 1", "sleep"));
        assert!(!has_word("sleep_until", "sleep"));
    }
}
