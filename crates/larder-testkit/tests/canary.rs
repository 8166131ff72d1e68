//! Canaries sing in every disguise, and only then.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::fmt::Write;
use std::sync::Arc;

use larder_core::{Error, Event, Key, Observers};
use larder_testkit::{Canaries, Canary, Form};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02X}").unwrap();
        text
    })
}

/// Base64 by its definition, for the text of the standard alphabet.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = bytes.chunks(3).flat_map(|chunk| {
        let padded = [chunk, &[0, 0]].concat();
        let group = u32::from(padded[0]) << 16 | u32::from(padded[1]) << 8 | u32::from(padded[2]);
        (0..=chunk.len()).map(move |digit| DIGITS[(group >> (18 - 6 * digit) & 63) as usize] as char)
    });
    digits.collect()
}

#[test]
fn t10_a_canary_is_found_in_every_form() {
    let canary = Canary::new();
    let (marker, bytes) = (canary.as_str(), canary.as_str().as_bytes());
    let percent: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
    let unicode: String = bytes.iter().map(|byte| format!("\\u{byte:04x}")).collect();
    for (text, form) in [
        (format!("password={marker}!"), Form::Plain),
        (format!("{:?}", marker.to_lowercase()), Form::Plain),
        (marker.to_uppercase(), Form::Plain),
        (format!("0x{}", hex(bytes)), Form::Hex),
        (hex(bytes).to_lowercase(), Form::Hex),
        (percent, Form::Percent),
        (unicode, Form::Unicode),
        (format!("{bytes:?}"), Form::Decimal),
        (format!("{bytes:#?}"), Form::Decimal),
    ] {
        assert_eq!(canary.find(&text).map(|leak| leak.form), Some(form), "{form}");
    }
    for before in ["", "a", "ab", "abc", "user:"] {
        let token = base64(format!("{before}{marker}:tail").as_bytes());
        assert_eq!(canary.find(&format!("Basic {token}")).map(|leak| leak.form), Some(Form::Base64), "{before:?}");
    }
}

#[test]
fn t10_what_holds_no_canary_is_silent() {
    let (canary, other) = (Canary::new(), Canary::new());
    assert_ne!(canary.as_str(), other.as_str());
    for text in ["", "CanarY", other.as_str(), &base64(other.as_str().as_bytes()), &format!("{canary:?}")] {
        assert_eq!(canary.find(text), None, "{text:?}");
    }
}

#[test]
fn t10_outputs_are_searched_by_debug_display_chain_and_event() {
    let canaries = Canaries::new();
    let observers = Observers::new();
    let _attached = observers.attach(canaries.clone());
    canaries.take_debug("a key", &Key::new("app:users:1").unwrap());
    canaries.take_display("a key", &Key::new("app:users:1").unwrap());
    canaries.take_error("an error", &Error::invalid("insert", "too large"));
    observers.tell(&Event::Insert { cache: "users", key: "1" });
    assert_eq!(canaries.taken(), 2 + 1 + 3 + 2);
    canaries.assert_silent();

    let source = std::io::Error::other(format!("cannot open {}", canaries.as_str()));
    canaries.take_error("a load", &Error::load("get_or_load", Arc::new(source)));
    let (what, leak) = canaries.leaks().remove(0);
    assert_eq!((what.as_str(), leak.form), ("a load", Form::Plain));
    let report = std::panic::catch_unwind(|| canaries.assert_silent()).unwrap_err();
    let report = report.downcast_ref::<String>().unwrap();
    assert!(report.contains("a load: as it is"), "{report}");
    assert!(!report.contains(canaries.as_str()), "a report does not spread what it found");
}

#[test]
#[should_panic(expected = "nothing was taken in")]
fn silence_without_outputs_proves_nothing() {
    Canaries::new().assert_silent();
}
