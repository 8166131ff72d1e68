//! A test waits for a condition, never for the clock.

use super::finding::Finding;
use crate::rust::{Source, words};

/// Calls of `thread::sleep` and `time::sleep` in tests.
pub(super) fn findings(source: &Source) -> Vec<Finding> {
    let sleeps = words(&source.code).filter(|word| {
        let before = &source.code[..word.start];
        word.text == "sleep" && ["thread::", "time::"].iter().any(|path| before.ends_with(path))
    });
    sleeps
        .filter(|word| source.is_test(word.start))
        .map(|word| {
            let sentence = "a sleep in a test: wait on a barrier, a channel or `ManualClock`";
            Finding::at("waits", source, word.start, sentence)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::lines;
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        lines(&findings(&Source::seeded(path, text)))
    }

    #[test]
    fn a_sleep_in_a_test_is_found() {
        let text = "fn t() {\n    tokio::time::sleep(second).await;\n}";
        assert_eq!(found("tests/a.rs", text).len(), 1);
        let text = "#[cfg(test)]\nmod tests { fn t() { std::thread::sleep(second); } }";
        assert!(found("src/a.rs", text)[0].starts_with("src/a.rs:2: a sleep"));
    }

    #[test]
    fn other_waits_are_allowed() {
        assert!(found("tests/a.rs", "clock.sleep_until(later); // thread::sleep").is_empty());
        assert!(found("src/a.rs", "fn f() { thread::sleep(second) }").is_empty());
    }
}
