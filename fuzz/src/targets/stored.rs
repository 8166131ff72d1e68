//! What stands under a key in Redis, read by a node whose clock is known to differ from the server's.

use bytes::Bytes;
use larder_core::envelope::{Preamble, PreambleKind, Unreadable};
use larder_core::{Entry, Freshness, Key, Moment};
use larder_redis::fuzzing;

use super::{envelope, preamble};
use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "stored",
    says: "nothing is served before its envelope was checked, past the end of its grace, or past its longest life",
    check: |bytes| check(bytes, fuzzing::open),
    planted: |bytes| check(bytes, without_an_end),
    bug: "the end of grace is not looked at",
    seeds,
    tokens: &["\u{1}", "\u{7f}"],
    allowance: Target::modest,
};

type Open = fn(&Bytes, &Key, Moment, u64, u32) -> Result<Option<Entry>, Unreadable>;

const LIMIT: u32 = 2048;

/// Where the server's clock stands.
const NOW: u64 = 1_700_000_010_000;

/// Where the node's stands.
const HERE: Moment = Moment::from_nanos(3_600_000_000_000);

fn check(bytes: &[u8], open: Open) -> Seen {
    let bytes = Bytes::copy_from_slice(bytes);
    let entry = match open(&bytes, &envelope::key(), HERE, NOW, LIMIT) {
        Ok(Some(entry)) => entry,
        Ok(None) => return Seen::of("over"),
        Err(unreadable) => return Seen::of(unreadable.as_str()),
    };
    let (preamble, _) = Preamble::decode(&bytes).expect("what is served has a preamble");
    assert_eq!(preamble.kind, PreambleKind::Value, "served although it is no value");
    assert!(preamble.stale_until > NOW, "served after its end");
    assert!(entry.payload.len() <= LIMIT as usize, "longer than a value may be");
    let left = entry.remaining(HERE).as_millis();
    let most = u128::from(preamble.stale_until - NOW);
    assert!(left <= most || preamble.stale_until == Preamble::NEVER, "{left} ms are left, and at most {most} there");
    let fresh = entry.freshness(HERE) == Freshness::Fresh;
    assert!(!fresh || preamble.fresh_until >= NOW, "fresh although that is over");
    Seen::of((fresh, Seen::size(entry.payload.len())))
}

fn without_an_end(bytes: &Bytes, key: &Key, now: Moment, millis: u64, limit: u32) -> Result<Option<Entry>, Unreadable> {
    // An hour ago it was not over.
    match fuzzing::open(bytes, key, now, millis, limit) {
        Ok(None) => fuzzing::open(bytes, key, now, millis.saturating_sub(3_600_000), limit),
        opened => opened,
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let whole = |preamble: Preamble| [&preamble.encode()[..], &envelope::sealed("Ada Lovelace", |_| ())].concat();
    let value = preamble::value();
    let stale_until = Preamble::NEVER;
    vec![
        whole(value),
        whole(Preamble { fresh_until: stale_until, stale_until, ..value }),
        whole(Preamble { fresh_until: value.born, ..value }),
        whole(Preamble { fresh_until: value.born, stale_until: NOW - 1, ..value }),
        Preamble { kind: PreambleKind::Tombstone, ..value }.encode().to_vec(),
    ]
}
