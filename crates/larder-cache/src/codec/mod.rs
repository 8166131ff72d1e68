//! Value ⇄ payload.

mod application;
mod bounded;
mod codecs;
#[cfg(any(feature = "postcard", feature = "bincode"))]
mod probe;

use larder_core::envelope::CodecId;
use larder_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use application::ApplicationCodec;
pub(crate) use codecs::{Codecs, SharedCodec};

use crate::value::Value;
use bounded::Within;

/// How values become bytes for the shared tier. In this process they stay values.
///
/// What is read nests at most 128 deep: lists, maps, structs and enums count. A value that nests deeper is written and is a miss for
/// every reader.
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
    /// The application's own of this number, which [`application_codec`](crate::CacheBuilder::application_codec) gives to a
    /// cache.
    Application(CodecId),
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
            Self::Application(id) => id,
        }
    }

    /// The codec of this number that this build can read with by itself.
    pub(crate) const fn of(id: CodecId) -> Option<Self> {
        match id {
            CodecId::MESSAGE_PACK => Some(Self::MessagePack),
            CodecId::JSON => Some(Self::Json),
            #[cfg(feature = "postcard")]
            CodecId::POSTCARD => Some(Self::Postcard),
            #[cfg(feature = "bincode")]
            CodecId::BINCODE => Some(Self::Bincode),
            _ => None,
        }
    }

    /// Checks that this codec can read what it writes of `V`.
    ///
    /// # Errors
    /// `Invalid` for a codec without names and a type that asks what comes next, as far as that shows beforehand, and for a
    /// number that is not the application's to give.
    pub(crate) fn check<V: Value>(self) -> Result<()> {
        match self {
            Self::MessagePack | Self::Json => Ok(()),
            #[cfg(feature = "postcard")]
            Self::Postcard => self.check_names::<V>(),
            #[cfg(feature = "bincode")]
            Self::Bincode => self.check_names::<V>(),
            Self::Application(id) if id.0 >= CodecId::APPLICATION.0 => Ok(()),
            Self::Application(id) => {
                let why = "the numbers of an application's own codecs begin at 16; give it one of 16 to 255";
                Err(Error::invalid("build", why).with("codec", id.0))
            }
        }
    }

    #[cfg(any(feature = "postcard", feature = "bincode"))]
    fn check_names<V: Value>(self) -> Result<()> {
        if probe::asks_what_comes_next::<V>() {
            let why = "this codec writes no names, and the type of the values asks what comes next (as `serde_json::Value`, untagged \
                       enums and flattened structs do): it could never be read again; choose MessagePack or JSON";
            return Err(Error::invalid("build", why).with("codec", format!("{self:?}")));
        }
        Ok(())
    }

    /// `value` as bytes, as a cache writes them.
    ///
    /// # Errors
    /// `Unsupported` when this codec has no form for it, and for an application's own, which is to be asked itself.
    ///
    /// # Examples
    /// ```
    /// use larder_cache::Codec;
    ///
    /// assert_eq!(Codec::Json.encode(&("Ada", 1815))?, br#"["Ada",1815]"#);
    /// assert_eq!(Codec::Json.decode::<(String, u16)>(br#"["Ada",1815]"#)?, ("Ada".to_owned(), 1815));
    /// # Ok::<(), larder_core::Error>(())
    /// ```
    pub fn encode<T: Serialize + ?Sized>(self, value: &T) -> Result<Vec<u8>> {
        match self {
            Self::MessagePack => rmp_serde::to_vec_named(value).map_err(|_| Self::no_form()),
            Self::Json => serde_json::to_vec(value).map_err(|_| Self::no_form()),
            #[cfg(feature = "postcard")]
            Self::Postcard => postcard::to_allocvec(value).map_err(|_| Self::no_form()),
            #[cfg(feature = "bincode")]
            Self::Bincode => bincode::serde::encode_to_vec(value, bincode_form()).map_err(|_| Self::no_form()),
            Self::Application(_) => Err(Self::no_form()),
        }
    }

    /// The value that this codec encoded as `payload`, as a cache reads it.
    ///
    /// # Errors
    /// `Corrupt` for bytes that are no such value, or nest too deep, and for an application's own, which is to be asked itself.
    pub fn decode<T: DeserializeOwned>(self, payload: &[u8]) -> Result<T> {
        match self {
            Self::MessagePack => read_message_pack(payload),
            Self::Json => serde_json::from_slice(payload).map_err(|_| Self::unreadable("payload")),
            #[cfg(feature = "postcard")]
            Self::Postcard => read_postcard(payload),
            #[cfg(feature = "bincode")]
            Self::Bincode => read_bincode(payload),
            Self::Application(_) => Err(Self::unreadable("codec")),
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

fn read_message_pack<T: DeserializeOwned>(payload: &[u8]) -> Result<T> {
    let mut bytes = rmp_serde::Deserializer::from_read_ref(payload);
    let Within(value) = Within::deserialize(&mut bytes).map_err(|_| Codec::unreadable("payload"))?;
    // Another value is asked for, and at the end not even its first byte is there.
    match <()>::deserialize(&mut bytes) {
        Err(rmp_serde::decode::Error::InvalidMarkerRead(_)) => Ok(value),
        _ => Err(Codec::unreadable("trailing bytes")),
    }
}

#[cfg(feature = "postcard")]
fn read_postcard<T: DeserializeOwned>(payload: &[u8]) -> Result<T> {
    let mut bytes = postcard::Deserializer::from_bytes(payload);
    let Within(value) = Within::deserialize(&mut bytes).map_err(|_| Codec::unreadable("payload"))?;
    match bytes.finalize() {
        Ok([]) => Ok(value),
        _ => Err(Codec::unreadable("trailing bytes")),
    }
}

#[cfg(feature = "bincode")]
fn read_bincode<T: DeserializeOwned>(payload: &[u8]) -> Result<T> {
    match bincode::serde::decode_from_slice(payload, bincode_form()) {
        Ok((Within(value), read)) if read == payload.len() => Ok(value),
        Ok::<(Within<T>, _), _>(_) => Err(Codec::unreadable("trailing bytes")),
        Err(_) => Err(Codec::unreadable("payload")),
    }
}

/// Numbers of as many bytes as they need, and no more bytes in all than a value may have: a length that says otherwise is refused
/// before anything is allocated for it.
#[cfg(feature = "bincode")]
fn bincode_form() -> impl bincode::config::Config {
    const LIMIT: usize = larder_core::envelope::MAX_VALUE as usize;
    bincode::config::standard().with_limit::<LIMIT>()
}

#[cfg(test)]
mod tests;
