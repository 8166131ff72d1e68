//! One thing that is not tidy.

use std::fmt;

use crate::rust::Source;

/// What is wrong, where, by which rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// The rule, in the word that exceptions use.
    pub(super) rule: &'static str,
    /// `path` or `path:line`.
    place: String,
    sentence: String,
}

impl Finding {
    /// A finding about `place`.
    pub(super) fn new(rule: &'static str, place: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { rule, place: place.into(), sentence: sentence.into() }
    }

    /// A finding at an offset of a Rust file.
    pub(super) fn at(rule: &'static str, source: &Source, offset: usize, sentence: impl Into<String>) -> Self {
        Self::new(rule, source.place(offset), sentence)
    }

    /// The file without the line.
    pub(super) fn path(&self) -> &str {
        self.place.split(':').next().unwrap_or(&self.place)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.sentence)
    }
}

/// The findings as lines, for tests of the rules.
#[cfg(test)]
pub(super) fn lines(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}
