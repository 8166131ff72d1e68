//! The numbers of codecs, compressions and ciphers, and the flags.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident { $($(#[$id_doc:meta])* $id:ident = $number:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
        pub struct $name(pub u8);

        impl $name {
            $($(#[$id_doc])* pub const $id: Self = Self($number);)*
        }
    )*};
}

ids! {
    /// Which codec made the payload. An unknown one is a miss.
    CodecId {
        /// Bytes as they are.
        BYTES = 0,
        /// JSON text.
        JSON = 1,
        /// MessagePack with field names.
        MESSAGE_PACK = 2,
        /// postcard.
        POSTCARD = 3,
        /// bincode.
        BINCODE = 4,
        /// The first number that is the application's own.
        APPLICATION = 16,
    }

    /// How the payload is compressed. An unknown one is a miss.
    CompressionId {
        /// Not at all.
        NONE = 0,
        /// zstd.
        ZSTD = 1,
    }

    /// How the payload is sealed. An unknown one is a miss.
    CipherId {
        /// Not at all.
        NONE = 0,
        /// XChaCha20-Poly1305.
        XCHACHA20_POLY1305 = 1,
        /// AES-256-GCM-SIV.
        AES_256_GCM_SIV = 2,
    }
}

impl CodecId {
    /// Whether this build knows whose number it is: a codec of the format, or the application's own.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.0 <= Self::BINCODE.0 || self.0 >= Self::APPLICATION.0
    }
}

impl CompressionId {
    /// Whether this build knows the number.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.0 <= Self::ZSTD.0
    }
}

impl CipherId {
    /// Whether this build knows the number.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.0 <= Self::AES_256_GCM_SIV.0
    }
}

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident { $($(#[$bit_doc:meta])* $bit:ident = $mask:expr),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
        pub struct $name(pub u8);

        impl $name {
            $($(#[$bit_doc])* pub const $bit: Self = Self($mask);)*
            /// Every bit this build knows.
            pub const KNOWN: Self = Self(0 $(| $mask)*);

            /// Whether all bits of `other` are set.
            #[must_use]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// These bits and those of `other`.
            #[must_use]
            pub const fn with(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// These bits without those of `other`.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// Whether a bit is set that this build does not know.
            #[must_use]
            pub const fn has_unknown(self) -> bool {
                self.0 & !Self::KNOWN.0 != 0
            }
        }
    )*};
}

flags! {
    /// Flags a reader must understand: an unknown bit is a miss.
    CriticalFlags {
        /// The payload is compressed.
        COMPRESSED = 1,
        /// The payload is encrypted.
        ENCRYPTED = 1 << 1,
        /// The compression used a dictionary.
        DICTIONARY = 1 << 2,
        /// A stored "not found"; no value can imitate it.
        NEGATIVE = 1 << 3,
    }

    /// Flags a reader may pass over: unknown bits are kept when the entry is written again.
    IgnorableFlags {
        /// A checksum follows the payload.
        CHECKSUM = 1,
        /// The payload is padded to a bucket.
        PADDED = 1 << 1,
    }
}

/// A hash of the value's type and the user's schema number; a mismatch is a miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Fingerprint(pub u32);

impl Fingerprint {
    /// The fingerprint of `type_name` at `schema`.
    #[must_use]
    pub fn of(type_name: &str, schema: u32) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("larder v1 schema fingerprint");
        hasher.update(&schema.to_le_bytes()).update(type_name.as_bytes());
        let mut first = [0; 4];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..4]);
        Self(u32::from_le_bytes(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_critical_bits_show() {
        let flags = CriticalFlags::COMPRESSED.with(CriticalFlags::NEGATIVE);
        assert!(flags.contains(CriticalFlags::NEGATIVE) && !flags.contains(CriticalFlags::ENCRYPTED));
        assert!(!flags.has_unknown() && CriticalFlags(1 << 7).has_unknown());
        assert_eq!(flags.without(CriticalFlags::COMPRESSED), CriticalFlags::NEGATIVE);
    }

    #[test]
    fn b17_type_and_schema_change_the_fingerprint() {
        assert_eq!(Fingerprint::of("User", 1), Fingerprint::of("User", 1));
        assert_ne!(Fingerprint::of("User", 1), Fingerprint::of("User", 2));
        assert_ne!(Fingerprint::of("User", 1), Fingerprint::of("Order", 1));
    }
}
