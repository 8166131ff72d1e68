//! What a server answered, as what was expected.

use bytes::Bytes;
use fred::types::Value;

use crate::failure::Failure;

type Read<T> = Result<T, Failure>;

/// Bytes, or nothing where the server has none.
pub(crate) fn optional_bytes(value: Value) -> Read<Option<Bytes>> {
    match value {
        Value::Null => Ok(None),
        Value::Bytes(bytes) => Ok(Some(bytes)),
        Value::String(text) => Ok(Some(text.into_inner())),
        _ => Err(Failure::Odd),
    }
}

pub(crate) fn bytes(value: Value) -> Read<Bytes> {
    optional_bytes(value)?.ok_or(Failure::Odd)
}

/// A number that is not negative, as a number or as digits.
pub(crate) fn number(value: &Value) -> Read<u64> {
    match value {
        Value::Integer(number) => u64::try_from(*number).ok(),
        // `parse` alone would take `+7`, and the client's own reading a list with one number in it.
        Value::String(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
        _ => None,
    }
    .ok_or(Failure::Odd)
}

pub(crate) fn list(value: Value) -> Read<Vec<Value>> {
    if let Value::Array(values) = value { Ok(values) } else { Err(Failure::Odd) }
}

/// A list of exactly as many.
pub(crate) fn exactly<const COUNT: usize>(value: Value) -> Read<[Value; COUNT]> {
    list(value)?.try_into().map_err(|_| Failure::Odd)
}

/// The microseconds of an answer to TIME.
pub(crate) fn micros(value: Value) -> Read<u64> {
    let [seconds, micros] = exactly(value)?;
    Ok(number(&seconds)?.saturating_mul(1_000_000).saturating_add(number(&micros)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_number_or_digits_and_nothing_else() {
        assert_eq!((number(&Value::Integer(7)), number(&Value::String("7".into()))), (Ok(7), Ok(7)));
        let list = Value::Array(vec![Value::Integer(7)]);
        for odd in [Value::Null, Value::Integer(-1), Value::String("+7".into()), Value::String("".into()), list] {
            assert_eq!(number(&odd), Err(Failure::Odd), "{odd:?}");
        }
    }
}
