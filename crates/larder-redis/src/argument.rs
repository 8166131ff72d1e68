//! What commands and scripts are given.

use std::time::Duration;

use bytes::Bytes;
use fred::bytes_utils::Str;
use fred::types::Value;
use larder_core::envelope::Preamble;

pub(crate) fn text(text: &str) -> Value {
    Value::String(Str::from(text))
}

pub(crate) const fn fixed(text: &'static str) -> Value {
    Value::Bytes(Bytes::from_static(text.as_bytes()))
}

pub(crate) fn bytes(bytes: impl Into<Bytes>) -> Value {
    Value::Bytes(bytes.into())
}

/// A number, cut to what scripts count exactly.
pub(crate) fn number(number: u64) -> Value {
    Value::Integer(i64::try_from(number.min(Preamble::NEVER)).unwrap_or(i64::MAX))
}

/// Whole milliseconds for which something is kept, rounded up; at least one, and so few that a time can be added.
pub(crate) fn keep(duration: Duration) -> Value {
    const MOST: u128 = 1 << 52;
    let millis = duration.as_nanos().div_ceil(1_000_000).clamp(1, MOST);
    number(u64::try_from(millis).unwrap_or(u64::MAX))
}

/// Whole milliseconds of a life, rounded down; a life without end has as many as there are.
pub(crate) fn life(duration: Duration) -> u64 {
    if duration == Duration::MAX {
        return Preamble::NEVER;
    }
    u64::try_from(duration.as_millis()).map_or(Preamble::NEVER, |millis| millis.min(Preamble::NEVER))
}
