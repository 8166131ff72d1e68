//! Why bytes are no entry.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;

use crate::{Error, ErrorKind};

/// Why bytes of a store cannot be read as an entry: a miss with a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unreadable {
    /// Larder did not write it: the magic bytes are missing.
    Foreign,
    /// This version of the format is not known here.
    UnsupportedFormat(u8),
    /// This kind of preamble is not known here.
    UnknownKind(u8),
    /// These critical flags are not known here.
    UnknownCritical(u8),
    /// This codec is not known here.
    UnknownCodec(u8),
    /// This compression is not known here.
    UnknownCompression(u8),
    /// This cipher is not known here.
    UnknownCipher(u8),
    /// The key that sealed it is not in the ring here.
    UnknownKey(u16),
    /// The dictionary that compressed it is not here.
    UnknownDictionary(u16),
    /// It ends too early.
    Truncated,
    /// It says that it has more bytes than a value may have.
    TooLarge,
    /// More bytes follow than it says.
    TrailingBytes,
    /// The checksum does not fit: bytes have changed since they were written.
    Checksum,
    /// It was written under another key.
    ForeignValue,
    /// This field contradicts another one or lies out of its range.
    BadField(&'static str),
}

impl Unreadable {
    /// The reason in snake case, as metrics and logs show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Foreign => "foreign",
            Self::UnsupportedFormat(_) => "unsupported_format",
            Self::UnknownKind(_) => "unknown_kind",
            Self::UnknownCritical(_) => "unknown_critical",
            Self::UnknownCodec(_) => "unknown_codec",
            Self::UnknownCompression(_) => "unknown_compression",
            Self::UnknownCipher(_) => "unknown_cipher",
            Self::UnknownKey(_) => "unknown_key",
            Self::UnknownDictionary(_) => "unknown_dictionary",
            Self::Truncated => "truncated",
            Self::TooLarge => "too_large",
            Self::TrailingBytes => "trailing_bytes",
            Self::Checksum => "checksum",
            Self::ForeignValue => "foreign_value",
            Self::BadField(_) => "bad_field",
        }
    }

    /// Whether a later version, or a node that knows more, may have written it: a miss here, and to be left alone for those who
    /// can read it.
    #[must_use]
    pub const fn may_be_newer(self) -> bool {
        matches!(
            self,
            Self::UnsupportedFormat(_)
                | Self::UnknownKind(_)
                | Self::UnknownCritical(_)
                | Self::UnknownCodec(_)
                | Self::UnknownCompression(_)
                | Self::UnknownCipher(_)
                | Self::UnknownKey(_)
                | Self::UnknownDictionary(_)
        )
    }

    /// Why bytes could not be read, when that is what `error` tells.
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        error.source()?.downcast_ref().copied()
    }

    /// The same as an error of `operation`, of kind `Corrupt`, with the label as its `reason`.
    #[must_use]
    pub fn into_error(self, operation: &'static str) -> Error {
        Error::new(ErrorKind::Corrupt, operation, self.to_string())
            .with("reason", self.as_str())
            .because(Arc::new(self))
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => f.write_str("the value was not written by Larder; give its writer another prefix"),
            Self::UnsupportedFormat(number) => unknown(f, "format", *number),
            Self::UnknownKind(number) => unknown(f, "kind of preamble", *number),
            Self::UnknownCritical(number) => unknown(f, "critical flag", *number),
            Self::UnknownCodec(number) => unknown(f, "codec", *number),
            Self::UnknownCompression(number) => unknown(f, "compression", *number),
            Self::UnknownCipher(number) => unknown(f, "cipher", *number),
            Self::UnknownKey(id) => {
                write!(f, "this node has no key {id}; give its ring the key, or let it load its own value")
            }
            Self::UnknownDictionary(id) => {
                write!(f, "this node has no dictionary {id}; let it fetch that, or load its own value")
            }
            Self::Truncated => f.write_str("the value ends too early; it is loaded anew"),
            Self::TooLarge => {
                f.write_str("the value says that it is larger than values may be; raise that limit or load it anew")
            }
            Self::TrailingBytes => f.write_str("the value has more bytes than it says; it is loaded anew"),
            Self::Checksum => f.write_str("the value has changed since it was written; it is loaded anew"),
            Self::ForeignValue => f.write_str("the value was written under another key; find out who copied it"),
            Self::BadField(field) => write!(f, "the value contradicts itself in {field}; it is loaded anew"),
        }
    }
}

fn unknown(f: &mut fmt::Formatter<'_>, what: &str, number: u8) -> fmt::Result {
    write!(f, "this version does not know {what} {number}; upgrade this node, or let it load its own value")
}

impl std::error::Error for Unreadable {}
