//! Payloads of MessagePack.

use larder_cache::Codec;
use larder_core::envelope::CodecId;

use super::codec::{self, EndsAtDel, Engine, Reads};
use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "message-pack",
    says: "what is read of a payload can be written and read again, nothing may follow it, and depth overflows no stack",
    check: |bytes| check(bytes, &Engine(CodecId::MESSAGE_PACK)),
    planted: |bytes| check(bytes, &EndsAtDel(CodecId::MESSAGE_PACK)),
    bug: "what follows a value is passed over from a DEL on",
    seeds,
    tokens: &["name", "below", "Plain", "Named", "Numbered", "\u{1}", "\u{7f}"],
    allowance: Target::modest,
};

fn check(payload: &[u8], reads: &impl Reads) -> Seen {
    let any = codec::one::<serde_json::Value>(payload, Codec::MessagePack, reads);
    Seen::of((codec::check(payload, Codec::MessagePack, reads), any))
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = codec::seeds(Codec::MessagePack);
    // Lists in lists, deeper than anybody writes them; and a list that says that it is long.
    seeds.push([vec![0x91; 3000], vec![0xc0]].concat());
    seeds.push(vec![0xdd, 0xff, 0xff, 0xff, 0xff, 0xc0]);
    seeds
}
