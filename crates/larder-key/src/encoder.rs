use crate::canonical::Canonical;
use crate::error::{KeyError, KeyFault};
use crate::sink::Sink;

/// How deep lists and maps may nest.
pub const MAX_DEPTH: usize = 128;

/// Small fields are gathered here, so that a hash sees few, large updates.
const STAGE: usize = 256;

/// Two raised to 127: every integral float below it is an exact `i128`.
const INTEGER_END: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;

/// Writes values as canonical bytes: equal values equal bytes, unequal values unequal bytes.
///
/// Every value starts with a tag and says its own length, so no value can pretend to be two others. A large text goes on
/// as one slice and is never copied. Implement [`Canonical`] to use it.
pub struct Encoder<'s> {
    stage: [u8; STAGE],
    staged: usize,
    depth: usize,
    sink: &'s mut dyn Sink,
}

/// The first byte of every encoded value. [`Tag::END`] ends a record and is no value.
pub(crate) struct Tag;

impl Tag {
    pub(crate) const END: u8 = 0;
    pub(crate) const NULL: u8 = b'n';
    pub(crate) const FALSE: u8 = b'f';
    pub(crate) const TRUE: u8 = b't';
    pub(crate) const INTEGER: u8 = b'i';
    pub(crate) const FLOAT: u8 = b'd';
    pub(crate) const TEXT: u8 = b's';
    pub(crate) const BYTES: u8 = b'b';
    pub(crate) const LIST: u8 = b'l';
    pub(crate) const MAP: u8 = b'm';
    pub(crate) const RECORD: u8 = b'r';
}

impl<'s> Encoder<'s> {
    /// Runs `write` and hands everything it wrote to `sink`.
    pub(crate) fn run(
        sink: &'s mut dyn Sink,
        write: impl FnOnce(&mut Self) -> Result<(), KeyError>,
    ) -> Result<(), KeyError> {
        let mut encoder = Self { stage: [0; STAGE], staged: 0, depth: 0, sink };
        write(&mut encoder)?;
        encoder.sink.end(&encoder.stage[..encoder.staged]);
        Ok(())
    }

    /// Writes a null, which is neither absent nor empty.
    pub fn null(&mut self) {
        self.byte(Tag::NULL);
    }

    /// Writes a truth value, which is no number.
    pub fn bool(&mut self, value: bool) {
        self.byte(if value { Tag::TRUE } else { Tag::FALSE });
    }

    /// Writes an integer, exactly.
    pub fn integer(&mut self, value: i128) {
        let sign_last = (value << 1) ^ (value >> 127);
        self.byte(Tag::INTEGER);
        self.varint(sign_last.cast_unsigned());
    }

    /// Writes a float; `1.0` is the integer 1, `-0.0` is the integer 0.
    ///
    /// # Errors
    /// [`KeyFault::NotFinite`] for NaN and the infinities, which no model option means.
    pub fn float(&mut self, value: f64) -> Result<(), KeyError> {
        if !value.is_finite() {
            return Err(KeyError::nameless(KeyFault::NotFinite));
        }
        if value.trunc() == value && value.abs() < INTEGER_END {
            #[expect(clippy::cast_possible_truncation, reason = "integral and below 2^127: the cast is exact")]
            self.integer(value as i128);
        } else {
            self.byte(Tag::FLOAT);
            self.put(&value.to_bits().to_be_bytes());
        }
        Ok(())
    }

    /// Writes a text as it is: no case, space or Unicode form is changed.
    pub fn text(&mut self, value: &str) {
        self.sized(Tag::TEXT, value.as_bytes());
    }

    /// Writes bytes, which are never equal to a text.
    pub fn bytes(&mut self, value: &[u8]) {
        self.sized(Tag::BYTES, value);
    }

    /// Writes a list; its order matters.
    ///
    /// # Errors
    /// Whatever an item refuses, and [`KeyFault::TooDeep`].
    pub fn list<V: Canonical>(
        &mut self,
        items: impl IntoIterator<Item = V, IntoIter: ExactSizeIterator>,
    ) -> Result<(), KeyError> {
        let items = items.into_iter();
        self.nested(Tag::LIST, items.len(), |encoder| {
            for item in items {
                item.encode(encoder)?;
            }
            Ok(())
        })
    }

    /// Writes a map; the order of its entries does not matter.
    ///
    /// # Errors
    /// [`KeyFault::Repeated`] for a name that comes twice, whatever a value refuses, and [`KeyFault::TooDeep`].
    pub fn map<'n, V: Canonical>(&mut self, entries: impl IntoIterator<Item = (&'n str, V)>) -> Result<(), KeyError> {
        let mut entries: Vec<_> = entries.into_iter().collect();
        sort_by_name(&mut entries)?;
        self.nested(Tag::MAP, entries.len(), |encoder| {
            for (name, value) in &entries {
                encoder.entry(name, value)?;
            }
            Ok(())
        })
    }

    pub(crate) fn entry(&mut self, name: &str, value: &dyn Canonical) -> Result<(), KeyError> {
        self.text(name);
        value.encode(self)
    }

    /// Writes a tag and a count, then the content, one level deeper.
    pub(crate) fn nested(
        &mut self,
        tag: u8,
        count: usize,
        content: impl FnOnce(&mut Self) -> Result<(), KeyError>,
    ) -> Result<(), KeyError> {
        self.byte(tag);
        self.varint(count as u128);
        self.deeper(content)
    }

    pub(crate) fn deeper(&mut self, content: impl FnOnce(&mut Self) -> Result<(), KeyError>) -> Result<(), KeyError> {
        if self.depth == MAX_DEPTH {
            return Err(KeyError::nameless(KeyFault::TooDeep));
        }
        self.depth += 1;
        content(self)?;
        self.depth -= 1;
        Ok(())
    }

    /// Tells the sink that everything so far is what a readable key does not show.
    pub(crate) fn mark(&mut self) {
        self.sink.mark(&self.stage[..self.staged]);
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        if self.staged == STAGE {
            self.flush();
        }
        self.stage[self.staged] = byte;
        self.staged += 1;
    }

    fn sized(&mut self, tag: u8, bytes: &[u8]) {
        self.byte(tag);
        self.varint(bytes.len() as u128);
        self.put(bytes);
    }

    /// Seven bits a byte, the lowest first, the high bit on all but the last.
    fn varint(&mut self, mut value: u128) {
        while value > 0x7f {
            self.byte((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.byte((value & 0x7f) as u8);
    }

    fn put(&mut self, bytes: &[u8]) {
        if bytes.len() > STAGE - self.staged {
            self.flush();
        }
        if bytes.len() > STAGE {
            return self.sink.take(bytes);
        }
        self.stage[self.staged..][..bytes.len()].copy_from_slice(bytes);
        self.staged += bytes.len();
    }

    fn flush(&mut self) {
        if self.staged > 0 {
            self.sink.take(&self.stage[..self.staged]);
            self.staged = 0;
        }
    }
}

impl std::fmt::Debug for Encoder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder").field("depth", &self.depth).finish_non_exhaustive()
    }
}

/// Puts entries in the one order that is hashed, and refuses a name that comes twice.
pub(crate) fn sort_by_name<V>(entries: &mut [(&str, V)]) -> Result<(), KeyError> {
    entries.sort_unstable_by_key(|(name, _)| *name);
    if entries.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(KeyError::nameless(KeyFault::Repeated));
    }
    Ok(())
}
