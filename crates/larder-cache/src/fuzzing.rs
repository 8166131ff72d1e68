//! Payloads and values, for the fuzz targets only.

use larder_core::envelope::CodecId;
use larder_core::{Error, ErrorKind, Result};

use crate::codec::Codec;
use crate::value::Value;

/// The value in the payload that the codec numbered `id` wrote.
///
/// # Errors
/// `Corrupt` for an unknown codec and for bytes that are no such value.
pub fn decode<V: Value>(id: CodecId, payload: &[u8]) -> Result<V> {
    let unknown = || Error::new(ErrorKind::Corrupt, "decode", "no codec of this build has that number");
    Codec::of(id).ok_or_else(unknown)?.decode(payload)
}

/// `value` as the payload of `codec`.
///
/// # Errors
/// `Unsupported` when the codec has no form for it.
pub fn encode<V: Value>(codec: Codec, value: &V) -> Result<Vec<u8>> {
    codec.encode(value)
}
