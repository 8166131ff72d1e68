//! The program, as `cargo xtask fuzz` starts it.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn fuzz(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_larder-fuzz")).args(arguments).current_dir(ROOT).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_finding_is_made_small_kept_and_repeated() {
    let found = fuzz(&["token", "--seconds", "60", "--planted"]);
    let words = said(&found);
    assert_eq!(found.status.code(), Some(1), "{words}");
    assert!(words.contains("BROKEN"), "{words}");
    let file = words.split("--repeat ").nth(1).unwrap().split_whitespace().next().unwrap();
    assert!(std::fs::read(Path::new(ROOT).join(file)).unwrap().len() < 16, "{words}");
    let again = fuzz(&["--repeat", file, "--planted"]);
    assert_eq!(again.status.code(), Some(1), "{}", said(&again));
    let mended = fuzz(&["--repeat", file]);
    assert_eq!(mended.status.code(), Some(0), "{}", said(&mended));
}

#[test]
fn b13_what_ends_its_process_or_never_ends_is_a_finding_too() {
    for (target, what) in [
        ("broken-stack", "overflowed its stack"),
        ("broken-loop", "it still runs after 1 s"),
        ("broken-memory", "bytes at one time"),
    ] {
        let found = fuzz(&[target, "--patience", "1"]);
        let words = said(&found);
        assert_eq!(found.status.code(), Some(1), "{words}");
        assert!(words.contains(what), "{words}");
        let file = words.split("--repeat ").nth(1).unwrap().split_whitespace().next().unwrap();
        let again = fuzz(&["--repeat", file, "--patience", "1"]);
        assert_eq!(again.status.code(), Some(1), "{}", said(&again));
    }
}

#[test]
fn a_sound_target_holds_and_says_how_much_it_was_fed() {
    let held = fuzz(&["names", "--seconds", "1", "--seed", "7"]);
    assert_eq!(held.status.code(), Some(0), "{}", said(&held));
    assert!(said(&held).contains("inputs") && said(&held).contains("holds"), "{}", said(&held));
}

#[test]
fn every_target_is_listed_with_what_holds_and_what_is_planted() {
    let list = said(&fuzz(&["--list"]));
    for target in larder_fuzz::targets::ALL {
        assert!(list.contains(target.name) && list.contains(target.says) && list.contains(target.bug), "{list}");
    }
}

#[test]
fn what_cannot_be_run_is_told_and_is_no_verdict() {
    for (arguments, words) in [
        (&["no-such-target"][..], "there is no target `no-such-target`; there is: "),
        (&["--repeat", "fuzz/artifacts/json/no-such-file.bin"], "there is no file"),
        (&["--seconds", "0"], "0 is not in"),
    ] {
        let output = fuzz(arguments);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(words), "{}", said(&output));
    }
}
