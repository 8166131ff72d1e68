//! `advisories`: no package of `Cargo.lock` has a known weakness.

mod advisory;
mod ignored;
mod import;
mod lock;
mod requirement;
mod snapshot;
mod toml_text;

use std::fs;
use std::path::Path;

use crate::report::Report;
use crate::verdict::{Fault, Result, Verdict};
use crate::{cargo, date, output, tree};

use advisory::Advisory;
use ignored::Ignored;
use lock::Package;
use snapshot::Snapshot;

const SNAPSHOT: &str = "security/advisories.txt";

/// An older snapshot still finds much, and misses the newest.
const OLD_AFTER_DAYS: i64 = 60;

/// Checks `Cargo.lock` against the snapshot of the repository.
pub(crate) fn run() -> Result<Verdict> {
    let metadata = cargo::workspace(None)?;
    let root = metadata.workspace_root.as_std_path();
    let snapshot = Snapshot::parse(&tree::read(&root.join(SNAPSHOT))?)?;
    let packages = lock::packages(&tree::read(&root.join("Cargo.lock"))?);
    let ignored = ignored::all(&tree::read(&root.join("deny.toml"))?);
    let mut report = inspect(&snapshot, &packages, &ignored);
    if let Some(days) = date::days_since(&snapshot.date).filter(|days| *days > OLD_AFTER_DAYS) {
        report.note(format!("the snapshot is {days} days old: renew it with `cargo xtask advisories --import FOLDER`"));
    }
    let what = format!("{} packages, {} advisories of {}", packages.len(), snapshot.advisories.len(), snapshot.date);
    report.show("advisories", &what)
}

/// Writes the snapshot anew from `folder`, an unpacked copy of the advisory-db.
pub(crate) fn import(folder: &Path) -> Result<Verdict> {
    let snapshot = import::read(folder)?;
    let path = cargo::workspace(None)?.workspace_root.join(SNAPSHOT).into_std_path_buf();
    let refused = |error| Fault::io(&format!("write {}", path.display()), &error);
    fs::create_dir_all(path.parent().unwrap_or(&path)).map_err(refused)?;
    fs::write(&path, snapshot.to_string()).map_err(refused)?;
    output::line(&format!("{SNAPSHOT}: {} advisories, the newest of {}", snapshot.advisories.len(), snapshot.date))?;
    Ok(Verdict::Good)
}

fn inspect(snapshot: &Snapshot, packages: &[Package], ignored: &[Ignored]) -> Report {
    let mut report = Report::default();
    let mut used = Vec::new();
    for package in packages {
        for advisory in snapshot.advisories.iter().filter(|advisory| advisory.concerns(package)) {
            match ignored.iter().find(|ignored| ignored.id == advisory.id) {
                Some(ignored) if advisory.can_be_ignored() && !ignored.reason.is_empty() => {
                    report.note(format!("{} (ignored: {})", sentence(advisory, package), ignored.reason));
                }
                _ => report.fault(sentence(advisory, package)),
            }
            used.push(advisory.id.as_str());
        }
    }
    for ignored in ignored {
        report.faults(ignored.fault(&used));
    }
    report
}

fn sentence(advisory: &Advisory, package: &Package) -> String {
    let Package { name, version } = package;
    let Advisory { id, title, .. } = advisory;
    format!("{id}: {name} {version} {}: {title}; {}", advisory.kind_in_words(), advisory.remedy())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEDED: &str = "# snapshot: 2026-08-20\n\
        RUSTSEC-2026-0007\tbytes\t2026-02-03\t\t\t>= 1.11.1\t< 1.2.1\t\tInteger overflow in `BytesMut::reserve`\n\
        RUSTSEC-2024-0436\tpaste\t2024-10-07\tunmaintained\t\t\t\t\tpaste - no longer maintained\n\
        RUSTSEC-2020-0001\told\t2020-01-01\t\t2020-02-01\t\t\t\tWithdrawn\n";

    const COMMITTED: &str = include_str!("../../../../security/advisories.txt");

    fn faults(lock: &str, deny: &str) -> Vec<String> {
        faults_by(SEEDED, lock, deny)
    }

    fn faults_by(snapshot: &str, lock: &str, deny: &str) -> Vec<String> {
        let snapshot = Snapshot::parse(snapshot).expect("it is sound");
        inspect(&snapshot, &lock::packages(lock), &ignored::all(deny)).all_faults().to_vec()
    }

    fn locked(name: &str, version: &str) -> String {
        let source = "registry+https://github.com/rust-lang/crates.io-index";
        format!("version = 4\n\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"{source}\"\n")
    }

    #[test]
    fn a_vulnerable_version_is_found() {
        let found = faults(&locked("bytes", "1.11.0"), "");
        assert_eq!(
            found,
            ["RUSTSEC-2026-0007: bytes 1.11.0 has a vulnerability: Integer overflow in `BytesMut::reserve`; \
              update it to >= 1.11.1"]
        );
    }

    #[test]
    fn the_committed_snapshot_knows_old_weaknesses() {
        let found = faults_by(COMMITTED, &locked("tokio", "1.44.1"), "");
        assert!(found.iter().any(|fault| fault.starts_with("RUSTSEC-2025-0023: tokio 1.44.1 is unsound")), "{found:?}");
        assert!(faults_by(COMMITTED, &locked("tokio", "1.54.1"), "").is_empty());
    }

    #[test]
    fn patched_and_unaffected_versions_pass() {
        assert!(faults(&locked("bytes", "1.11.1"), "").is_empty());
        assert!(faults(&locked("bytes", "1.2.0"), "").is_empty());
        assert!(faults(&locked("old", "1.0.0"), "").is_empty());
    }

    #[test]
    fn an_unmaintained_package_needs_a_reason() {
        let lock = locked("paste", "1.0.15");
        assert!(faults(&lock, "")[0].contains("paste 1.0.15 is unmaintained"));
        let reasoned = "[advisories]\nignore = [{ id = \"RUSTSEC-2024-0436\", reason = \"macro only\" }]\n";
        assert!(faults(&lock, reasoned).is_empty());
        let bare = "[advisories]\nignore = [\"RUSTSEC-2024-0436\"]\n";
        assert_eq!(faults(&lock, bare).len(), 2);
    }

    #[test]
    fn a_vulnerability_cannot_be_ignored() {
        let deny = "[advisories]\nignore = [{ id = \"RUSTSEC-2026-0007\", reason = \"not reached\" }]\n";
        assert_eq!(faults(&locked("bytes", "1.11.0"), deny).len(), 1);
    }

    #[test]
    fn an_ignored_advisory_that_concerns_nothing_is_found() {
        let deny = "[advisories]\nignore = [{ id = \"RUSTSEC-2024-0436\", reason = \"macro only\" }]\n";
        assert!(faults(&locked("bytes", "1.11.1"), deny)[0].contains("concerns no package"));
    }
}
