//! `cargo xtask ablate`, run on a small crate with protections of its own.

mod seeded;

use seeded::Workspace;

const LIBRARY: &str = r#"//! Two protections.

/// True when the protection is off.
fn off(name: &str) -> bool {
    cfg!(larder_ablate) && std::env::var("LARDER_ABLATE").is_ok_and(|chosen| chosen == name)
}

/// Never above ten.
pub fn bounded(value: u32) -> u32 {
    if off("bound") { value } else { value.min(10) }
}

/// Never zero.
pub fn positive(value: u32) -> u32 {
    if off("floor") { value } else { value.max(1) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn eleven_becomes_ten() {
        assert_eq!(super::bounded(11), 10);
    }

    #[test]
    fn eleven_becomes_ten_and_more() {
        panic!("this one is never meant");
    }
}
"#;

const INTEGRATION: &str = "#[test]\nfn zero_becomes_one() {\n    assert_eq!(guarded::positive(0), 1);\n}\n\n\
    #[test]\nfn one_stays() {\n    assert_eq!(guarded::positive(1), 1);\n}\n";

fn workspace(name: &str, entries: &[(&str, &str)]) -> Workspace {
    let list = entries.iter().map(|(switch, test)| {
        format!("[[ablation]]\nname = \"{switch}\"\nrule = \"E1\"\ntest = \"guarded::{test}\"\nwhy = \"it matters\"\n")
    });
    Workspace::new(&format!("ablate-{name}"), "")
        .member("guarded", "", LIBRARY)
        .file("crates/guarded/tests/floor.rs", INTEGRATION)
        .file("ablations.toml", &list.collect::<String>())
}

const BOUND: (&str, &str) = ("bound", "lib::tests::eleven_becomes_ten");

#[test]
fn tests_that_need_their_protections_pass() {
    let said = workspace("good", &[BOUND, ("floor", "floor::zero_becomes_one")]).xtask(&["ablate"]).ended_with(0);
    assert_eq!(said.matches("fails, as it must").count(), 2, "{said}");
}

#[test]
fn what_proves_nothing_is_told_and_fails() {
    let entries = [
        ("floor", "floor::one_stays"),
        ("gone", "floor::is_gone"),
        ("lost", "lib::tests::eleven_becomes_ten_and_more"),
    ];
    let said = workspace("bad", &entries).xtask(&["ablate"]).ended_with(1);
    for fault in [
        "floor (E1): `guarded::floor::one_stays` passes without the protection, though it matters",
        "gone (E1): `guarded::floor::is_gone` does not exist in its program",
        "lost (E1): `guarded::lib::tests::eleven_becomes_ten_and_more` fails with every protection in place",
    ] {
        assert!(said.contains(fault), "{fault}\nis missing in\n{said}");
    }
}

#[test]
fn one_protection_can_be_tried_alone() {
    let said = workspace("one", &[BOUND, ("floor", "floor::one_stays")]).xtask(&["ablate", "bound"]).ended_with(0);
    assert!(!said.contains("one_stays"), "{said}");
}
