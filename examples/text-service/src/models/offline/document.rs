//! A text, read once: its sentences and what they are made of.

use unicode_segmentation::UnicodeSegmentation;

use super::markdown::{self, Kind};
use super::sentences;
use super::terms;

/// A text as the algorithms see it.
pub(super) struct Document {
    pub(super) sentences: Vec<Sentence>,
}

/// One sentence in its place.
pub(super) struct Sentence {
    pub(super) text: String,
    pub(super) kind: Kind,
    /// Which block it stands in; neighbours of one block belong together.
    pub(super) block: usize,
    /// Stems of its content words, in order.
    pub(super) stems: Vec<String>,
}

impl Document {
    pub(super) fn read(text: &str) -> Self {
        let mut all = Vec::new();
        for (index, block) in markdown::blocks(text).into_iter().enumerate() {
            let parts = match block.kind {
                Kind::Heading | Kind::Row => vec![block.text.as_str()],
                Kind::Prose | Kind::Item => sentences::split(&block.text),
            };
            all.extend(parts.into_iter().map(|part| Sentence {
                text: part.to_owned(),
                kind: block.kind,
                block: index,
                stems: terms::content(part),
            }));
        }
        Self { sentences: all }
    }

    pub(super) fn words(&self) -> u64 {
        self.sentences.iter().map(|sentence| terms::count_words(&sentence.text)).sum()
    }

    /// How well a sentence stands alone: openings of paragraphs do, questions and what points backwards do not.
    pub(super) fn standing(&self, position: usize) -> f64 {
        const POINTING: [&str; 16] = [
            "it",
            "this",
            "these",
            "those",
            "they",
            "he",
            "she",
            "such",
            "then",
            "so",
            "but",
            "and",
            "its",
            "their",
            "here",
            "otherwise",
        ];
        let sentence = &self.sentences[position];
        let opens = position == 0 || self.sentences[position - 1].block != sentence.block;
        let first = sentence.text.unicode_words().next().map(terms::lower).unwrap_or_default();
        let ordinal = ["The first ", "The second ", "The third ", "The same ", "The other "];
        match () {
            () if sentence.text.ends_with('?') => 0.4,
            () if POINTING.contains(&first.as_str()) => 0.7,
            () if ordinal.iter().any(|begin| sentence.text.starts_with(begin)) => 0.7,
            () if opens => 1.15,
            () => 1.0,
        }
    }

    /// Positions of the sentences that can stand for the text: prose with some content, or whatever there is.
    pub(super) fn speaking(&self) -> Vec<usize> {
        let positions = |test: &dyn Fn(&Sentence) -> bool| -> Vec<usize> {
            (0..self.sentences.len()).filter(|position| test(&self.sentences[*position])).collect()
        };
        let prose = positions(&|sentence| sentence.is_prose() && sentence.stems.len() >= 2);
        if !prose.is_empty() {
            return prose;
        }
        let plain = positions(&|sentence| sentence.kind != Kind::Heading);
        if plain.is_empty() { positions(&|_| true) } else { plain }
    }
}

impl Sentence {
    /// A whole sentence of running text: no heading, no table, no fragment of a list.
    pub(super) fn is_prose(&self) -> bool {
        let end = self.text.trim_end_matches(['"', '”', ')', '’', '*']).chars().next_back();
        matches!(self.kind, Kind::Prose | Kind::Item) && matches!(end, Some('.' | '!' | '?' | '…' | '。' | '！' | '？'))
    }
}
