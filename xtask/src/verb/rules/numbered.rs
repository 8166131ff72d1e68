//! The tests whose names begin with numbers of rules.

use super::number::Number;
use crate::rust::{Source, definitions};

/// One such test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NumberedTest {
    pub(super) name: String,
    /// `path:line`.
    pub(super) place: String,
    /// The rules it proves.
    pub(super) rules: Vec<Number>,
}

/// All of them, in the order of the files.
pub(super) fn all(sources: &[Source]) -> Vec<NumberedTest> {
    sources.iter().flat_map(of_source).collect()
}

fn of_source(source: &Source) -> Vec<NumberedTest> {
    let functions = definitions(&source.code).into_iter().filter(|found| found.keyword == "fn");
    let numbered = functions.filter_map(|function| {
        let rules = Number::carried_by(function.name);
        let counts = !rules.is_empty() && is_marked(&source.code[..function.start]);
        counts.then(|| NumberedTest { name: function.name.to_owned(), place: source.place(function.start), rules })
    });
    numbered.collect()
}

/// Whether the function after `before` bears `#[test]`, `#[tokio::test]` or their like; without, nothing ever runs it.
fn is_marked(before: &str) -> bool {
    let item = before.rfind(['{', '}', ';']).map_or(before, |end| &before[end + 1..]);
    item.split("#[").skip(1).any(|attribute| {
        let path = attribute.split(['(', ']']).next().unwrap_or(attribute);
        path.rsplit("::").next().is_some_and(|last| last.trim() == "test")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<NumberedTest> {
        all(&[Source::seeded("crates/x/tests/a.rs", text)])
    }

    #[test]
    fn tests_of_every_runtime_are_found_with_their_place() {
        let tests = found(
            "#[test]\nfn e1_a() {}\n#[tokio::test(flavor = \"multi_thread; {}\")]\n#[expect(dead_code)]\nasync fn e2_e3_b() {}\n",
        );
        assert_eq!(tests[0].place, "crates/x/tests/a.rs:2");
        assert_eq!((tests[1].name.as_str(), tests[1].rules.len()), ("e2_e3_b", 2));
    }

    #[test]
    fn what_never_runs_proves_nothing() {
        assert!(found("#[test]\nfn other() {}\nfn e1_a() {}\n#[cfg(test)]\nfn e2_b() {}").is_empty());
        assert!(found("// #[test]\n// fn e1_a() {}\nconst X: &str = \"#[test] fn e2_b() {}\";").is_empty());
    }
}
