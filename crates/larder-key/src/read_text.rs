use std::fmt;
use std::io::{ErrorKind, Read};

use crate::digest::{self, Digest};
use crate::error::{KeyError, KeyFault};
use crate::key_text::MAX_READABLE_KEY;
use crate::utf8::Utf8Check;

/// Bytes read at a time: enough for BLAKE3 to run at full speed, small beside any text worth streaming.
const PIECE: usize = 64 * 1024;

/// A text that was read and hashed in pieces, without being held.
///
/// A text short enough for a readable key is kept, so that its key is the same as that of the text in memory. `Debug`
/// tells the size, never the text.
#[derive(Clone, PartialEq, Eq)]
pub struct ReadText {
    digest: Digest,
    bytes: u64,
    content: Option<String>,
}

impl ReadText {
    /// Length in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The digest that stands for the text in an identity.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    pub(crate) fn content(&self) -> Option<&str> {
        self.content.as_deref()
    }
}

impl fmt::Debug for ReadText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadText({} bytes)", self.bytes)
    }
}

/// Reads a text to its end and hashes it, in constant memory.
///
/// # Errors
/// [`KeyFault::NotUtf8`], [`KeyFault::TooLong`] as soon as more than `limit` bytes have come, so that an endless source
/// ends, and [`KeyFault::Unreadable`].
///
/// ```
/// use larder_key::{Text, hash_reader};
///
/// let read = hash_reader("a long story".as_bytes(), 1 << 20)?;
/// assert_eq!(*read.digest(), Text::from("a long story").digest());
/// # Ok::<(), larder_key::KeyError>(())
/// ```
pub fn hash_reader(mut reader: impl Read, limit: u64) -> Result<ReadText, KeyError> {
    let mut hasher = TextHasher::new(limit);
    let mut piece = vec![0; PIECE];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return hasher.finish(),
            Ok(length) => hasher.update(&piece[..length])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(text_error(KeyFault::Unreadable(error))),
        }
    }
}

/// Hashes a text that arrives in pieces; a piece may end inside a character.
///
/// Large pieces are hashed three times faster than small ones: hand on 16 KiB or more where you can.
pub struct TextHasher {
    hasher: blake3::Hasher,
    check: Utf8Check,
    bytes: u64,
    limit: u64,
    head: Vec<u8>,
    /// Why a piece was refused: the text has a hole from then on, and never gets a digest.
    refused: Option<Refused>,
}

#[derive(Clone, Copy)]
enum Refused {
    TooLong,
    NotUtf8(u64),
}

impl TextHasher {
    /// Starts a text of at most `limit` bytes.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        let hasher = blake3::Hasher::new_keyed(&digest::TEXT);
        Self { hasher, check: Utf8Check::default(), bytes: 0, limit, head: Vec::new(), refused: None }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// [`KeyFault::NotUtf8`] and [`KeyFault::TooLong`]; the text is then lost and must be started again: every later call
    /// gives the same error.
    pub fn update(&mut self, piece: &[u8]) -> Result<(), KeyError> {
        self.whole()?;
        self.bytes += piece.len() as u64;
        self.refused = match self.check.update(piece) {
            _ if self.bytes > self.limit => Some(Refused::TooLong),
            Err(at) => Some(Refused::NotUtf8(at)),
            Ok(()) => None,
        };
        self.whole()?;
        self.hasher.update(piece);
        if self.bytes <= MAX_READABLE_KEY as u64 {
            self.head.extend_from_slice(piece);
        }
        Ok(())
    }

    /// An error if a piece was refused.
    fn whole(&self) -> Result<(), KeyError> {
        match self.refused {
            None => Ok(()),
            Some(Refused::TooLong) => Err(text_error(KeyFault::TooLong { limit: self.limit })),
            Some(Refused::NotUtf8(at)) => Err(not_utf8(at)),
        }
    }

    /// Ends the text.
    ///
    /// # Errors
    /// [`KeyFault::NotUtf8`] if it ends inside a character, and the error of a piece that was refused.
    pub fn finish(self) -> Result<ReadText, KeyError> {
        self.whole()?;
        self.check.finish().map_err(not_utf8)?;
        let whole = self.head.len() as u64 == self.bytes;
        let content = whole.then(|| String::from_utf8(self.head).expect("every piece was checked to be UTF-8"));
        Ok(ReadText { digest: Digest::finished(&self.hasher), bytes: self.bytes, content })
    }
}

impl fmt::Debug for TextHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextHasher").field("bytes", &self.bytes).field("limit", &self.limit).finish_non_exhaustive()
    }
}

fn not_utf8(at: u64) -> KeyError {
    text_error(KeyFault::NotUtf8 { at })
}

fn text_error(fault: KeyFault) -> KeyError {
    KeyError::new("text", fault)
}
