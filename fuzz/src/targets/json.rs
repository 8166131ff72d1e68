//! Payloads of JSON.

use larder_cache::Codec;
use larder_core::envelope::CodecId;

use super::codec::{self, EndsAtDel, Engine, Reads};
use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "json",
    says: "what is read of a payload can be written and read again, nothing may follow it, and depth overflows no stack",
    check: |bytes| check(bytes, &Engine(CodecId::JSON)),
    planted: |bytes| check(bytes, &EndsAtDel(CodecId::JSON)),
    bug: "what follows a value is passed over from a DEL on",
    seeds,
    tokens: &[
        "\u{7f}",
        "null",
        "true",
        "false",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\u0000",
        "\\ud800",
        "1e308",
        "-0",
        "0.1",
        "\"name\"",
        "\"below\"",
        "\"Plain\"",
        "{\"Named\":",
    ],
    allowance: Target::modest,
};

fn check(payload: &[u8], reads: &impl Reads) -> Seen {
    let any = codec::one::<serde_json::Value>(payload, Codec::Json, reads);
    Seen::of((codec::check(payload, Codec::Json, reads), any))
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = codec::seeds(Codec::Json);
    seeds.push("[".repeat(3000).into_bytes());
    seeds.push(br#"{"a":[1,2.5,-3e10,"\u00e9",null,true,{"b":{}}]}"#.to_vec());
    seeds
}
