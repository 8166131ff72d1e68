//! Settings come through larder-config; nothing else asks the environment.

use super::finding::Finding;
use crate::rust::{Source, words};

const READS: &[&str] = &["var", "var_os", "vars", "vars_os"];

/// Where the environment may be read: the settings, the ablation switches, and what is no library.
const MAY_READ: &[&str] = &[
    "crates/larder-config/",
    "crates/larder-core/src/ablation.rs",
    // Where a test's own server is; no part of what is shipped.
    "crates/larder-testkit/src/redis_server/program/environment.rs",
    "xtask/",
    "examples/",
    "benches/",
];

/// Reads of the environment where they do not belong.
pub(super) fn findings(source: &Source) -> Vec<Finding> {
    if MAY_READ.iter().any(|path| source.path.starts_with(path)) || source.path.contains("/examples/") {
        return Vec::new();
    }
    let reads =
        words(&source.code).filter(|word| READS.contains(&word.text) && source.code[..word.start].ends_with("env::"));
    reads
        .map(|word| {
            let sentence = format!("`env::{}`: only larder-config reads the environment; take the value", word.text);
            Finding::at("environment", source, word.start, sentence)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::lines;
    use super::*;

    fn found(path: &str) -> Vec<String> {
        lines(&findings(&Source::seeded(path, "fn f() { std::env::var(\"HOME\") }")))
    }

    #[test]
    fn a_read_outside_the_settings_is_found() {
        assert!(found("crates/larder-cache/src/a.rs")[0].contains("`env::var`"));
    }

    #[test]
    fn the_settings_and_the_programs_may_read() {
        assert!(found("crates/larder-config/src/a.rs").is_empty());
        assert!(found("crates/larder/examples/a.rs").is_empty());
        assert!(found("examples/text-service/src/main.rs").is_empty());
    }
}
