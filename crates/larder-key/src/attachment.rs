use std::fmt;

use crate::canonical::Canonical;
use crate::digest::Digest;
use crate::encoder::Encoder;
use crate::error::KeyError;

/// A file that goes to the model with a request: known by its content, not by its name.
///
/// The same bytes under another name are the same attachment, unless the model is told the name.
#[derive(Clone, Copy)]
pub struct Attachment<'a> {
    /// [`Digest::of_content`] of its bytes.
    pub content: Digest,
    /// What kind of file the model is told it is, such as `image/png`.
    pub media_type: Option<&'a str>,
    /// The file's name.
    pub name: Option<&'a str>,
    /// Whether the name is sent to the model, and so may change its answer.
    pub name_is_sent: bool,
}

impl<'a> Attachment<'a> {
    /// An attachment with these bytes, whose name is not sent.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self { content: Digest::of_content(bytes), media_type: None, name: None, name_is_sent: false }
    }

    fn sent_name(&self) -> Option<&'a str> {
        self.name.filter(|_| self.name_is_sent)
    }
}

impl Canonical for Attachment<'_> {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        let Self { content, media_type, name: _, name_is_sent: _ } = self;
        encoder.record(|record| {
            record.field(1, "content", content)?;
            record.optional(2, "media_type", *media_type)?;
            record.optional(3, "name", self.sent_name())
        })
    }
}

impl Canonical for Digest {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        encoder.bytes(self.as_bytes());
        Ok(())
    }
}

impl fmt::Debug for Attachment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment").field("content", &self.content).finish_non_exhaustive()
    }
}
