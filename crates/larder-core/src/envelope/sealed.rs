//! An entry as bytes.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use super::cursor::Cursor;
use super::fields::Fields;
use super::fixed::{self, Fixed};
use super::{FORMAT, Fingerprint, Header, IgnorableFlags, Preamble, Unreadable, WriteVersion, millis, proof};
use crate::{Entry, Error, Key, Lifetime, Moment, Result, Version, ablation};

/// An entry with what its bytes need besides: when they were sealed, and how long they may be served at most.
///
/// Encoding and decoding are pure functions. A payload that is not encrypted is followed by a checksum over header and
/// payload; an encrypted one is taken as it is, since its cipher proves more. `Debug` shows the number of its bytes only.
///
/// # Examples
/// ```
/// use larder_core::envelope::{Envelope, MAX_VALUE, Unreadable};
/// use larder_core::{Entry, Key, Lifetime, Moment};
///
/// # fn main() -> larder_core::Result<()> {
/// let key = Key::new("app:users:123")?;
/// let envelope = Envelope::of(Entry::new("Ada", Lifetime::forever(), Moment::ORIGIN), 1_700_000_000_000);
/// let bytes = envelope.encode(&key, MAX_VALUE)?;
///
/// assert_eq!(Envelope::decode(bytes.clone().into(), &key, MAX_VALUE), Ok(envelope));
/// let other = Key::new("app:users:124")?;
/// assert_eq!(Envelope::decode(bytes.into(), &other, MAX_VALUE), Err(Unreadable::ForeignValue));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    /// How the payload was made.
    pub header: Header,
    /// ttl and grace, in whole milliseconds on the wire.
    pub lifetime: Lifetime,
    /// When the entry was written, in milliseconds of the store's own clock.
    pub sealed_at: u64,
    /// How long after that these bytes may be served, whatever else says so.
    pub max_life: Duration,
    /// The encoded value, as a codec, a compression and a cipher left it.
    pub payload: Bytes,
}

impl Envelope {
    /// The shortest [`max_life`](Self::max_life) that [`of`](Self::of) gives: 24 hours.
    pub const MAX_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

    /// The envelope of `entry`, written at `sealed_at` (milliseconds of the store's clock).
    ///
    /// It is what a reader will see: lifetimes rounded down to milliseconds, the flags that follow from the ids set, and
    /// the raw length of a plain payload known. Its longest life is ttl and grace together, or 24 hours if that is longer.
    #[must_use]
    pub fn of(entry: Entry, sealed_at: u64) -> Self {
        let Entry { payload, lifetime, mut header, .. } = entry;
        // A payload of 4 GiB is refused when it is encoded.
        let stored_len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        (header.critical, header.ignorable, header.raw_len) = fixed::settle(&header, stored_len);
        let lifetime = Lifetime { ttl: millis::rounded(lifetime.ttl), grace: millis::rounded(lifetime.grace) };
        let whole = lifetime.ttl.checked_add(lifetime.grace).unwrap_or(Duration::MAX);
        Self { header, lifetime, sealed_at, max_life: millis::rounded(whole).max(Self::MAX_LIFE), payload }
    }

    /// The entry in it, made at `born` and stored under `version`.
    #[must_use]
    pub fn into_entry(self, born: Moment, version: Version) -> Entry {
        Entry { payload: self.payload, lifetime: self.lifetime, born, version, header: self.header }
    }

    /// The time, on the store's clock, from which these bytes are never served: at most [`Preamble::NEVER`].
    #[must_use]
    pub fn served_until(&self) -> u64 {
        self.sealed_at.saturating_add(millis::of(self.max_life)).min(Preamble::NEVER)
    }

    /// The same with a payload of its own, if it has at most `up_to` bytes.
    ///
    /// A decoded payload is a slice of the bytes that were read, and a short reply of a server often is a slice of a large
    /// read buffer, which lives for as long as its last slice. What is kept for long should not keep such a buffer.
    #[must_use]
    pub fn detached(mut self, up_to: usize) -> Self {
        if self.payload.len() <= up_to {
            self.payload = Bytes::copy_from_slice(&self.payload);
        }
        self
    }

    /// Bytes of the encoded envelope.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let checksum = if self.header.cipher == super::CipherId::NONE { proof::CHECKSUM } else { 0 };
        usize::from(Fixed::LEN) + Fields::of(&self.header).len() + self.payload.len() + checksum
    }

    /// The envelope as bytes, for `key` only.
    ///
    /// # Errors
    /// `Invalid` when the value has more than `limit` bytes, before or after compression, or its tags do not fit into a
    /// header (64 KiB), or the header contradicts itself.
    pub fn encode(&self, key: &Key, limit: u32) -> Result<Vec<u8>> {
        self.encode_up_to(WriteVersion::default(), key, limit)
    }

    /// The same in no version of the format above `newest`.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_up_to(&self, newest: WriteVersion, key: &Key, limit: u32) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(self.encoded_len());
        self.write(newest, key, limit, &mut out)?;
        Ok(out)
    }

    /// Adds the bytes of the envelope to `out`, so that something can stand before them without a copy.
    ///
    /// # Errors
    /// As [`encode`](Self::encode); `out` is as it was then.
    pub fn encode_into(&self, key: &Key, limit: u32, out: &mut Vec<u8>) -> Result<()> {
        self.write(WriteVersion::default(), key, limit, out)
    }

    fn write(&self, newest: WriteVersion, key: &Key, limit: u32, out: &mut Vec<u8>) -> Result<()> {
        let fields = Fields::of(&self.header);
        let fixed = Fixed { format: newest.get(), ..self.fixed(key, limit, fields.len())? };
        let start = out.len();
        out.reserve(self.encoded_len());
        fixed.write(out);
        fields.write(out);
        out.extend_from_slice(&self.payload);
        if !fixed.is_encrypted() {
            let sealed = out.get(start..).expect("bytes were only added");
            let checksum = proof::checksum(sealed);
            out.extend_from_slice(&checksum.to_le_bytes());
        }
        Ok(())
    }

    fn fixed(&self, key: &Key, limit: u32, fields_len: usize) -> Result<Fixed> {
        let too_large = || too_large(self.payload.len(), limit);
        let stored_len = u32::try_from(self.payload.len()).map_err(|_| too_large())?;
        let header_len = usize::from(Fixed::LEN) + fields_len;
        let (critical, ignorable, raw_len) = fixed::settle(&self.header, stored_len);
        let header = &self.header;
        let mut fixed = Fixed {
            format: FORMAT,
            critical,
            ignorable,
            codec: header.codec,
            compression: header.compression,
            cipher: header.cipher,
            header_len: u16::try_from(header_len).map_err(|_| too_many_tags(header_len))?,
            ttl: millis::of(self.lifetime.ttl),
            grace: millis::of(self.lifetime.grace),
            sealed_at: self.sealed_at,
            max_life: millis::of(self.max_life),
            raw_len,
            stored_len,
            schema: header.schema.0,
            key_id: header.key_id,
            dictionary_id: header.dictionary_id,
            key_check: proof::key_check(key),
        };
        if !fixed.is_encrypted() {
            fixed.ignorable = ignorable.with(IgnorableFlags::CHECKSUM);
        }
        fixed.bounded(limit).map_err(|_| too_large())?;
        writable(&fixed)?;
        Ok(fixed)
    }

    /// Reads an envelope that was written for `key`; its payload is a slice of `bytes`, see [`detached`](Self::detached).
    ///
    /// Nothing is allocated before every length is known to be at most `limit` and to be there exactly.
    ///
    /// # Errors
    /// The first reason not to trust it. What a later version may have written is known by its own reasons.
    pub fn decode(bytes: Bytes, key: &Key, limit: u32) -> Result<Self, Unreadable> {
        let (fixed, fields) = check(&bytes, key, limit)?;
        let mut payload = bytes;
        drop(payload.split_to(usize::from(fixed.header_len)));
        payload.truncate(length(fixed.stored_len)?);
        Ok(Self::from_wire(&fixed, fields, payload))
    }

    fn from_wire(fixed: &Fixed, fields: Fields, payload: Bytes) -> Self {
        let header = Header {
            critical: fixed.critical,
            ignorable: fixed.ignorable.without(IgnorableFlags::CHECKSUM),
            codec: fixed.codec,
            compression: fixed.compression,
            cipher: fixed.cipher,
            raw_len: fixed.raw_len,
            schema: Fingerprint(fixed.schema),
            key_id: fixed.key_id,
            dictionary_id: fixed.dictionary_id,
            clock: fields.clock.unwrap_or_default(),
            tags: fields.tags.unwrap_or_default(),
            load_time: fields.load_time,
            identity: fields.identity,
        };
        Self {
            header,
            lifetime: Lifetime { ttl: millis::duration(fixed.ttl), grace: millis::duration(fixed.grace) },
            sealed_at: fixed.sealed_at,
            max_life: millis::duration(fixed.max_life),
            payload,
        }
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("bytes", &self.payload.len())
            .field("lifetime", &self.lifetime)
            .field("sealed_at", &self.sealed_at)
            .field("max_life", &self.max_life)
            .field("header", &self.header)
            .finish()
    }
}

/// Everything that must hold before a byte of the payload is used.
fn check(bytes: &[u8], key: &Key, limit: u32) -> Result<(Fixed, Fields), Unreadable> {
    let mut cursor = Cursor::new(bytes);
    let fixed = Fixed::read(&mut cursor)?;
    fixed.bounded(limit)?;
    let fields = cursor.take(fixed.fields_len()?)?;
    let sealed_len = usize::from(fixed.header_len) + cursor.take(length(fixed.stored_len)?)?.len();
    let checksum = if fixed.is_encrypted() { None } else { Some(cursor.u64()?) };
    cursor.end()?;
    if checksum.is_some()
        && checksum != bytes.get(..sealed_len).map(proof::checksum)
        && !ablation::off("envelope_checksum")
    {
        return Err(Unreadable::Checksum);
    }
    // After the checksum: a flipped bit is no value of another key.
    if fixed.key_check != proof::key_check(key) && !ablation::off("key_check") {
        return Err(Unreadable::ForeignValue);
    }
    match fixed.contradiction() {
        Some(field) => Err(Unreadable::BadField(field)),
        None => Fields::read(fields).map(|fields| (fixed, fields)),
    }
}

fn length(stored_len: u32) -> Result<usize, Unreadable> {
    usize::try_from(stored_len).map_err(|_| Unreadable::TooLarge)
}

fn writable(fixed: &Fixed) -> Result<()> {
    if !fixed.is_known() {
        return Err(Error::invalid(
            "encode",
            "a codec, compression, cipher or critical flag that no reader knows; use a known number",
        ));
    }
    match fixed.contradiction() {
        Some(field) => {
            Err(Error::invalid("encode", "the header contradicts itself; mend its maker").with("field", field))
        }
        None => Ok(()),
    }
}

fn too_large(bytes: usize, limit: u32) -> Error {
    Error::invalid(
        "encode",
        "the value is too large, as it is stored or before compression; store less or raise the limit",
    )
    .with("bytes", bytes)
    .with("most", limit)
}

fn too_many_tags(bytes: usize) -> Error {
    Error::invalid("encode", "the tags do not fit into a header; use fewer or shorter ones")
        .with("bytes", bytes)
        .with("most", u16::MAX)
}
