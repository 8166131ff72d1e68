//! Where names are given.

use std::ops::Range;

use super::source::block_end;
use super::words::{Word, words};

const KEYWORDS: &[&str] = &["struct", "enum", "trait", "type", "mod", "fn"];

/// `struct Name`, `fn name` and their like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Definition<'a> {
    /// What kind of thing is defined.
    pub(crate) keyword: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// Where the keyword stands.
    pub(crate) start: usize,
    end: usize,
}

/// All definitions in `code`, which must have no comments and no literals.
pub(crate) fn definitions(code: &str) -> Vec<Definition<'_>> {
    let words: Vec<Word<'_>> = words(code).collect();
    let pairs = words.windows(2).filter(|pair| {
        let between = &code[pair[0].end()..pair[1].start];
        KEYWORDS.contains(&pair[0].text) && !between.is_empty() && between.trim().is_empty()
    });
    pairs
        .map(|pair| Definition { keyword: pair[0].text, name: pair[1].text, start: pair[0].start, end: pair[1].end() })
        .collect()
}

impl Definition<'_> {
    /// What stands between the braces of a function in `code`; nothing for a function without a body.
    pub(crate) fn body(&self, code: &str) -> Option<Range<usize>> {
        let mut depth = 0_usize;
        for (offset, letter) in code[self.end..].char_indices() {
            match letter {
                '(' | '[' => depth += 1,
                ')' | ']' => depth = depth.saturating_sub(1),
                ';' | '}' if depth == 0 => return None,
                '{' if depth == 0 => {
                    let open = self.end + offset;
                    return Some(open + 1..block_end(code, open) - 1);
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_found_and_uses_are_not() {
        let code = "pub struct One; fn two(f: fn(u8) -> u8) {} macro_rules! m { () => { fn $name() {} } }";
        let found: Vec<_> = definitions(code).iter().map(|found| (found.keyword, found.name)).collect();
        assert_eq!(found, [("struct", "One"), ("fn", "two")]);
    }

    #[test]
    fn a_body_begins_after_the_whole_signature() {
        let code = "fn f(a: [u8; 2]) -> u8 where u8: Copy { if a { b } }";
        let body = definitions(code)[0].body(code).expect("it has one");
        assert_eq!(&code[body], " if a { b } ");
    }

    #[test]
    fn a_promise_has_no_body() {
        let code = "trait T { fn f(&self); fn g(&self) {} }";
        let bodies: Vec<_> = definitions(code).iter().map(|found| found.body(code).is_some()).collect();
        assert_eq!(bodies[1..], [false, true]);
    }
}
