//! What an entry costs in bytes, as the page on the format says.

use larder_core::envelope::{Envelope, Preamble};

use crate::samples::{encode, envelope, full};

const PAGE: &str = include_str!("../../../../docs/wire-format.md");

/// The least, what the engine writes, and that with an identity.
fn samples(payload: usize) -> [(&'static str, Envelope); 3] {
    let least = envelope(vec![7; payload]);
    let mut usual = least.clone();
    (usual.header.clock, usual.header.load_time) = (full("").header.clock, full("").header.load_time);
    let mut identified = usual.clone();
    identified.header.identity = full("").header.identity;
    [("nothing", least), ("clock and load time", usual), ("clock, load time and identity", identified)]
}

#[test]
fn the_page_tells_the_overhead() {
    let rows = samples(200).into_iter().zip(samples(2048));
    for ((fields, small), (_, large)) in rows {
        let overhead = |envelope: &Envelope| Preamble::LEN + encode(envelope).len() - envelope.payload.len();
        assert_eq!(overhead(&small), overhead(&large), "it does not depend on the payload");
        let percent = |payload: usize| format!("{:.1} %", 100.0 * overhead(&small) as f64 / payload as f64);
        let row = format!("| {fields} | {} | {} | {} |", overhead(&small), percent(200), percent(2048));
        assert!(PAGE.contains(&row), "docs/wire-format.md needs the row {row}");
    }
}

#[test]
fn the_page_tells_every_label() {
    for label in [
        "foreign",
        "unsupported_format",
        "unknown_kind",
        "unknown_critical",
        "unknown_codec",
        "unknown_compression",
        "unknown_cipher",
        "unknown_key",
        "unknown_dictionary",
        "truncated",
        "too_large",
        "trailing_bytes",
        "checksum",
        "foreign_value",
        "bad_field",
    ] {
        assert!(PAGE.contains(&format!("`{label}`")), "docs/wire-format.md does not name {label}");
    }
}

#[test]
fn the_page_shows_the_bytes_of_the_golden_file() {
    let block = PAGE.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mut shown = Vec::new();
    for line in block.lines() {
        let (place, bytes) = line.split(';').next().and_then(|line| line.split_once(':')).unwrap();
        assert_eq!(place.trim().parse::<usize>().unwrap(), shown.len(), "{line}");
        shown.extend(bytes.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()));
    }
    assert_eq!(shown, include_bytes!("../golden/v1/plain.bin"));
}
