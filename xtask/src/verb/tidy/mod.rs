//! `tidy`: style as tests.

mod decisions;
mod environment;
mod exceptions;
mod finding;
mod heads;
mod leftovers;
mod links;
mod names;
mod sizes;
mod switches;
mod waits;

use std::path::Path;

use crate::cargo;
use crate::report::Report;
use crate::rust::Source;
use crate::tree::{self, TextFile};
use crate::verdict::{Result, Verdict};

use finding::Finding;

/// A rule for one Rust file.
type SourceRule = fn(&Source) -> Vec<Finding>;

/// A rule for one page; it asks whether a path of the repository exists.
type PageRule = fn(&TextFile, &dyn Fn(&str) -> bool) -> Vec<Finding>;

const SOURCE_RULES: &[SourceRule] =
    &[sizes::findings, names::findings, leftovers::findings, waits::findings, environment::findings, heads::findings];

const PAGE_RULES: &[PageRule] = &[links::findings, decisions::findings];

/// Checks all files of the repository.
pub(crate) fn run() -> Result<Verdict> {
    let metadata = cargo::workspace(None)?;
    let root = metadata.workspace_root.as_std_path();
    let sources: Vec<Source> = tree::files(root, "rs")?.into_iter().map(Source::new).collect();
    let pages = tree::files(root, "md")?;
    let mut findings = of_sources(&sources);
    findings.extend(of_pages(root, &pages));
    findings.extend(switches::findings(&tree::read(&root.join("ablations.toml"))?, &sources));
    judge(findings).show("tidy", &format!("{} Rust files, {} pages", sources.len(), pages.len()))
}

fn of_sources(sources: &[Source]) -> Vec<Finding> {
    sources.iter().flat_map(|source| SOURCE_RULES.iter().flat_map(move |rule| rule(source))).collect()
}

fn of_pages(root: &Path, pages: &[TextFile]) -> Vec<Finding> {
    let exists = |path: &str| root.join(path).exists();
    pages.iter().flat_map(|page| PAGE_RULES.iter().flat_map(|rule| rule(page, &exists))).collect()
}

/// Excepted findings become notes; exceptions that nothing needs become faults.
fn judge(findings: Vec<Finding>) -> Report {
    let mut report = Report::default();
    let mut needed = Vec::new();
    for finding in findings {
        if let Some(exception) = exceptions::matching(&finding) {
            report.note(format!("{finding} (allowed: {})", exception.reason));
            needed.push(exception);
        } else {
            report.fault(finding.to_string());
        }
    }
    report.faults(exceptions::unneeded(&needed).map(|exception| {
        format!("{}: the exception from `{}` is no longer needed: remove it", exception.path, exception.rule)
    }));
    report
}
