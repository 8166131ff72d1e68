//! Payloads: what the four codecs have in common.

use std::collections::BTreeMap;

use larder_cache::{Codec, fuzzing};
use larder_core::envelope::CodecId;
use larder_core::{ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Seen;

/// A value with one of everything.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sample {
    name: String,
    count: u64,
    balance: i64,
    ratio: f64,
    small: Option<u8>,
    flag: bool,
    letter: char,
    words: Vec<String>,
    places: BTreeMap<String, i32>,
    pair: (u16, i8),
    kind: Kind,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Kind {
    Plain,
    Numbered(u32),
    Named { name: String, rank: u8 },
}

/// A value in values.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Tree {
    name: String,
    below: Vec<Tree>,
}

/// How a codec reads a payload, if it reads one.
pub(super) trait Reads {
    fn read<V: Serialize + DeserializeOwned + Send + Sync + 'static>(&self, payload: &[u8]) -> Result<V>;
}

/// The engine's own way.
pub(super) struct Engine(pub(super) CodecId);

impl Reads for Engine {
    fn read<V: Serialize + DeserializeOwned + Send + Sync + 'static>(&self, payload: &[u8]) -> Result<V> {
        fuzzing::decode(self.0, payload)
    }
}

/// One that ends a payload at a DEL, whatever follows.
pub(super) struct EndsAtDel(pub(super) CodecId);

impl Reads for EndsAtDel {
    fn read<V: Serialize + DeserializeOwned + Send + Sync + 'static>(&self, payload: &[u8]) -> Result<V> {
        let end = payload.iter().position(|byte| *byte == 0x7f).unwrap_or(payload.len());
        fuzzing::decode(self.0, &payload[..end])
    }
}

/// Reads the payload as each type; what is read can be written, and read as the same.
pub(super) fn check(payload: &[u8], codec: Codec, reads: &impl Reads) -> Seen {
    let (sample, tree) = (one::<Sample>(payload, codec, reads), one::<Tree>(payload, codec, reads));
    let (texts, map) =
        (one::<Vec<String>>(payload, codec, reads), one::<BTreeMap<u32, Option<Vec<f32>>>>(payload, codec, reads));
    Seen::of((sample, tree, texts, map))
}

pub(super) fn one<V>(payload: &[u8], codec: Codec, reads: &impl Reads) -> u32
where
    V: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let value: V = match reads.read(payload) {
        Ok(value) => value,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Corrupt, "an error of another kind");
            return 0;
        }
    };
    // No text may follow a value; a NUL is no space in any of the codecs.
    assert!(reads.read::<V>(&[payload, b"\0"].concat()).is_err(), "read although a byte follows");
    let written = fuzzing::encode(codec, &value).expect("what was read can be written");
    let again: V = reads.read(&written).expect("what was written can be read");
    assert_eq!(fuzzing::encode(codec, &again).as_ref().ok(), Some(&written), "another one after it was written");
    1 + Seen::size(written.len())
}

/// Payloads of each type.
pub(super) fn seeds(codec: Codec) -> Vec<Vec<u8>> {
    let leaf = |name: &str| Tree { name: name.to_owned(), below: Vec::new() };
    let tree =
        Tree { name: "root".to_owned(), below: vec![leaf("a"), Tree { name: "b".into(), below: vec![leaf("c")] }] };
    let map = BTreeMap::from([(1_u32, Some(vec![0.5_f32, -1.0])), (9, None)]);
    let mut seeds: Vec<Result<Vec<u8>>> = samples().iter().map(|sample| fuzzing::encode(codec, sample)).collect();
    seeds.push(fuzzing::encode(codec, &tree));
    seeds.push(fuzzing::encode(codec, &vec!["one".to_owned(), String::new()]));
    seeds.push(fuzzing::encode(codec, &map));
    seeds.into_iter().map(|seed| seed.expect("each codec has a form for it")).collect()
}

fn samples() -> [Sample; 2] {
    let full = Sample {
        name: "Ada Lovelace".to_owned(),
        count: 1 << 40,
        balance: -5,
        ratio: 0.1,
        small: Some(255),
        flag: true,
        letter: 'é',
        words: vec!["one".to_owned(), "two".to_owned()],
        places: BTreeMap::from([("x".to_owned(), -1), ("y".to_owned(), i32::MAX)]),
        pair: (700, -7),
        kind: Kind::Named { name: "first".to_owned(), rank: 1 },
    };
    let bare = Sample { name: String::new(), small: None, words: Vec::new(), kind: Kind::Plain, ..full.clone() };
    [full.clone(), Sample { kind: Kind::Numbered(3), ..bare }]
}
