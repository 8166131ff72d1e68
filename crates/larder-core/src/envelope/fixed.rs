//! The fixed part of a header: 66 bytes that every envelope of this format begins with.

use super::cursor::Cursor;
use super::{
    CipherId, CodecId, CompressionId, CriticalFlags, FORMAT, Header, IgnorableFlags, MAGIC, Preamble, Unreadable,
};
use crate::ablation;

/// The fixed fields, in their order on the wire; lives and times in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixed {
    pub(super) format: u8,
    pub(super) critical: CriticalFlags,
    pub(super) ignorable: IgnorableFlags,
    pub(super) codec: CodecId,
    pub(super) compression: CompressionId,
    pub(super) cipher: CipherId,
    pub(super) header_len: u16,
    pub(super) ttl: u64,
    pub(super) grace: u64,
    pub(super) sealed_at: u64,
    pub(super) max_life: u64,
    pub(super) raw_len: u32,
    pub(super) stored_len: u32,
    pub(super) schema: u32,
    pub(super) key_id: u16,
    pub(super) dictionary_id: u16,
    pub(super) key_check: [u8; 8],
}

impl Fixed {
    /// Bytes of the fixed part.
    pub(super) const LEN: u16 = 66;

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let [magic, more] = MAGIC;
        out.extend_from_slice(&[magic, more, self.format, self.critical.0, self.ignorable.0]);
        out.extend_from_slice(&[self.codec.0, self.compression.0, self.cipher.0]);
        out.extend_from_slice(&self.header_len.to_le_bytes());
        for millis in [self.ttl, self.grace, self.sealed_at, self.max_life] {
            out.extend_from_slice(&millis.to_le_bytes());
        }
        for number in [self.raw_len, self.stored_len, self.schema] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for id in [self.key_id, self.dictionary_id] {
            out.extend_from_slice(&id.to_le_bytes());
        }
        out.extend_from_slice(&self.key_check);
    }

    /// Reads the fixed part, and stops at the first thing that this version does not know.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Unreadable> {
        if cursor.array().ok() != Some(MAGIC) {
            return Err(Unreadable::Foreign);
        }
        let format = cursor.u8()?;
        if format != FORMAT {
            return Err(Unreadable::UnsupportedFormat(format));
        }
        let fixed = Self {
            format,
            critical: CriticalFlags(known(
                cursor,
                |bits| !CriticalFlags(bits).has_unknown(),
                Unreadable::UnknownCritical,
            )?),
            ignorable: IgnorableFlags(cursor.u8()?),
            codec: CodecId(known(cursor, |id| CodecId(id).is_known(), Unreadable::UnknownCodec)?),
            compression: CompressionId(known(
                cursor,
                |id| CompressionId(id).is_known(),
                Unreadable::UnknownCompression,
            )?),
            cipher: CipherId(known(cursor, |id| CipherId(id).is_known(), Unreadable::UnknownCipher)?),
            header_len: cursor.u16()?,
            ttl: cursor.u64()?,
            grace: cursor.u64()?,
            sealed_at: cursor.u64()?,
            max_life: cursor.u64()?,
            raw_len: cursor.u32()?,
            stored_len: cursor.u32()?,
            schema: cursor.u32()?,
            key_id: cursor.u16()?,
            dictionary_id: cursor.u16()?,
            key_check: cursor.array()?,
        };
        Ok(fixed)
    }

    /// Refuses what is longer than `limit`, before anything is done with those lengths.
    pub(super) fn bounded(&self, limit: u32) -> Result<(), Unreadable> {
        if (self.raw_len > limit || self.stored_len > limit) && !ablation::off("declared_lengths") {
            Err(Unreadable::TooLarge)
        } else {
            Ok(())
        }
    }

    /// Bytes of the optional fields.
    pub(super) fn fields_len(&self) -> Result<usize, Unreadable> {
        self.header_len.checked_sub(Self::LEN).map(usize::from).ok_or(Unreadable::BadField("header_len"))
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.cipher != CipherId::NONE
    }

    /// Refuses ids that no reader of this version knows.
    pub(super) const fn is_known(&self) -> bool {
        !self.critical.has_unknown() && self.codec.is_known() && self.compression.is_known() && self.cipher.is_known()
    }

    /// The first field that contradicts another one; both sides of the wire ask.
    pub(super) fn contradiction(&self) -> Option<&'static str> {
        let compressed = self.compression != CompressionId::NONE;
        let marks = marks(self.compression, self.cipher, self.dictionary_id);
        let plain = !compressed && !self.is_encrypted() && !self.ignorable.contains(IgnorableFlags::PADDED);
        let rules = [
            ("critical", self.critical.without(CriticalFlags::NEGATIVE) == marks),
            ("ignorable", self.ignorable.contains(IgnorableFlags::CHECKSUM) != self.is_encrypted()),
            ("key_id", self.is_encrypted() || self.key_id == 0),
            ("dictionary_id", compressed || self.dictionary_id == 0),
            ("sealed_at", self.sealed_at <= Preamble::NEVER),
            ("raw_len", compressed || self.raw_len <= self.stored_len),
            ("stored_len", !plain || self.raw_len == self.stored_len),
        ];
        rules.iter().find(|(_, holds)| !holds).map(|(field, _)| *field)
    }
}

/// The critical flags that follow from the ids.
fn marks(compression: CompressionId, cipher: CipherId, dictionary_id: u16) -> CriticalFlags {
    let when = |holds: bool, flag| if holds { flag } else { CriticalFlags::default() };
    when(compression != CompressionId::NONE, CriticalFlags::COMPRESSED)
        .with(when(cipher != CipherId::NONE, CriticalFlags::ENCRYPTED))
        .with(when(dictionary_id != 0, CriticalFlags::DICTIONARY))
}

/// Lets the flags of `header` follow its ids, and the length of a plain payload itself.
///
/// The checksum is a matter of the envelope and no part of an entry.
pub(super) fn settle(header: &Header, stored_len: u32) -> (CriticalFlags, IgnorableFlags, u32) {
    let derived = CriticalFlags::COMPRESSED.with(CriticalFlags::ENCRYPTED).with(CriticalFlags::DICTIONARY);
    let marks = marks(header.compression, header.cipher, header.dictionary_id);
    let ignorable = header.ignorable.without(IgnorableFlags::CHECKSUM);
    let plain = header.compression == CompressionId::NONE && header.cipher == CipherId::NONE;
    let is_payload = plain && !ignorable.contains(IgnorableFlags::PADDED);
    let raw_len = if is_payload { stored_len } else { header.raw_len };
    (header.critical.without(derived).with(marks), ignorable, raw_len)
}

fn known(
    cursor: &mut Cursor<'_>,
    is_known: impl Fn(u8) -> bool,
    unknown: impl Fn(u8) -> Unreadable,
) -> Result<u8, Unreadable> {
    let number = cursor.u8()?;
    if is_known(number) { Ok(number) } else { Err(unknown(number)) }
}
