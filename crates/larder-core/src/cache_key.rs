//! How a user's value becomes the name of an entry: parts, escaped and joined, so that unequal keys never meet.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::rc::Rc;
use std::sync::Arc;

use crate::{Error, LocalKey, Result, ablation};

/// The most bytes a key may have inside its cache; a longer one is replaced by its BLAKE3 hash.
pub const MAX_LOCAL_KEY: usize = 512;

const SEPARATOR: char = '|';
const INLINE: usize = 128;

/// Anything that names an entry of a cache.
///
/// A key is a list of *parts*, each a text: a string is one part, a tuple one part for each of its elements. Integers and
/// `Uuid`s are parts by their usual text, so `7u64`, `7i32` and `"7"` are one key. The encoding is injective: two keys
/// are equal exactly when their lists of parts are equal. Parts are joined by `|`; in a part `|`, `{`, `}`, `%` and control
/// characters are percent-escaped. A key above [`MAX_LOCAL_KEY`] bytes becomes `#` and 64 hexadecimal digits.
///
/// ```
/// use larder_core::{CacheKey, LocalKey};
/// # fn main() -> larder_core::Result<()> {
/// assert_eq!(("acme", 7).to_local()?.as_str(), "acme|7");
/// assert_eq!("a|b".to_local()?.as_str(), "a%7Cb");
/// # Ok(()) }
/// ```
///
/// Implement [`KeyPart`] for your own identifiers; they are keys then, and parts of tuples.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no cache key",
    note = "strings, integers, `Uuid` (feature `uuid`) and tuples of them are; implement `KeyPart` for your own identifier"
)]
pub trait CacheKey {
    /// Writes the parts, in order.
    fn write(&self, key: &mut KeyWriter<'_>);

    /// The key's only part as text, when it is one and needs no writing. Keeps a lookup by `&str` free of copies.
    fn as_text(&self) -> Option<&str> {
        None
    }

    /// The key as it already stands in a cache; only for keys that were encoded before.
    fn as_encoded(&self) -> Option<&str> {
        None
    }

    /// Encodes the key into `buffer`, or borrows it when it needs no change.
    ///
    /// # Errors
    /// `Invalid` when the key has no part, or is one empty part.
    fn encode<'a>(&'a self, buffer: &'a mut KeyBuffer) -> Result<&'a str> {
        if let Some(text) = self.as_encoded() {
            return Ok(text);
        }
        match self.as_text() {
            Some(text) if is_plain(text) => Ok(text),
            _ => buffer.fill(|writer| self.write(writer)),
        }
    }

    /// The encoded key as a value of its own.
    ///
    /// # Errors
    /// As [`encode`](CacheKey::encode).
    fn to_local(&self) -> Result<LocalKey> {
        LocalKey::encoded(self.encode(&mut KeyBuffer::new())?)
    }
}

/// One part of a key: an identifier of your own, say.
///
/// ```
/// use larder_core::{CacheKey, KeyPart, KeyWriter};
///
/// struct UserId(u64);
///
/// impl KeyPart for UserId {
///     fn write_part(&self, key: &mut KeyWriter<'_>) {
///         key.part(self.0);
///     }
/// }
///
/// assert_eq!((UserId(7), "profile").to_local().unwrap().as_str(), "7|profile");
/// ```
pub trait KeyPart {
    /// Writes this part with one call of [`KeyWriter::part`].
    fn write_part(&self, key: &mut KeyWriter<'_>);

    /// The part as text, when it is one already.
    fn as_part(&self) -> Option<&str> {
        None
    }
}

impl<T: KeyPart + ?Sized> CacheKey for T {
    fn write(&self, key: &mut KeyWriter<'_>) {
        self.write_part(key);
    }

    fn as_text(&self) -> Option<&str> {
        self.as_part()
    }
}

/// Room for an encoded key: on the stack up to 128 bytes, then on the heap.
#[derive(Debug)]
pub struct KeyBuffer {
    inline: [u8; INLINE],
    used: usize,
    spilled: String,
    parts: usize,
}

impl Default for KeyBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl KeyBuffer {
    /// An empty buffer; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { inline: [0; INLINE], used: 0, spilled: String::new(), parts: 0 }
    }

    fn fill(&mut self, write: impl FnOnce(&mut KeyWriter<'_>)) -> Result<&str> {
        (self.used, self.parts) = (0, 0);
        self.spilled.clear();
        write(&mut KeyWriter { buffer: self });
        if self.len() == 0 && self.parts <= 1 {
            return Err(Error::invalid("key", "a key is never empty; name what the value is of"));
        }
        if self.len() > MAX_LOCAL_KEY {
            self.spilled = format!("#{}", blake3::hash(self.text().as_bytes()).to_hex());
        }
        Ok(self.text())
    }

    fn len(&self) -> usize {
        if self.spilled.is_empty() { self.used } else { self.spilled.len() }
    }

    fn text(&self) -> &str {
        if self.spilled.is_empty() {
            std::str::from_utf8(&self.inline[..self.used]).expect("only whole characters are pushed")
        } else {
            &self.spilled
        }
    }

    fn push(&mut self, text: &str) {
        let end = self.used + text.len();
        if self.spilled.is_empty() && end <= INLINE {
            self.inline[self.used..end].copy_from_slice(text.as_bytes());
            self.used = end;
            return;
        }
        if self.spilled.is_empty() {
            self.spilled = self.text().to_owned();
        }
        self.spilled.push_str(text);
    }
}

/// Takes the parts of a key, escapes and joins them.
#[derive(Debug)]
pub struct KeyWriter<'a> {
    buffer: &'a mut KeyBuffer,
}

impl KeyWriter<'_> {
    /// Adds one part, by its `Display` text.
    pub fn part(&mut self, part: impl fmt::Display) {
        if self.buffer.parts > 0 {
            self.buffer.push("|");
        }
        self.buffer.parts += 1;
        write!(Escape { buffer: self.buffer }, "{part}").expect("writing into a buffer cannot fail");
    }
}

struct Escape<'a> {
    buffer: &'a mut KeyBuffer,
}

impl fmt::Write for Escape<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if stands_as_it_is(text) && !(self.buffer.len() == 0 && text.starts_with('#')) {
            self.buffer.push(text);
            return Ok(());
        }
        for c in text.chars() {
            let first = self.buffer.len() == 0;
            if needs_escape(c) || (first && c == '#') {
                self.percent(c);
            } else {
                self.buffer.push(c.encode_utf8(&mut [0; 4]));
            }
        }
        Ok(())
    }
}

impl Escape<'_> {
    fn percent(&mut self, c: char) {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            let code = [b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
            self.buffer.push(std::str::from_utf8(&code).expect("hexadecimal digits are text"));
        }
    }
}

fn needs_escape(c: char) -> bool {
    (matches!(c, SEPARATOR | '{' | '}' | '%') || c.is_control()) && !ablation::off("key_escape")
}

/// Whether each byte may stand in a key as it is; a table, so that a key on a hit is checked without a branch a byte.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        plain[byte as usize] = !matches!(byte, b'|' | b'{' | b'}' | b'%');
        byte += 1;
    }
    plain
};

/// Text that stands in a key as it is: short, no separator, no control character, no mark of a hash.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_LOCAL_KEY && !text.starts_with('#') && stands_as_it_is(text)
}

/// Whether no character of `text` is escaped in a key. Says no to some that are not: those outside ASCII.
fn stands_as_it_is(text: &str) -> bool {
    text.bytes().fold(true, |plain, byte| plain & PLAIN[usize::from(byte)])
}

impl CacheKey for LocalKey {
    fn write(&self, key: &mut KeyWriter<'_>) {
        key.buffer.push(self.as_str());
        key.buffer.parts += 1;
    }

    fn as_encoded(&self) -> Option<&str> {
        Some(self.as_str())
    }
}

impl CacheKey for &LocalKey {
    fn write(&self, key: &mut KeyWriter<'_>) {
        (*self).write(key);
    }

    fn as_encoded(&self) -> Option<&str> {
        Some(self.as_str())
    }
}

macro_rules! text_parts {
    ($($text:ty),*) => {$(
        impl KeyPart for $text {
            fn write_part(&self, key: &mut KeyWriter<'_>) {
                key.part(self);
            }

            fn as_part(&self) -> Option<&str> {
                Some(self)
            }
        }
    )*};
}

text_parts!(str, String, Box<str>, Arc<str>, Rc<str>, Cow<'_, str>);

impl<T: KeyPart + ?Sized> KeyPart for &T {
    fn write_part(&self, key: &mut KeyWriter<'_>) {
        T::write_part(self, key);
    }

    fn as_part(&self) -> Option<&str> {
        T::as_part(self)
    }
}

macro_rules! display_parts {
    ($($part:ty),*) => {$(
        impl KeyPart for $part {
            fn write_part(&self, key: &mut KeyWriter<'_>) {
                key.part(self);
            }
        }
    )*};
}

display_parts!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, char, bool);
#[cfg(feature = "uuid")]
display_parts!(uuid::Uuid);

macro_rules! tuples {
    ($($($name:ident)+;)+) => {$(
        impl<$($name: KeyPart),+> CacheKey for ($($name,)+) {
            #[allow(non_snake_case)]
            fn write(&self, key: &mut KeyWriter<'_>) {
                let ($($name,)+) = self;
                $($name.write_part(key);)+
            }
        }
    )+};
}

tuples! { A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H; }
