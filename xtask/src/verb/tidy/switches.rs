//! The list of ablations and the source agree.

use super::finding::Finding;
use crate::ablations::{self, Ablation};
use crate::rust::{Source, definitions, words};

const LIST: &str = "ablations.toml";

/// The only file that may speak of switches without having one.
const SWITCHBOARD: &str = "crates/larder-core/src/ablation.rs";

/// Entries without a switch or without a test, and switches without an entry.
pub(super) fn findings(list: &str, sources: &[Source]) -> Vec<Finding> {
    let entries = match ablations::parse(list) {
        Ok(entries) => entries,
        Err(faults) => return faults.into_iter().map(|fault| Finding::new("switches", LIST, fault)).collect(),
    };
    let mut findings: Vec<Finding> = entries.iter().flat_map(|entry| of_entry(entry, sources)).collect();
    findings.extend(sources.iter().flat_map(|source| unlisted(source, &entries)));
    findings
}

fn of_entry(entry: &Ablation, sources: &[Source]) -> Vec<Finding> {
    let place = format!("{LIST}:{}", entry.line);
    let Ablation { name, test, .. } = entry;
    let mut findings = Vec::new();
    if !sources.iter().any(|source| switches(source).iter().any(|(switch, _)| switch == name)) {
        let sentence = format!("no source of crates/ asks for `off(\"{name}\")`: correct the name or add the switch");
        findings.push(Finding::new("switches", place.as_str(), sentence));
    }
    if !sources.iter().any(|source| may_hold(source, entry) && defines(source, test.function())) {
        findings.push(Finding::new("switches", place, format!("the test `{test}` is not there: correct its name")));
    }
    findings
}

/// The files in which the test of an entry can be: its own target, or the suites of the testkit.
fn may_hold(source: &Source, entry: &Ablation) -> bool {
    let folder = format!("crates/{}", entry.test.package);
    let target = &entry.test.target;
    let own = if entry.test.is_unit_test() {
        source.path.starts_with(&format!("{folder}/src/"))
    } else {
        source.path == format!("{folder}/tests/{target}.rs")
            || source.path.starts_with(&format!("{folder}/tests/{target}/"))
    };
    own || source.path.starts_with("crates/larder-testkit/src/")
}

fn defines(source: &Source, function: &str) -> bool {
    definitions(&source.code).iter().any(|found| found.keyword == "fn" && found.name == function)
}

fn unlisted(source: &Source, entries: &[Ablation]) -> Vec<Finding> {
    let switches =
        switches(source).into_iter().filter(|(switch, _)| !entries.iter().any(|entry| entry.name == *switch));
    switches
        .map(|(switch, offset)| {
            let sentence = format!("the switch `{switch}` has no entry in {LIST}: add one with the test that needs it");
            Finding::at("switches", source, offset, sentence)
        })
        .collect()
}

/// The names in `off("…")` outside tests, with their places.
fn switches(source: &Source) -> Vec<(&str, usize)> {
    if !source.path.starts_with("crates/") || !source.path.contains("/src/") || source.path == SWITCHBOARD {
        return Vec::new();
    }
    let calls = words(&source.code).filter(|word| word.text == "off" && !source.is_test(word.start));
    calls
        .filter_map(|word| {
            let name = source.text[word.end()..].strip_prefix("(\"")?.split('"').next()?;
            Some((name, word.start))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::lines;
    use super::*;

    const LISTED: &str =
        "[[ablation]]\nname = \"fence\"\nrule = \"E18\"\ntest = \"larder-cache::fence::is_kept\"\nwhy = \"x\"\n";

    fn repository(switch: &str, test: &str) -> Vec<Source> {
        vec![
            Source::seeded("crates/larder-cache/src/fence.rs", &format!("fn f() {{ if off(\"{switch}\") {{}} }}")),
            Source::seeded("crates/larder-cache/tests/fence.rs", &format!("fn {test}() {{}}")),
        ]
    }

    #[test]
    fn a_list_that_agrees_passes() {
        assert!(findings(LISTED, &repository("fence", "is_kept")).is_empty());
    }

    #[test]
    fn a_switch_on_one_side_only_is_found() {
        let found = lines(&findings(LISTED, &repository("fences", "is_kept")));
        assert!(found[0].starts_with("ablations.toml:1: no source of crates/ asks for `off(\"fence\")`"), "{found:?}");
        assert!(
            found[1].starts_with("crates/larder-cache/src/fence.rs:1: the switch `fences` has no entry"),
            "{found:?}"
        );
    }

    #[test]
    fn a_missing_test_is_found() {
        let found = lines(&findings(LISTED, &repository("fence", "is_gone")));
        assert_eq!(found, ["ablations.toml:1: the test `larder-cache::fence::is_kept` is not there: correct its name"]);
    }

    #[test]
    fn a_list_that_cannot_be_read_is_found() {
        assert_eq!(findings("[[ablation]]\nname = fence\n", &[]).len(), 5);
    }
}
