//! A decision record tells the whole story.

use super::finding::Finding;
use crate::rust::has_word;
use crate::tree::TextFile;

const PARTS: &[&str] = &["Context", "Decision", "Consequences", "Rejected"];

/// Records of `docs/adr/` that lack one of their parts.
pub(super) fn findings(page: &TextFile, _exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let Some(name) = page.path.strip_prefix("docs/adr/").filter(|name| *name != "README.md") else { return Vec::new() };
    let headings: Vec<String> =
        page.text.lines().filter(|line| line.starts_with("##")).map(str::to_lowercase).collect();
    let missing = PARTS.iter().filter(|part| !headings.iter().any(|heading| has_word(heading, &part.to_lowercase())));
    missing
        .map(|part| {
            let sentence = format!("{name} has no heading `{part}`: a record tells {}", PARTS.join(", "));
            Finding::new("decisions", page.path.as_str(), sentence)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        findings(&TextFile { path: path.to_owned(), text: text.to_owned() }, &|_| true).len()
    }

    #[test]
    fn a_record_without_a_part_is_found() {
        assert_eq!(found("docs/adr/0001-x.md", "# X\n## Context\n## Decision\n## Consequences\n"), 1);
    }

    #[test]
    fn a_whole_record_and_other_pages_pass() {
        assert_eq!(found("docs/adr/0001-x.md", "## Context\n## Decision\n## Consequences\n## What was rejected\n"), 0);
        assert_eq!(found("docs/adr/README.md", "# Decisions\n"), 0);
        assert_eq!(found("README.md", "# Larder\n"), 0);
    }
}
