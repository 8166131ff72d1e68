//! Value ⇄ payload.

use larder_core::envelope::CodecId;
use larder_core::{Error, ErrorKind, Result};

use crate::value::Value;

/// How values become bytes for the shared tier. In this process they stay values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Codec {
    /// MessagePack with the names of fields: compact, describes itself, fields may be added. The default.
    #[default]
    MessagePack,
    /// JSON: readable, for every language. Map keys have to be texts or numbers.
    Json,
}

impl Codec {
    /// The codec's number in the envelope.
    #[must_use]
    pub const fn id(self) -> CodecId {
        match self {
            Self::MessagePack => CodecId::MESSAGE_PACK,
            Self::Json => CodecId::JSON,
        }
    }

    /// `value` as bytes.
    ///
    /// # Errors
    /// `Unsupported` when this codec has no form for it.
    pub(crate) fn encode<V: Value>(self, value: &V) -> Result<Vec<u8>> {
        match self {
            Self::MessagePack => rmp_serde::to_vec_named(value).map_err(|_| Self::no_form()),
            Self::Json => serde_json::to_vec(value).map_err(|_| Self::no_form()),
        }
    }

    /// The value that was encoded by the codec numbered `id`, whichever this cache writes itself.
    ///
    /// # Errors
    /// `Corrupt` for an unknown codec and for bytes that are no such value.
    pub(crate) fn decode<V: Value>(id: CodecId, payload: &[u8]) -> Result<V> {
        match id {
            CodecId::MESSAGE_PACK => read_message_pack(payload),
            CodecId::JSON => serde_json::from_slice(payload).map_err(|_| Self::unreadable("payload")),
            _ => Err(Self::unreadable("codec")),
        }
    }

    // The codecs' own messages may quote the value, so they are left out of both errors.

    fn no_form() -> Error {
        Error::unsupported("encode", "the codec has no form for this value; choose another codec for the cache")
    }

    fn unreadable(reason: &'static str) -> Error {
        Error::new(ErrorKind::Corrupt, "decode", "the payload is no value of this cache").with("reason", reason)
    }
}

fn read_message_pack<V: Value>(payload: &[u8]) -> Result<V> {
    let mut rest = payload;
    let value = rmp_serde::from_read(&mut rest).map_err(|_| Codec::unreadable("payload"))?;
    if rest.is_empty() { Ok(value) } else { Err(Codec::unreadable("trailing bytes")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_codec_brings_back_what_it_took() {
        let value = vec![("Ada".to_owned(), Some(1815_u64)), (String::new(), None)];
        for codec in [Codec::MessagePack, Codec::Json] {
            let payload = codec.encode(&value).unwrap();
            assert_eq!(Codec::decode::<Vec<(String, Option<u64>)>>(codec.id(), &payload).unwrap(), value, "{codec:?}");
            let longer = [payload, vec![b'1']].concat();
            assert!(Codec::decode::<Vec<(String, Option<u64>)>>(codec.id(), &longer).is_err(), "{codec:?}");
        }
    }

    #[test]
    fn e74_bytes_of_another_type_or_codec_are_corrupt_and_their_text_stays_unsaid() {
        let payload = Codec::Json.encode(&"a secret".to_owned()).unwrap();
        for error in [
            Codec::decode::<u64>(CodecId::JSON, &payload).unwrap_err(),
            Codec::decode::<u64>(CodecId::MESSAGE_PACK, &payload).unwrap_err(),
            Codec::decode::<String>(CodecId::BINCODE, &payload).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Corrupt);
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
    }
}
