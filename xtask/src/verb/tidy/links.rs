//! A link in a page leads somewhere.

use super::finding::Finding;
use crate::tree::TextFile;

/// Links to files of the repository that are not there.
pub(super) fn findings(page: &TextFile, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in prose(&page.text) {
        for target in targets(&line) {
            let path = target.split(['#', '?']).next().unwrap_or(target);
            if is_local(target) && !exists(&resolve(&page.path, path)) {
                let sentence = format!("the link to `{target}` leads nowhere: correct the path");
                findings.push(Finding::new("links", format!("{}:{number}", page.path), sentence));
            }
        }
    }
    findings
}

/// The numbered lines of a page outside fenced blocks, without their code spans.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut fence: Option<&str> = None;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) => return Some((index + 1, without_code(line))),
            _ => {}
        }
        None
    })
}

fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// The targets of `[text](target "title")` and `[name]: target`.
fn targets(line: &str) -> Vec<&str> {
    let mut targets: Vec<&str> = line.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    if let Some((_, target)) = line.trim_start().strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
        targets.push(target);
    }
    targets
        .into_iter()
        .filter_map(|target| target.split_whitespace().next())
        .map(|target| target.trim_matches(['<', '>']))
        .collect()
}

/// Neither on the web, nor on the same page, nor the path of a Rust item.
fn is_local(target: &str) -> bool {
    !(target.starts_with('#') || target.contains(':'))
}

/// The path of a link from the root of the repository.
fn resolve(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = if target.starts_with('/') { Vec::new() } else { page.split('/').collect() };
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::super::finding::lines;
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let page = TextFile { path: "docs/guide/a.md".to_owned(), text: text.to_owned() };
        lines(&findings(&page, &|path| ["docs/b.md", "docs/guide/c.md", "README.md"].contains(&path)))
    }

    #[test]
    fn a_broken_link_is_found_with_its_line() {
        assert_eq!(
            found("one\n[b](../b.md) [d](d.md#part)"),
            ["docs/guide/a.md:2: the link to `d.md#part` leads nowhere: correct the path"]
        );
        assert_eq!(found("[d]: ./d.md \"title\"").len(), 1);
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        assert!(found("[b](../b.md#x), [`c`](c.md \"C\"), [r](../../README.md), [s](/README.md)").is_empty());
        assert!(found("[w](https://example.org/x.md) [p](#part) [i](crate::Cache)").is_empty());
    }

    #[test]
    fn code_is_no_link() {
        assert!(found("```text\n[x](y.md)\n```\n`[x](y.md)`").is_empty());
    }
}
