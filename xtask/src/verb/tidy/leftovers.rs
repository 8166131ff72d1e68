//! What is unfinished does not stay.

use super::finding::Finding;
use crate::rust::{Source, words};

const MACROS: &[&str] = &["todo", "unimplemented", "dbg"];
const MARKS: &[&str] = &["FIXME", "XXX", "TODO"];

/// Unfinished code, ignored tests and marks for later.
pub(super) fn findings(source: &Source) -> Vec<Finding> {
    let mut findings = macros(source);
    findings.extend(ignored(source));
    findings.extend(marks(source));
    findings
}

fn macros(source: &Source) -> Vec<Finding> {
    let calls = words(&source.code)
        .filter(|word| MACROS.contains(&word.text) && source.code[word.end()..].trim_start().starts_with('!'));
    calls.map(|word| finding(source, word.start, &format!("`{}!`: finish it or take it out", word.text))).collect()
}

fn ignored(source: &Source) -> Vec<Finding> {
    let attributes = source.code.match_indices("#[ignore");
    attributes
        .map(|(start, _)| finding(source, start, "an ignored test proves nothing: let it run, or remove it"))
        .collect()
}

fn marks(source: &Source) -> Vec<Finding> {
    let marks = words(&source.comments).filter(|word| MARKS.contains(&word.text));
    marks.map(|word| finding(source, word.start, &format!("`{}`: do it now, or write an issue", word.text))).collect()
}

fn finding(source: &Source, offset: usize, sentence: &str) -> Finding {
    Finding::at("leftovers", source, offset, sentence)
}

#[cfg(test)]
mod tests {
    use super::super::finding::lines;
    use super::*;

    fn found(text: &str) -> Vec<String> {
        lines(&findings(&Source::seeded("src/a.rs", text)))
    }

    #[test]
    fn unfinished_code_is_found() {
        assert_eq!(found("fn f() {\n    todo!()\n}"), ["src/a.rs:2: `todo!`: finish it or take it out"]);
        assert_eq!(found("unimplemented!(\"later\"); dbg!(x)").len(), 2);
    }

    #[test]
    fn an_ignored_test_is_found() {
        assert_eq!(found("#[test]\n#[ignore = \"slow\"]\nfn t() {}").len(), 1);
    }

    #[test]
    fn marks_are_found_in_comments_only() {
        assert_eq!(found("// FIXME: wrong\n/* XXX */ let s = \"FIXME todo!()\";").len(), 2);
    }
}
