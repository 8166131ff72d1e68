//! Value ⇄ payload.

mod bounded;
mod probe;

use larder_core::envelope::CodecId;
use larder_core::{Error, ErrorKind, Result};

use crate::value::Value;
use bounded::Within;

/// How values become bytes for the shared tier. In this process they stay values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Codec {
    /// MessagePack with the names of fields: compact, describes itself, fields may be added. The default.
    #[default]
    MessagePack,
    /// JSON: readable, for every language. Map keys have to be texts or numbers.
    Json,
    /// postcard: the most compact, without names, so that every reader has to have the very same type: raise
    /// [`schema`](crate::CacheBuilder::schema) with every change of it. With the feature `postcard`.
    #[cfg(feature = "postcard")]
    Postcard,
    /// bincode 2: without names, as postcard; for values that are written so already. It is no longer maintained. With the
    /// feature `bincode`.
    #[cfg(feature = "bincode")]
    Bincode,
}

impl Codec {
    /// The codec's number in the envelope.
    #[must_use]
    pub const fn id(self) -> CodecId {
        match self {
            Self::MessagePack => CodecId::MESSAGE_PACK,
            Self::Json => CodecId::JSON,
            #[cfg(feature = "postcard")]
            Self::Postcard => CodecId::POSTCARD,
            #[cfg(feature = "bincode")]
            Self::Bincode => CodecId::BINCODE,
        }
    }

    /// Checks that this codec can read what it writes of `V`.
    ///
    /// # Errors
    /// `Invalid` for a codec without names and a type that asks what comes next, as far as that shows beforehand.
    pub(crate) fn check<V: Value>(self) -> Result<()> {
        if !matches!(self, Self::MessagePack | Self::Json) && probe::asks_what_comes_next::<V>() {
            let why = "this codec writes no names, and the type of the values asks what comes next (as `serde_json::Value`, untagged \
                       enums and flattened structs do): it could never be read again; choose MessagePack or JSON";
            return Err(Error::invalid("build", why).with("codec", format!("{self:?}")));
        }
        Ok(())
    }

    /// `value` as bytes.
    ///
    /// # Errors
    /// `Unsupported` when this codec has no form for it.
    pub(crate) fn encode<V: Value>(self, value: &V) -> Result<Vec<u8>> {
        match self {
            Self::MessagePack => rmp_serde::to_vec_named(value).map_err(|_| Self::no_form()),
            Self::Json => serde_json::to_vec(value).map_err(|_| Self::no_form()),
            #[cfg(feature = "postcard")]
            Self::Postcard => postcard::to_allocvec(value).map_err(|_| Self::no_form()),
            #[cfg(feature = "bincode")]
            Self::Bincode => bincode::serde::encode_to_vec(value, bincode_form()).map_err(|_| Self::no_form()),
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
            #[cfg(feature = "postcard")]
            CodecId::POSTCARD => match postcard::take_from_bytes(payload) {
                Ok((Within(value), [])) => Ok(value),
                Ok::<(Within<V>, _), _>(_) => Err(Self::unreadable("trailing bytes")),
                Err(_) => Err(Self::unreadable("payload")),
            },
            #[cfg(feature = "bincode")]
            CodecId::BINCODE => match bincode::serde::decode_from_slice(payload, bincode_form()) {
                Ok((Within(value), read)) if read == payload.len() => Ok(value),
                Ok::<(Within<V>, _), _>(_) => Err(Self::unreadable("trailing bytes")),
                Err(_) => Err(Self::unreadable("payload")),
            },
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
    let Within(value) = rmp_serde::from_read(&mut rest).map_err(|_| Codec::unreadable("payload"))?;
    if rest.is_empty() { Ok(value) } else { Err(Codec::unreadable("trailing bytes")) }
}

/// Numbers of as many bytes as they need, and no more bytes in all than a value may have: a length that says otherwise is refused
/// before anything is allocated for it.
#[cfg(feature = "bincode")]
fn bincode_form() -> impl bincode::config::Config {
    const LIMIT: usize = larder_core::envelope::MAX_VALUE as usize;
    bincode::config::standard().with_limit::<LIMIT>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[Codec] = &[
        Codec::MessagePack,
        Codec::Json,
        #[cfg(feature = "postcard")]
        Codec::Postcard,
        #[cfg(feature = "bincode")]
        Codec::Bincode,
    ];

    #[test]
    fn a_codec_without_names_is_refused_for_a_type_that_asks_what_comes_next() {
        for codec in ALL {
            codec.check::<Vec<(String, Option<u64>)>>().unwrap();
            let checked = codec.check::<Vec<serde_json::Value>>();
            let names = matches!(codec, Codec::MessagePack | Codec::Json);
            assert_eq!(checked.is_ok(), names, "{codec:?}");
        }
    }

    #[test]
    fn every_codec_brings_back_what_it_took() {
        let value = vec![("Ada".to_owned(), Some(1815_u64)), (String::new(), None)];
        for codec in ALL {
            let payload = codec.encode(&value).unwrap();
            assert_eq!(Codec::decode::<Vec<(String, Option<u64>)>>(codec.id(), &payload).unwrap(), value, "{codec:?}");
            let longer = [payload, vec![b'1']].concat();
            assert!(Codec::decode::<Vec<(String, Option<u64>)>>(codec.id(), &longer).is_err(), "{codec:?}");
        }
    }

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Chain(Vec<Chain>);

    #[test]
    fn b13_a_value_that_holds_itself_too_often_is_refused_before_the_stack_is_full() {
        for codec in ALL {
            let chain = |length| (1..length).fold(Chain(Vec::new()), |inner, _| Chain(vec![inner]));
            let read = |payload: &[u8]| Codec::decode::<Chain>(codec.id(), payload);
            // A list and a wrapper around it are two levels for codecs that write both.
            assert!(read(&codec.encode(&chain(60)).unwrap()).is_ok(), "{codec:?}");
            assert!(read(&codec.encode(&chain(150)).unwrap()).is_err(), "{codec:?}");
        }
        for (codec, one) in
            [(CodecId::MESSAGE_PACK, 0x91), (CodecId::JSON, b'['), (CodecId::POSTCARD, 1), (CodecId::BINCODE, 1)]
        {
            assert!(Codec::decode::<Chain>(codec, &vec![one; 100_000]).is_err(), "{codec:?}");
        }
    }

    #[test]
    fn b10_a_list_that_says_that_it_is_long_has_no_room_made_for_it() {
        let long: [(CodecId, &[u8]); 3] = [
            (CodecId::MESSAGE_PACK, &[0xdd, 0xff, 0xff, 0xff, 0xff]),
            (CodecId::POSTCARD, &[0xff, 0xff, 0xff, 0xff, 0x0f]),
            (CodecId::BINCODE, &[0xfc, 0xff, 0xff, 0x0f, 0]),
        ];
        for (codec, payload) in long {
            let used = allocation_counter::measure(|| {
                Codec::decode::<Vec<u64>>(codec, payload).unwrap_err();
            });
            assert!(used.bytes_max < 16 * 1024, "{codec:?}: {} bytes", used.bytes_max);
        }
    }

    #[test]
    fn e74_bytes_of_another_type_or_codec_are_corrupt_and_their_text_stays_unsaid() {
        let payload = Codec::Json.encode(&"a secret".to_owned()).unwrap();
        for error in [
            Codec::decode::<u64>(CodecId::JSON, &payload).unwrap_err(),
            Codec::decode::<u64>(CodecId::MESSAGE_PACK, &payload).unwrap_err(),
            Codec::decode::<String>(CodecId(15), &payload).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Corrupt);
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
    }
}
