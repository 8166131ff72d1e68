//! How the commands behave towards the shell.

use std::process::{Command, Stdio};

fn xtask(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    command
}

#[test]
fn an_unknown_verb_is_wrong_usage() {
    let output = xtask(&["tset"]).output().expect("the program was just built");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("'test'"), "it suggests the nearest verb");
    assert!(output.stdout.is_empty());
}

#[test]
fn an_unknown_protection_is_wrong_usage() {
    let output = xtask(&["ablate", "no-such-protection"]).output().expect("the program was just built");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`no-such-protection`"));
}

#[test]
fn help_tells_every_verb_and_the_exit_codes() {
    let output = xtask(&["--help"]).output().expect("the program was just built");
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    for word in
        ["test", "check", "layers", "tidy", "advisories", "ablate", "fuzz", "demo", "setup", "Exit codes: 0 good"]
    {
        assert!(help.contains(word), "{word} is missing in:\n{help}");
    }
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_closed_pipe_changes_no_verdict() {
    let mut layers = xtask(&["layers"]);
    let mut child = layers.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program was just built");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
}
