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
    value.as_u64().ok_or(Failure::Odd)
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
