//! The exceptions from the rules, each with its reason. The list is short, and the shorter the better.

use super::finding::Finding;

/// One file that a rule lets pass.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Exception {
    pub(super) rule: &'static str,
    pub(super) path: &'static str,
    pub(super) reason: &'static str,
}

const EXCEPTIONS: &[Exception] = &[];

/// The exception that covers `finding`.
pub(super) fn matching(finding: &Finding) -> Option<&'static Exception> {
    EXCEPTIONS.iter().find(|exception| exception.rule == finding.rule && exception.path == finding.path())
}

/// The exceptions that covered nothing.
pub(super) fn unneeded(needed: &[&'static Exception]) -> impl Iterator<Item = &'static Exception> {
    EXCEPTIONS.iter().filter(|exception| !needed.contains(exception))
}
