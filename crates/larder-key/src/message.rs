use std::fmt;

use crate::canonical::Canonical;
use crate::encoder::Encoder;
use crate::entries::Entries;
use crate::error::KeyError;

/// One message of a conversation, as it is sent to the model.
///
/// ```
/// use larder_key::Message;
///
/// let plain = Message::new("user", &"What is a larder?");
/// let named = Message { name: Some("ann"), ..plain };
/// ```
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// Who speaks: `user`, `assistant`, `tool`, ….
    pub role: &'a str,
    /// The speaker's name, if it is sent.
    pub name: Option<&'a str>,
    /// A text, or a list of parts.
    pub content: Option<&'a dyn Canonical>,
    /// The tools the model called, in order.
    pub tool_calls: Option<&'a dyn Canonical>,
    /// Which call this message answers.
    pub tool_call_id: Option<&'a str>,
    /// Whatever else the provider's messages have: all of it is in the key.
    pub more: &'a dyn Entries,
}

impl<'a> Message<'a> {
    /// A message with a role and content, all else absent.
    #[must_use]
    pub fn new(role: &'a str, content: &'a dyn Canonical) -> Self {
        Self { role, name: None, content: Some(content), tool_calls: None, tool_call_id: None, more: &() }
    }
}

impl Canonical for Message<'_> {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        let Self { role, name, content, tool_calls, tool_call_id, more } = *self;
        encoder.record(|record| {
            record.field(1, "role", role)?;
            record.optional(2, "name", name)?;
            record.optional(3, "content", content)?;
            record.optional(4, "tool_calls", tool_calls)?;
            record.optional(5, "tool_call_id", tool_call_id)?;
            record.named(6, "more", more, |_| true)
        })
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("role", &self.role).finish_non_exhaustive()
    }
}
