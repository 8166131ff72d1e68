//! A file holds one noun, a function one thought.

use super::finding::Finding;
use crate::rust::{Source, definitions};

const FILE_LINES: usize = 300;
const FUNCTION_LINES: usize = 50;

/// Files and functions that are too long.
pub(super) fn findings(source: &Source) -> Vec<Finding> {
    long_file(source).into_iter().chain(long_functions(source)).collect()
}

fn long_file(source: &Source) -> Option<Finding> {
    let lines = source.production_lines();
    (lines > FILE_LINES).then(|| {
        let sentence = format!("{lines} lines of code without tests; more than {FILE_LINES} are two nouns: split it");
        Finding::new("file size", source.path.as_str(), sentence)
    })
}

fn long_functions(source: &Source) -> Vec<Finding> {
    let functions = definitions(&source.code).into_iter().filter(|definition| definition.keyword == "fn");
    functions
        .filter_map(|function| {
            let lines = source.code_lines(function.body(&source.code)?);
            let sentence = format!("`{}` has {lines} lines; split it below {FUNCTION_LINES}", function.name);
            (lines > FUNCTION_LINES).then(|| Finding::at("function size", source, function.start, sentence))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::lines;
    use super::*;

    fn file(path: &str, count: usize) -> Source {
        Source::seeded(path, &"use a::b;\n".repeat(count))
    }

    #[test]
    fn a_file_above_the_limit_is_found() {
        assert!(findings(&file("src/a.rs", 300)).is_empty());
        assert!(lines(&findings(&file("src/a.rs", 301)))[0].starts_with("src/a.rs: 301 lines of code"));
    }

    #[test]
    fn tests_may_be_long() {
        assert!(findings(&file("tests/a.rs", 400)).is_empty());
        let unit_tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "use a::b;\n".repeat(400));
        assert!(findings(&Source::seeded("src/a.rs", &unit_tests)).is_empty());
    }

    #[test]
    fn a_function_above_the_limit_is_found() {
        let long =
            |count| Source::seeded("src/a.rs", &format!("\nfn f() {{\n{}}}\n", "    // why\n    a();\n".repeat(count)));
        assert!(findings(&long(50)).is_empty());
        assert_eq!(lines(&findings(&long(51))), ["src/a.rs:2: `f` has 51 lines; split it below 50"]);
    }
}
