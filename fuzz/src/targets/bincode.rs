//! Payloads of bincode.

use larder_cache::Codec;
use larder_core::envelope::CodecId;

use super::codec::{self, EndsAtDel, Engine};
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "bincode",
    says: "what is read of a payload can be written and read again, nothing may follow it, and nothing is allocated for what is not there",
    check: |bytes| codec::check(bytes, Codec::Bincode, &Engine(CodecId::BINCODE)),
    planted: |bytes| codec::check(bytes, Codec::Bincode, &EndsAtDel(CodecId::BINCODE)),
    bug: "what follows a value is passed over from a DEL on",
    seeds: || codec::seeds(Codec::Bincode),
    tokens: &["\u{1}", "\u{7f}", "\u{0}\u{0}"],
    // It makes room for a text before it is there, for as much as a value may have.
    allowance: |bytes| Target::modest(bytes) + 8 * 1024 * 1024,
};
