//! Bytes as values: what a target that takes no bytes is fed with.

use arbitrary::Unstructured;

/// Reads values out of an input. It never runs dry: what is missing is zero or empty.
#[derive(Debug)]
pub(crate) struct Input<'a>(Unstructured<'a>);

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(Unstructured::new(bytes))
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.0.arbitrary().unwrap_or(0)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0.arbitrary().unwrap_or(0)
    }

    /// A number below `end`, which is not zero.
    pub(crate) fn below(&mut self, end: u8) -> u8 {
        self.byte() % end
    }

    /// Whether something is left to be read.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A text of up to 255 bytes: a length, then what of the bytes after it is text.
    pub(crate) fn text(&mut self) -> &'a str {
        let length = usize::from(self.byte()).min(self.0.len());
        valid(self.0.bytes(length).unwrap_or(&[]))
    }

    /// Bytes, up to 255.
    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()).min(self.0.len());
        self.0.bytes(length).unwrap_or(&[])
    }

    /// Everything that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.0.take_rest()
    }
}

/// What of `bytes` is text, from their beginning on.
pub(crate) fn valid(bytes: &[u8]) -> &str {
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}

/// An input that [`Input`] reads as these texts, one after the other.
pub(crate) fn of_texts(texts: &[&str]) -> Vec<u8> {
    texts.iter().flat_map(|text| [&[u8::try_from(text.len()).unwrap_or(u8::MAX)], text.as_bytes()].concat()).collect()
}
