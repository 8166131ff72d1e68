//! Reads canonical bytes back: what can be read back was encoded injectively.

use std::collections::BTreeMap;

use larder_key::Value;

/// The one value whose canonical bytes are `bytes`.
pub(crate) fn decode(bytes: &[u8]) -> Value {
    let mut rest = bytes;
    let value = value(&mut rest);
    assert!(rest.is_empty(), "{} bytes too many", rest.len());
    value
}

/// The value as encoding sees it: integral floats are integers.
pub(crate) fn canonical(value: &Value) -> Value {
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "integral and below 2^127: the cast is exact")]
        Value::Float(float) if float.fract() == 0.0 && float.abs() < 2f64.powi(127) => Value::Integer(*float as i128),
        Value::List(items) => Value::List(items.iter().map(canonical).collect()),
        Value::Map(entries) => entries.iter().map(|(name, value)| (name.clone(), canonical(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::Text(_) | Value::Bytes(_) => {
            value.clone()
        }
    }
}

fn value(rest: &mut &[u8]) -> Value {
    match take(rest, 1)[0] {
        b'n' => Value::Null,
        b'f' => Value::Bool(false),
        b't' => Value::Bool(true),
        b'i' => Value::Integer(integer(rest)),
        b'd' => Value::Float(f64::from_be_bytes(take(rest, 8).try_into().unwrap())),
        b's' => Value::Text(text(rest)),
        b'b' => Value::Bytes(sized(rest).to_vec()),
        b'l' => Value::List((0..varint(rest)).map(|_| value(rest)).collect()),
        b'm' => Value::Map((0..varint(rest)).map(|_| entry(rest)).collect::<BTreeMap<_, _>>()),
        tag => panic!("unknown tag {tag}"),
    }
}

fn entry(rest: &mut &[u8]) -> (String, Value) {
    assert_eq!(take(rest, 1), b"s");
    (text(rest), value(rest))
}

fn integer(rest: &mut &[u8]) -> i128 {
    let number = varint(rest);
    let half = i128::try_from(number >> 1).unwrap();
    if number & 1 == 0 { half } else { -half - 1 }
}

fn text(rest: &mut &[u8]) -> String {
    String::from_utf8(sized(rest).to_vec()).unwrap()
}

fn sized<'b>(rest: &mut &'b [u8]) -> &'b [u8] {
    let length = usize::try_from(varint(rest)).unwrap();
    take(rest, length)
}

fn varint(rest: &mut &[u8]) -> u128 {
    let mut number = 0;
    for shift in (0..).step_by(7) {
        let byte = take(rest, 1)[0];
        number |= u128::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    number
}

fn take<'b>(rest: &mut &'b [u8], length: usize) -> &'b [u8] {
    let (taken, left) = rest.split_at(length);
    *rest = left;
    taken
}
