//! Random values, made of what breaks encodings.

use larder_key::Value;
use proptest::prelude::*;

/// Separators, quotes, digits, tags, zero bytes, and text that looks like an encoding.
const PIECES: [&str; 24] = [
    "",
    "a",
    "b",
    "alice",
    ":",
    "|",
    "\0",
    "%",
    "{",
    "}",
    "&",
    "=",
    "\"",
    "\n",
    "\u{2028}",
    "\u{1f}",
    "1",
    "0",
    "s\u{1}a",
    "temperature: 0",
    "|opts:",
    "hash:",
    "é",
    "e\u{301}",
];

pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::collection::vec(prop::sample::select(&PIECES[..]), 0..4).prop_map(|pieces| pieces.concat()),
        1 => ".{0,12}",
        1 => (120usize..300).prop_map(|length| "x".repeat(length)),
    ]
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..3).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-3i64..3).prop_map(|number| Value::from(number as f64 / 2.0)),
        prop::num::f64::NORMAL.prop_map(Value::from),
        text().prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..6).prop_map(|bytes| Value::from(&bytes[..])),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map(text(), inner, 0..4).prop_map(Value::Map),
        ]
    })
}
