//! `layers`: a crate sees only the crates below it.

mod edges;
mod manifests;
mod member;
mod rows;

use std::path::Path;

use crate::cargo;
use crate::report::Report;
use crate::verdict::{Result, Verdict};

use member::Member;

/// Checks the workspace of `manifest`, or the one we are in.
pub(crate) fn run(manifest: Option<&Path>) -> Result<Verdict> {
    let members = member::all(&cargo::workspace(manifest)?)?;
    inspect(&members).show("layers", &format!("{} packages", members.len()))
}

fn inspect(members: &[Member]) -> Report {
    let mut report = Report::default();
    for member in members {
        report.faults(placement(member));
        report.faults(manifests::faults(member));
        edges::inspect(member, &mut report);
    }
    report
}

/// A crate of `crates/` is in the table, and its folder has its name.
fn placement(member: &Member) -> Vec<String> {
    let Some(folder) = member.folder.strip_prefix("crates/") else { return Vec::new() };
    let Member { name, .. } = member;
    let mut faults = Vec::new();
    if rows::row(name).is_none() {
        faults.push(format!(
            "{name} is in crates/ but not in the table of rows: give it a row in xtask/src/verb/layers/rows.rs"
        ));
    }
    if folder != name {
        faults.push(format!("{name} is in crates/{folder}: rename the folder to crates/{name}"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_outside_the_table_is_found() {
        let report = inspect(&[Member::seeded("larder-nowhere", &[])]);
        assert!(report.all_faults()[0].starts_with("larder-nowhere is in crates/ but not in the table"));
    }

    #[test]
    fn a_folder_with_another_name_is_found() {
        let member = Member { folder: "crates/core".to_owned(), ..Member::seeded("larder-core", &[]) };
        let report = inspect(&[member]);
        assert_eq!(report.all_faults(), ["larder-core is in crates/core: rename the folder to crates/larder-core"]);
    }

    #[test]
    fn packages_beside_the_table_need_no_row() {
        let member = Member { folder: "examples/text-service".to_owned(), ..Member::seeded("text-service", &[]) };
        assert!(inspect(&[member]).all_faults().is_empty());
    }
}
