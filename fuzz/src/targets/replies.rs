//! Answers of a server that may be anything.

use larder_core::{Grant, Put};
use larder_redis::fuzzing::{self, Answer};

use crate::input::Input;
use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "replies",
    says: "an answer is taken only in the form that its command has, with as many parts and with numbers that are none below zero",
    check: |bytes| check(bytes, fuzzing::grant),
    planted: |bytes| check(bytes, |answer| fuzzing::grant(up_to_four(answer))),
    bug: "what a list has too much of is passed over",
    seeds,
    tokens: &["\u{5}\u{4}", "\u{5}\u{2}", "\u{1}", "\u{4}\u{8}", "0", "-1", "18446744073709551615"],
    allowance: Target::modest,
};

fn check(bytes: &[u8], grant: fn(Answer) -> Option<Grant>) -> Seen {
    let answer = draw(&mut Input::new(bytes), 4);
    let parts = match &answer {
        Answer::List(parts) => Some(&parts[..]),
        _ => None,
    };
    let granted = grant(answer.clone());
    assert!(granted.is_none() || parts.is_some_and(|parts| parts.len() == 4), "a grant of other than four parts");
    let changed = fuzzing::changed(answer.clone());
    if let Some(changed) = changed {
        let numbers: Option<Vec<u64>> = parts.map(|parts| parts.iter().filter_map(number).collect());
        assert_eq!(numbers.as_deref().map(<[u64]>::len), Some(2), "a change of other than two numbers");
        assert_eq!(
            numbers.and_then(|numbers| numbers.first().copied()),
            Some(changed.version.get()),
            "another version"
        );
    }
    let put = fuzzing::put(answer.clone());
    if let Some(Put::Stored(version)) = put {
        assert_eq!(parts.and_then(|parts| number(&parts[1])), Some(version.get()), "another version than was answered");
    }
    let reading = fuzzing::reading(answer.clone(), 2);
    assert!(reading.as_ref().is_none_or(|reading| reading.tags.len() == 2), "other tags than were asked for");
    let micros = fuzzing::micros(answer.clone());
    assert!(micros.is_none() || parts.is_some_and(|parts| parts.len() == 2), "a time of other than two numbers");
    let bytes = fuzzing::bytes(answer.clone());
    match (&answer, &bytes) {
        (Answer::Null, Some(None)) => {}
        (Answer::Bytes(given), Some(Some(taken))) => assert_eq!(given, taken, "other bytes than were answered"),
        (Answer::Text(given), Some(Some(taken))) => assert_eq!(given.as_bytes(), &taken[..], "another text"),
        (_, taken) => assert!(taken.is_none(), "bytes that are none"),
    }
    Seen::of((
        granted.is_some(),
        changed.is_some(),
        put.is_some(),
        reading.is_some(),
        micros.is_some(),
        bytes.is_some(),
    ))
}

/// The number in an answer, by whatever form numbers have.
fn number(answer: &Answer) -> Option<u64> {
    match answer {
        Answer::Integer(number) => u64::try_from(*number).ok(),
        Answer::Text(digits) => digits.parse().ok().filter(|_| !digits.starts_with('+')),
        _ => None,
    }
}

fn draw(input: &mut Input<'_>, depth: usize) -> Answer {
    match input.below(if depth == 0 { 6 } else { 7 }) {
        0 => Answer::Null,
        1 => Answer::Integer(input.number().cast_signed()),
        2 => Answer::Double(f64::from_bits(input.number())),
        3 => Answer::Boolean(input.byte() & 1 == 1),
        4 => Answer::Bytes(input.bytes().to_vec()),
        5 => Answer::Text(input.text().to_owned()),
        _ => Answer::List((0..input.below(7)).map(|_| draw(input, depth - 1)).collect()),
    }
}

fn up_to_four(answer: Answer) -> Answer {
    match answer {
        Answer::List(mut parts) => {
            parts.truncate(4);
            Answer::List(parts)
        }
        other => other,
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let integer = |number: u64| [&[1][..], &number.to_le_bytes()].concat();
    let bytes = |bytes: &[u8]| [&[4, u8::try_from(bytes.len()).unwrap_or(0)], bytes].concat();
    let text = |text: &str| [&[5, u8::try_from(text.len()).unwrap_or(0)], text.as_bytes()].concat();
    let list = |parts: &[Vec<u8>]| [vec![6, u8::try_from(parts.len()).unwrap_or(0)], parts.concat()].concat();
    vec![
        vec![0],
        bytes(b"payload"),
        list(&[bytes(&[1; 8]), integer(7), integer(2), integer(500)]),
        list(&[bytes(b""), integer(7), integer(0), integer(0)]),
        list(&[integer(0), integer(9)]),
        list(&[text("1700000000"), text("123456")]),
        list(&[bytes(&[3; 8]), integer(1), integer(2), integer(3), integer(4)]),
    ]
}
