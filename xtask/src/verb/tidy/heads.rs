//! A crate says first what it is.

use super::finding::Finding;
use crate::rust::Source;

/// Crates whose root does not begin with its documentation.
pub(super) fn findings(source: &Source) -> Vec<Finding> {
    let root = ["lib.rs", "main.rs"].iter().any(|name| source.path.split('/').next_back() == Some(name));
    if !root || source.text.starts_with("//!") {
        return Vec::new();
    }
    vec![Finding::new("heads", source.path.as_str(), "begin with `//!` and what this crate does")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_without_a_head_is_found() {
        assert_eq!(findings(&Source::seeded("crates/x/src/lib.rs", "mod a;\n//! Late.\n")).len(), 1);
    }

    #[test]
    fn a_documented_crate_passes() {
        assert!(findings(&Source::seeded("crates/x/src/lib.rs", "//! What it is.\n")).is_empty());
        assert!(findings(&Source::seeded("crates/x/src/stdlib.rs", "mod a;\n")).is_empty());
    }
}
