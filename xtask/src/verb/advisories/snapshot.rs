//! The advisories as the repository keeps them: one line each, tabs between the columns.

use std::fmt;

use super::advisory::Advisory;
use super::requirement;
use crate::verdict::{Fault, Result};

/// Between the requirements of a list.
const OR: &str = " | ";
const DATE: &str = "# snapshot: ";

const HEAD: &str = "\
# Security advisories for packages of crates.io, one a line; written by `cargo xtask advisories --import FOLDER`.
# origin: the RustSec advisory database, https://github.com/rustsec/advisory-db (public domain, CC0-1.0).
# Lines with a source are adapted from the GitHub Advisory Database (CC-BY-4.0); the source is the original.
# columns: id, package, date, kind, withdrawn, patched, unaffected, source, title
";

/// All advisories of one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// The date of the newest advisory, as `2026-08-20`.
    pub(super) date: String,
    pub(super) advisories: Vec<Advisory>,
}

impl Snapshot {
    /// A snapshot of these advisories, in the order of their ids.
    pub(super) fn new(mut advisories: Vec<Advisory>) -> Self {
        advisories.sort_by(|one, other| one.id.cmp(&other.id));
        let date = advisories.iter().map(|advisory| advisory.date.clone()).max().unwrap_or_default();
        Self { date, advisories }
    }

    /// Reads what `to_string` wrote.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let date = text.lines().find_map(|line| line.strip_prefix(DATE));
        let date = date.ok_or_else(|| broken(1, "has no date", text.lines().next().unwrap_or_default()))?.to_owned();
        let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let advisories = lines.map(|(index, line)| advisory(line).ok_or_else(|| broken(index + 1, "is broken", line)));
        Ok(Self { date, advisories: advisories.collect::<Result<_>>()? })
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}{DATE}{}", self.date)?;
        self.advisories.iter().try_for_each(|advisory| writeln!(f, "{}", columns(advisory).join("\t")))
    }
}

fn columns(advisory: &Advisory) -> [String; 9] {
    let Advisory { id, package, date, kind, withdrawn, patched, unaffected, source, title } = advisory.clone();
    [id, package, date, kind, withdrawn, patched.join(OR), unaffected.join(OR), source, title]
}

fn advisory(line: &str) -> Option<Advisory> {
    let columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
    let [id, package, date, kind, withdrawn, patched, unaffected, source, title] =
        <[String; 9]>::try_from(columns).ok()?;
    let (patched, unaffected) = (list(&patched)?, list(&unaffected)?);
    Some(Advisory { id, package, date, kind, withdrawn, patched, unaffected, source, title })
}

fn list(column: &str) -> Option<Vec<String>> {
    let requirements = column.split(OR).filter(|requirement| !requirement.is_empty());
    requirements.map(|requirement| requirement::is_sound(requirement).then(|| requirement.to_owned())).collect()
}

fn broken(line: usize, what: &str, text: &str) -> Fault {
    let start: String = text.chars().take(40).collect();
    Fault::new(format!("the snapshot of advisories {what}, line {line} (`{start}`): import it anew"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Snapshot {
        let advisory = |id: &str, date: &str| Advisory {
            id: id.to_owned(),
            package: "tokio".to_owned(),
            date: date.to_owned(),
            patched: vec![">= 1.38.2, < 1.39.0".to_owned(), ">= 1.44.2".to_owned()],
            title: "Broadcast".to_owned(),
            ..Advisory::default()
        };
        Snapshot::new(vec![advisory("RUSTSEC-2025-0023", "2025-04-07"), advisory("RUSTSEC-2021-0072", "2021-07-07")])
    }

    #[test]
    fn what_was_written_is_read_again() {
        assert_eq!(Snapshot::parse(&some().to_string()), Ok(some()));
    }

    #[test]
    fn the_newest_advisory_dates_the_snapshot_and_ids_order_it() {
        assert_eq!(some().date, "2025-04-07");
        assert_eq!(some().advisories[0].id, "RUSTSEC-2021-0072");
    }

    #[test]
    fn a_broken_line_is_named() {
        let fault = Snapshot::parse("# snapshot: 2026-08-20\nRUSTSEC-1\n").expect_err("it is broken");
        assert!(fault.to_string().contains("line 2 (`RUSTSEC-1`)"), "{fault}");
        let fault = Snapshot::parse("").expect_err("it is empty");
        assert!(fault.to_string().contains("no date"), "{fault}");
    }
}
