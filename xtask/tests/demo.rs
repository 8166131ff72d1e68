//! `cargo xtask demo --smoke`, run on a service that only pretends.

mod seeded;

use seeded::Workspace;

/// Says where it listens, ends by `exit` when asked to, and is content with one address.
const SERVICE: &str = r#"//! Pretends.
use std::os::unix::process::CommandExt;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", "--listen", "127.0.0.1:0", extra @ ..] => serve(extra),
        ["smoke", "--url", "http://127.0.0.1:4711"] => println!("all questions answered"),
        other => panic!("unexpected {other:?}"),
    }
}

fn serve(extra: &[&str]) {
    let code = extra.first().unwrap_or(&"0");
    let script = format!("trap 'exit {code}' TERM; echo listening on http://127.0.0.1:4711; while :; do sleep 0.01; done");
    panic!("{}", std::process::Command::new("sh").args(["-c", &script]).exec());
}
"#;

fn workspace(name: &str) -> Workspace {
    Workspace::new(&format!("demo-{name}"), "")
        .member("text-service", "", "//! Empty.\n")
        .file("crates/text-service/src/main.rs", SERVICE)
}

#[test]
fn a_service_is_started_asked_and_stopped() {
    let said = workspace("good").xtask(&["demo", "--smoke"]).ended_with(0);
    assert!(said.contains("all questions answered"), "{said}");
}

#[test]
fn a_service_that_ends_badly_fails() {
    let said = workspace("bad").xtask(&["demo", "--smoke", "--", "9"]).ended_with(1);
    assert!(said.contains("the service, asked to stop, ended with exit status: 9"), "{said}");
}

#[test]
fn a_workspace_without_the_service_could_not_be_tried() {
    Workspace::new("demo-none", "").member("other", "", "//! Empty.\n").xtask(&["demo", "--smoke"]).ended_with(2);
}
