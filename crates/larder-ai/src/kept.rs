//! A reply as the cache keeps it.

use larder_key::Identity;
use serde::{Deserialize, Serialize};

use crate::REPLY_SCHEMA;
use crate::reply::Reply;

/// A reply with the identity of the request it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    schema: u32,
    identity: [u8; 32],
    pub(crate) reply: Reply,
}

impl Kept {
    pub(crate) fn new(identity: &Identity, reply: Reply) -> Self {
        Self { schema: REPLY_SCHEMA, identity: *identity.as_bytes(), reply }
    }

    /// Whether this answers the request with `identity`: all 256 bits, whatever key it was found under.
    pub(crate) fn answers(&self, identity: &Identity) -> bool {
        (self.schema == REPLY_SCHEMA && self.identity == *identity.as_bytes()) || larder_core::ablation::off("identity")
    }

    /// About how many bytes it takes in memory.
    pub(crate) fn weight(&self) -> u64 {
        let block = |block: &crate::reply::Block| match block {
            crate::reply::Block::Text(text) => text.len(),
            crate::reply::Block::ToolCall { id, name, arguments } => id.len() + name.len() + arguments.len(),
        };
        let content: usize = self.reply.content.iter().map(|part| block(part) + size_of::<crate::reply::Block>()).sum();
        // JSON beside the reply is weighed by its text: its tree is of the same order.
        (size_of::<Self>() + content + self.reply.data.to_string().len()) as u64
    }
}
