//! One advisory.

use super::lock::Package;
use super::requirement;

/// What is known of a weakness in one package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Advisory {
    /// `RUSTSEC-2025-0023`.
    pub(super) id: String,
    pub(super) package: String,
    pub(super) date: String,
    /// `unmaintained`, `unsound`, `notice`, or nothing for a vulnerability.
    pub(super) kind: String,
    /// The date on which it was taken back, if it was.
    pub(super) withdrawn: String,
    /// Requirements of versions with a fix; none when there is no fix.
    pub(super) patched: Vec<String>,
    /// Requirements of versions that never had the weakness.
    pub(super) unaffected: Vec<String>,
    /// Where the text comes from, for texts whose licence wants this told.
    pub(super) source: String,
    pub(super) title: String,
}

impl Advisory {
    /// Whether it warns of this version of this package.
    pub(super) fn concerns(&self, package: &Package) -> bool {
        let mut safe = self.patched.iter().chain(&self.unaffected);
        self.package == package.name
            && self.withdrawn.is_empty()
            && !safe.any(|requirement| requirement::matches(requirement, &package.version))
    }

    /// A vulnerability is mended, never ignored.
    pub(super) fn can_be_ignored(&self) -> bool {
        !self.kind.is_empty()
    }

    /// What it says of the package.
    pub(super) fn kind_in_words(&self) -> String {
        match self.kind.as_str() {
            "" => "has a vulnerability".to_owned(),
            "notice" => "has a notice".to_owned(),
            kind => format!("is {kind}"),
        }
    }

    /// What helps.
    pub(super) fn remedy(&self) -> String {
        match self.patched.as_slice() {
            [] if self.can_be_ignored() => "replace it, or ignore it in deny.toml with a reason".to_owned(),
            [] => "no version has a fix: replace it".to_owned(),
            patched => format!("update it to {}", patched.join(" or ")),
        }
    }
}
