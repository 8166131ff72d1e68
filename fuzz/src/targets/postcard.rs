//! Payloads of postcard.

use larder_cache::Codec;
use larder_core::envelope::CodecId;

use super::codec::{self, EndsAtDel, Engine};
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "postcard",
    says: "what is read of a payload can be written and read again, nothing may follow it, and nothing is allocated for what is not there",
    check: |bytes| codec::check(bytes, Codec::Postcard, &Engine(CodecId::POSTCARD)),
    planted: |bytes| codec::check(bytes, Codec::Postcard, &EndsAtDel(CodecId::POSTCARD)),
    bug: "what follows a value is passed over from a DEL on",
    seeds: || codec::seeds(Codec::Postcard),
    tokens: &["\u{1}", "\u{7f}", "\u{0}\u{0}"],
    allowance: Target::modest,
};
