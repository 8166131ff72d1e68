use std::fmt;

/// A BLAKE3 hash of 256 bits.
///
/// `Display` is all 64 hex digits. In a readable key a digest is cut to [`Digest::short`], 128 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

/// Hex digits of a digest inside a readable key: 128 bits.
pub(crate) const SHORT: usize = 32;

impl Digest {
    /// The digest of an attachment's bytes, for [`Attachment`](crate::Attachment).
    #[must_use]
    pub fn of_content(bytes: &[u8]) -> Self {
        Self::keyed(&CONTENT, bytes)
    }

    /// A digest read back from where it was kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// All 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first 128 bits as 32 hex digits.
    #[must_use]
    pub fn short(&self) -> String {
        let mut text = String::with_capacity(SHORT);
        self.push_short(&mut text);
        text
    }

    pub(crate) fn keyed(domain: &[u8; 32], bytes: &[u8]) -> Self {
        Self(*blake3::keyed_hash(domain, bytes).as_bytes())
    }

    pub(crate) fn finished(hasher: &blake3::Hasher) -> Self {
        Self(*hasher.finalize().as_bytes())
    }

    pub(crate) fn push_short(&self, text: &mut String) {
        text.push_str(hex(&self.0[..SHORT / 2], &mut [0; SHORT]));
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(hex(&self.0, &mut [0; 64]))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

fn hex<'d>(bytes: &[u8], digits: &'d mut [u8]) -> &'d str {
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    std::str::from_utf8(digits).expect("hex digits are ASCII")
}

fn digit(value: u8) -> u8 {
    value + if value < 10 { b'0' } else { b'a' - 10 }
}

/// BLAKE3 keys that keep one kind of hash from ever being taken for another.
pub(crate) const IDENTITY: [u8; 32] = domain("larder key 1 identity");
pub(crate) const TEXT: [u8; 32] = domain("larder key 1 text");
pub(crate) const SCOPE: [u8; 32] = domain("larder key 1 scope");
const CONTENT: [u8; 32] = domain("larder key 1 content");

const fn domain(name: &str) -> [u8; 32] {
    let (mut key, name) = ([0; 32], name.as_bytes());
    let mut at = 0;
    while at < name.len() {
        key[at] = name[at];
        at += 1;
    }
    key
}
