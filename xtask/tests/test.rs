//! `cargo xtask test`, run on a small crate.

mod seeded;

use seeded::Workspace;

const LIBRARY: &str = "//! Adds.\n\n/// The sum.\n///\n/// ```\n/// assert_eq!(adder::add(1, 2), 3);\n/// ```\n\
    pub fn add(a: u32, b: u32) -> u32 {\n    a + b\n}\n\n#[test]\nfn one_and_one() {\n    assert_eq!(add(1, 1), 2);\n}\n";

fn workspace(name: &str, example: &str) -> Workspace {
    Workspace::new(&format!("test-{name}"), "")
        .member("adder", "", LIBRARY)
        .file("crates/adder/examples/sum.rs", &format!("//! Shows.\nfn main() {{\n    {example}\n}}\n"))
}

#[test]
fn tests_doctests_and_examples_run() {
    let said = workspace("good", "println!(\"one and two is {}\", adder::add(1, 2));").xtask(&["test"]).ended_with(0);
    assert_eq!(said.matches("test result: ok. 1 passed").count(), 2, "{said}");
    assert!(said.contains("one and two is 3"), "{said}");
    assert!(said.contains("example sum"), "{said}");
}

#[test]
fn an_example_that_fails_fails_all() {
    let said = workspace("bad", "std::process::exit(3);").xtask(&["test"]).ended_with(1);
    assert!(said.contains("sum ended with exit status: 3"), "{said}");
}

#[test]
fn arguments_reach_cargo() {
    let said = workspace("extra", "").xtask(&["test", "--", "--lib"]).ended_with(0);
    assert_eq!(said.matches("test result: ok").count(), 1, "{said}");
}
