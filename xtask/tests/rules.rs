//! `cargo xtask rules`, run on a small crate with rules of its own, and on ours.

mod seeded;

use std::process::Command;

use seeded::Workspace;

const PAGE: &str = "# Rules\n\n## A. Sums\n\n| rule | must hold |\n| --- | --- |\n| E1 | One and one is two. |\n\
    | E2 | Nothing overflows. *No switch: no number is that large.* |\n\n## B. Others\n\n| rule | must hold |\n| --- | --- |\n\
    | E3 | Others add the same. *Comes with topologies.* |\n";

const LIST: &str =
    "[[ablation]]\nname = \"carry\"\nrule = \"E1\"\ntest = \"adder::lib::tests::e1_adds\"\nwhy = \"it matters\"\n";

const UNIT_TEST: &str = "//! Adds.\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn e1_adds() {}\n}\n";

/// A workspace in which E1 is tested, E3 waits, and `proof` is what there is for E2.
fn workspace(name: &str, proof: &str) -> Workspace {
    Workspace::new(&format!("rules-{name}"), "")
        .member("adder", "", UNIT_TEST)
        .file("crates/adder/tests/bounds.rs", proof)
        .file("ablations.toml", LIST)
        .file("docs/rules.md", PAGE)
}

const PROOF: &str = "#[test]\nfn e2_nothing_overflows() {}\n";

#[test]
fn a_rule_without_a_test_fails_and_is_named() {
    let said = workspace("missing", "fn e2_nothing_runs_this() {}\n").xtask(&["rules"]).ended_with(1);
    assert!(said.contains("E1    tested, ablated  carry       One and one is two."), "{said}");
    assert!(said.contains("  crates/adder/src/lib.rs:6 e1_adds"), "{said}");
    assert!(said.contains("E2    missing                      Nothing overflows."), "{said}");
    assert!(said.contains("E3    topologies"), "{said}");
    let sum = "rules: 3 rules, 1 tested, 1 of them ablated, 0 without a switch for a reason, 1 to come with another \
               capability, 1 missing";
    assert!(said.contains(sum), "{said}");
    assert!(said.contains("without a test: E2: write one"), "{said}");
}

#[test]
fn a_rule_whose_own_test_no_ablation_names_fails_unless_the_page_says_why() {
    let other = LIST.replace("e1_adds", "e2_adds");
    let said = workspace("owing", PROOF).file("ablations.toml", &other).xtask(&["rules", "--missing"]).ended_with(1);
    assert!(said.contains("E1    tested, not ablated"), "{said}");
    assert!(said.contains("without an ablation: E1: add to ablations.toml"), "{said}");
    assert!(!said.contains("E2 "), "{said}");
}

#[test]
fn a_rule_that_comes_with_another_capability_fails_nothing() {
    let said = workspace("good", PROOF).xtask(&["rules"]).ended_with(0);
    assert!(said.contains("E2    tested, no switch "), "{said}");
    assert!(said.contains("  no switch: no number is that large"), "{said}");
    assert!(said.contains("0 missing") && !said.contains("without a test"), "{said}");
}

#[test]
fn only_what_is_missing_is_shown_on_request() {
    let said = workspace("only-missing", "").xtask(&["rules", "--missing"]).ended_with(1);
    assert!(said.contains("Nothing overflows.") && said.contains("Others add the same."), "{said}");
    assert!(!said.contains("One and one"), "{said}");
}

#[test]
fn the_list_can_be_a_page() {
    let said = workspace("markdown", PROOF).xtask(&["rules", "--format", "markdown"]).ended_with(0);
    assert!(said.starts_with("## A. Sums\n\n| rule |"), "{said}");
    assert!(said.contains("| E1 | One and one is two. | `e1_adds` | `carry` | tested, ablated |\n"), "{said}");
    assert!(said.contains("\n\n## B. Others\n"), "{said}");
}

#[test]
fn a_number_that_the_page_does_not_have_is_told() {
    let said = workspace("stranger", &format!("{PROOF}#[test]\nfn e9_is_new() {{}}\n")).xtask(&["rules"]).ended_with(0);
    let note = "note: crates/adder/tests/bounds.rs:4: `e9_is_new` carries E9, which docs/rules.md does not have";
    assert!(said.contains(note), "{said}");
}

#[test]
fn a_page_that_cannot_be_read_could_not_be_judged() {
    let said = workspace("no-page", PROOF).file("docs/rules.md", "| E2 | x |\n").xtask(&["rules"]).ended_with(2);
    assert!(said.contains("error: docs/rules.md: line 1: E2 stands where E1 must stand"), "{said}");
}

#[test]
fn wrong_usage_is_told_apart() {
    workspace("usage", PROOF).xtask(&["rules", "--format", "yaml"]).ended_with(2);
    workspace("usage", PROOF).xtask(&["rules", "E1"]).ended_with(2);
}

#[test]
fn help_says_where_it_runs() {
    let said = workspace("help", PROOF).xtask(&["rules", "--help"]).ended_with(0);
    assert!(said.contains("`cargo xtask check` runs it"), "{said}");
}

/// Whether each has a test is what the verb is asked; here only that none of them can be taken off the page.
#[test]
fn our_own_page_has_every_rule_and_only_clusters_wait() {
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    xtask.arg("rules").current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let output = xtask.output().expect("the program was just built");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
    for number in 1..=79 {
        assert!(said.lines().any(|line| line.starts_with(&format!("E{number} "))), "E{number} is missing in\n{said}");
    }
    let waiting: Vec<&str> = said.lines().filter(|line| line.contains("  topologies  ")).collect();
    assert!(waiting.iter().all(|line| line.starts_with("E40 ")), "{waiting:?}");
    assert!(said.contains("1 to come with another capability") || waiting.is_empty(), "{said}");
}
