//! One Rust file.

use std::ops::Range;

use super::blank::{Views, views};
use super::words;
use crate::tree::TextFile;

/// A Rust file with its code and its comments apart, all with the same offsets.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Its path from the root of the repository.
    pub(crate) path: String,
    /// The text as it is.
    pub(crate) text: String,
    /// The text with comments and the contents of literals blank.
    pub(crate) code: String,
    /// The text with everything but comments blank.
    pub(crate) comments: String,
    tests: Vec<Range<usize>>,
}

impl Source {
    /// Splits a file.
    pub(crate) fn new(file: TextFile) -> Self {
        let Views { code, comments } = views(&file.text);
        let tests = test_items(&code);
        Self { path: file.path, text: file.text, code, comments, tests }
    }

    /// Whether the whole file is made of tests.
    pub(crate) fn is_test_file(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs")
    }

    /// Whether the code at `offset` is built for tests only.
    pub(crate) fn is_test(&self, offset: usize) -> bool {
        self.is_test_file() || self.tests.iter().any(|range| range.contains(&offset))
    }

    /// `path:line` of an offset.
    pub(crate) fn place(&self, offset: usize) -> String {
        let line = self.text[..offset].bytes().filter(|byte| *byte == b'\n').count() + 1;
        format!("{}:{line}", self.path)
    }

    /// How many lines of `range` say something other than a line comment.
    pub(crate) fn code_lines(&self, range: Range<usize>) -> usize {
        self.lines(range).filter(|(_, line)| is_code(line)).count()
    }

    /// How many lines of code the file has outside its tests.
    pub(crate) fn production_lines(&self) -> usize {
        self.lines(0..self.text.len()).filter(|(start, line)| is_code(line) && !self.is_test(*start)).count()
    }

    /// The lines of a range, each with the offset of its first letter.
    fn lines(&self, range: Range<usize>) -> impl Iterator<Item = (usize, &str)> {
        let mut start = range.start;
        self.text[range].split_inclusive('\n').map(move |line| {
            let first = start + line.len() - line.trim_start().len();
            start += line.len();
            (first, line.trim())
        })
    }
}

fn is_code(line: &str) -> bool {
    !line.is_empty() && !line.starts_with("//")
}

/// The items under `#[cfg(test)]`, attribute included.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let mut items: Vec<Range<usize>> = Vec::new();
    for (start, open) in code.match_indices("#[cfg(") {
        let Some(length) = code[start..].find(")]") else { continue };
        let condition = &code[start + open.len()..start + length];
        if words::has_word(condition, "test") && !words::has_word(condition, "not") {
            items.push(start..item_end(code, start + length + 2));
        }
    }
    items
}

/// The end of the item that begins at `from`: its own `;`, its last brace, or the end of what holds it.
fn item_end(code: &str, from: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, letter) in code[from..].char_indices() {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => return from + offset + 1,
            '{' if depth == 0 => return block_end(code, from + offset),
            '}' if depth == 0 => return from + offset,
            _ => {}
        }
    }
    code.len()
}

/// The end of the block whose brace opens at `open`.
pub(super) fn block_end(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, letter) in code[open..].char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return open + offset + 1;
        }
    }
    code.len()
}

#[cfg(test)]
impl Source {
    /// A file with this text, for tests of the rules.
    pub(crate) fn seeded(path: &str, text: &str) -> Self {
        Self::new(TextFile { path: path.to_owned(), text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "//! Docs.\n\nfn one() {\n    // why\n    two();\n}\n\n#[cfg(test)]\nmod tests {\n    fn t() {}\n}\n";

    #[test]
    fn lines_of_code_are_neither_blank_nor_comments_nor_tests() {
        assert_eq!(Source::seeded("src/a.rs", FILE).production_lines(), 3);
    }

    #[test]
    fn code_after_an_item_for_tests_still_counts() {
        let source = Source::seeded("src/a.rs", "#[cfg(test)]\nuse x::Y;\nfn one() {}\n");
        assert_eq!(source.production_lines(), 1);
        assert!(source.is_test(14) && !source.is_test(25));
    }

    #[test]
    fn a_build_without_tests_is_no_test() {
        assert!(!Source::seeded("src/a.rs", "#[cfg(not(test))]\nfn one() {}\n").is_test(20));
    }

    #[test]
    fn an_offset_has_a_place() {
        let source = Source::seeded("src/a.rs", FILE);
        assert_eq!(source.place(FILE.find("two").expect("it is there")), "src/a.rs:5");
    }
}
