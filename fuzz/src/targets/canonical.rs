//! Canonical bytes of values: unequal values never have the same.

use std::collections::BTreeMap;

use larder_key::{KeyError, MAX_DEPTH, Value, preimage};

use crate::input::Input;
use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "canonical",
    says: "a value can be read back from its canonical bytes, so that unequal values have unequal ones",
    check: |bytes| check(bytes, |value| preimage(value)),
    planted: |bytes| check(bytes, |value| preimage(&bytes_as_texts(value))),
    bug: "bytes that are text are encoded as text",
    seeds,
    tokens: &["\u{1}", "\u{4}", "\u{5}", "\u{6}", "\u{7}", "name"],
    allowance: |bytes| Target::modest(bytes) + 512 * bytes as u64,
};

fn check(bytes: &[u8], encode: fn(&Value) -> Result<Vec<u8>, KeyError>) -> Seen {
    let value = draw(&mut Input::new(bytes), MAX_DEPTH + 2);
    let Ok(encoded) = encode(&value) else {
        assert!(!is_encodable(&value, MAX_DEPTH), "refused although nothing is wrong with it");
        return Seen::of("refused");
    };
    assert!(is_encodable(&value, MAX_DEPTH), "taken although it has no canonical form");
    let mut rest = &encoded[..];
    let read = read(&mut rest).expect("canonical bytes can be read");
    assert!(rest.is_empty(), "bytes after the value");
    assert!(read == normal(value), "another value than was encoded");
    Seen::of((encoded.first().copied(), Seen::size(encoded.len())))
}

fn draw(input: &mut Input<'_>, depth: usize) -> Value {
    let kinds = if depth == 0 { 6 } else { 8 };
    match input.below(kinds) {
        0 => Value::Null,
        1 => Value::Bool(input.byte() & 1 == 1),
        2 => Value::Integer(i128::from(input.number()) - i128::from(u32::MAX)),
        3 => Value::Float(f64::from_bits(input.number())),
        4 => Value::Text(input.text().to_owned()),
        5 => Value::Bytes(input.bytes().to_vec()),
        6 => Value::List((0..input.below(5)).map(|_| draw(input, depth - 1)).collect()),
        _ => Value::Map((0..input.below(5)).map(|_| (input.text().to_owned(), draw(input, depth - 1))).collect()),
    }
}

/// Whether numbers are finite, and lists and maps not too deep.
fn is_encodable(value: &Value, depth: usize) -> bool {
    match value {
        Value::Float(number) => number.is_finite(),
        Value::List(items) => depth > 0 && items.iter().all(|item| is_encodable(item, depth - 1)),
        Value::Map(entries) => depth > 0 && entries.values().all(|value| is_encodable(value, depth - 1)),
        _ => true,
    }
}

/// What is one in a key is one here: a float that is an integer is that.
fn normal(value: Value) -> Value {
    match value {
        Value::Float(number) if number.trunc() == number && number.abs() < 2_f64.powi(127) =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "integral and below 2^127: the cast is exact")]
            Value::Integer(number as i128)
        }
        Value::List(items) => Value::List(items.into_iter().map(normal).collect()),
        Value::Map(entries) => Value::Map(entries.into_iter().map(|(name, value)| (name, normal(value))).collect()),
        other => other,
    }
}

/// Reads canonical bytes by the table of the crate's documentation, and nothing else of it.
fn read(rest: &mut &[u8]) -> Option<Value> {
    Some(match take(rest, 1)?[0] {
        b'n' => Value::Null,
        b'f' => Value::Bool(false),
        b't' => Value::Bool(true),
        b'i' => {
            let number = varint(rest)?;
            Value::Integer((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
        }
        b'd' => Value::Float(f64::from_be_bytes(take(rest, 8)?.try_into().ok()?)),
        b's' => Value::Text(text(rest)?),
        b'b' => Value::Bytes(sized(rest)?.to_vec()),
        b'l' => Value::List((0..varint(rest)?).map(|_| read(rest)).collect::<Option<_>>()?),
        b'm' => Value::Map((0..varint(rest)?).map(|_| entry(rest)).collect::<Option<BTreeMap<_, _>>>()?),
        _ => return None,
    })
}

fn entry(rest: &mut &[u8]) -> Option<(String, Value)> {
    let (b's', name) = (take(rest, 1)?[0], text(rest)?) else { return None };
    Some((name, read(rest)?))
}

fn text(rest: &mut &[u8]) -> Option<String> {
    String::from_utf8(sized(rest)?.to_vec()).ok()
}

fn sized<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(varint(rest)?).ok()?;
    take(rest, length)
}

fn varint(rest: &mut &[u8]) -> Option<u128> {
    let mut number = 0;
    for shift in (0..128).step_by(7) {
        let byte = take(rest, 1)?[0];
        number |= u128::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(taken)
}

fn bytes_as_texts(value: &Value) -> Value {
    match value {
        Value::Bytes(bytes) => String::from_utf8(bytes.clone()).map_or_else(|_| value.clone(), Value::Text),
        Value::List(items) => Value::List(items.iter().map(bytes_as_texts).collect()),
        Value::Map(entries) => {
            Value::Map(entries.iter().map(|(name, value)| (name.clone(), bytes_as_texts(value))).collect())
        }
        other => other.clone(),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let float = [&[3][..], &0.1_f64.to_le_bytes()].concat();
    vec![
        vec![0],
        vec![1, 1],
        [&[2][..], &7_u64.to_le_bytes()].concat(),
        float.clone(),
        [&[4, 3][..], b"Ada"].concat(),
        [&[6, 2, 0][..], &float].concat(),
        [&[7, 2, 1, b'a', 0, 1, b'b', 1, 1][..]].concat(),
        [6, 1].repeat(MAX_DEPTH + 3),
    ]
}
