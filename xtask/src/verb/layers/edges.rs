//! The rules for one dependency.

use super::member::{Edge, Member};
use super::rows::{OWNED, REFUSED, TESTKIT, XTASK, XTASK_MAY_USE, row};
use crate::report::Report;

/// Judges every dependency of `member`.
pub(super) fn inspect(member: &Member, report: &mut Report) {
    for edge in &member.edges {
        report.faults(fault(&member.name, edge));
        if leads_back(&member.name, edge) {
            report.note(format!(
                "{} tests itself with {TESTKIT}, which depends on it: cargo allows this circle, publishing needs care",
                member.name
            ));
        }
    }
}

fn fault(from: &str, edge: &Edge) -> Option<String> {
    match (from == XTASK, edge.inside) {
        (true, true) => Some(format!(
            "{from} depends on {}: {from} is built before everything else; spawn a program of that crate instead",
            edge.to
        )),
        (true, false) => heavy(from, edge),
        (false, true) => upward(from, edge),
        (false, false) => foreign(from, edge),
    }
}

fn heavy(from: &str, edge: &Edge) -> Option<String> {
    let light = XTASK_MAY_USE.contains(&edge.to.as_str());
    (!light).then(|| {
        format!("{from} uses {}: it stays light with {}; spawn a program instead", edge.to, XTASK_MAY_USE.join(" and "))
    })
}

fn upward(from: &str, edge: &Edge) -> Option<String> {
    let to = &edge.to;
    let Some(below) = row(to) else {
        return Some(format!(
            "{from} depends on {to}, which stands above all rows: move what {from} needs into a crate of the table"
        ));
    };
    let above = row(from)?;
    let allowed = below < above || (edge.dev && to == TESTKIT);
    (!allowed).then(|| {
        let verb = if edge.dev { "tests itself with" } else { "depends on" };
        format!(
            "{from} (row {above}) {verb} {to} (row {below}), but a crate sees only lower rows: \
             move what {from} needs below row {above}, or turn the dependency round"
        )
    })
}

/// A dependency from outside that belongs to another crate, or to none of this one's business.
fn foreign(from: &str, edge: &Edge) -> Option<String> {
    row(from)?;
    let owner = OWNED.iter().find(|(name, owner)| *name == edge.to && *owner != from);
    if let Some((name, owner)) = owner {
        return Some(format!("{from} uses {name}, which only {owner} knows: go through {owner} or the contract"));
    }
    let refused = REFUSED.iter().find(|(member, name, _)| *member == from && *name == edge.to && !edge.dev);
    refused.map(|(_, name, why)| format!("{from} uses {name}: {why}; remove the dependency"))
}

fn leads_back(from: &str, edge: &Edge) -> bool {
    edge.inside && edge.dev && edge.to == TESTKIT && row(from) < row(TESTKIT) && row(from).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(from: &str, edge: Edge) -> Vec<String> {
        let mut report = Report::default();
        inspect(&Member::seeded(from, &[edge]), &mut report);
        report.all_faults().to_vec()
    }

    #[test]
    fn a_lower_row_is_allowed() {
        assert!(faults("larder-cache", Edge::inside("larder-memory")).is_empty());
    }

    #[test]
    fn an_upward_edge_names_both_rows_and_the_fix() {
        let found = faults("larder-core", Edge::inside("larder-cache"));
        assert_eq!(
            found,
            ["larder-core (row 0) depends on larder-cache (row 3), but a crate sees only lower rows: \
              move what larder-core needs below row 0, or turn the dependency round"]
        );
    }

    #[test]
    fn crates_of_one_row_never_see_each_other() {
        assert_eq!(faults("larder-memory", Edge::inside("larder-layers")).len(), 1);
        assert_eq!(faults("larder-memory", Edge::inside("larder-layers").dev()).len(), 1);
    }

    #[test]
    fn every_crate_may_test_itself_with_the_testkit_only() {
        assert!(faults("larder-key", Edge::inside(TESTKIT).dev()).is_empty());
        assert_eq!(faults("larder-key", Edge::inside(TESTKIT)).len(), 1);
        assert_eq!(faults("larder-key", Edge::inside("larder-cache").dev()).len(), 1);
    }

    #[test]
    fn the_circle_of_core_and_testkit_is_noted() {
        let mut report = Report::default();
        inspect(&Member::seeded("larder-core", &[Edge::inside(TESTKIT).dev()]), &mut report);
        assert!(report.all_faults().is_empty());
        assert_eq!(report.all_notes().len(), 1);
    }

    #[test]
    fn nothing_depends_on_what_stands_above() {
        assert!(faults("larder", Edge::inside("text-service"))[0].contains("stands above all rows"));
        assert!(faults("text-service", Edge::inside("larder")).is_empty());
    }

    #[test]
    fn xtask_sees_no_crate_and_stays_light() {
        assert!(faults("xtask", Edge::inside("larder-core"))[0].contains("spawn a program"));
        assert!(faults("xtask", Edge::outside("tokio"))[0].contains("cargo_metadata and clap"));
        assert!(faults("xtask", Edge::outside("clap")).is_empty());
    }

    #[test]
    fn owned_dependencies_have_one_owner() {
        assert!(faults("larder-memory", Edge::outside("moka")).is_empty());
        assert!(faults("larder-cache", Edge::outside("moka"))[0].contains("only larder-memory knows"));
        assert!(faults("larder-cache", Edge::outside("fred").dev())[0].contains("only larder-redis knows"));
    }

    #[test]
    fn core_refuses_a_runtime_but_its_tests_may_use_one() {
        assert!(faults("larder-core", Edge::outside("tokio"))[0].starts_with("larder-core uses tokio"));
        assert!(faults("larder-core", Edge::outside("tokio").dev()).is_empty());
    }
}
