//! The operations whose instructions are counted.

use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;

use crate::{Keys, User, first_poll, larder, raw_moka};

/// One operation, done many times over 1000 keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The map's own hit.
    HitRawMoka,
    /// `get` by text.
    HitStr,
    /// `get` by a tuple, whose key is written first.
    HitTuple,
    /// `get_or_load`, without a load.
    HitGetOrLoad,
    /// The map's own miss.
    MissRawMoka,
    /// `get` of what is not there.
    Miss,
    /// The map's own replacing of a value.
    InsertRawMoka,
    /// `insert` that replaces a value.
    Insert,
}

impl Operation {
    /// Every operation; each baseline before what is compared with it.
    pub const ALL: [Self; 8] = [
        Self::HitRawMoka,
        Self::HitStr,
        Self::HitTuple,
        Self::HitGetOrLoad,
        Self::MissRawMoka,
        Self::Miss,
        Self::InsertRawMoka,
        Self::Insert,
    ];
    const KEYS: usize = 1000;

    /// The name in tables and baselines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HitRawMoka => "l1_hit_raw_moka",
            Self::HitStr => "l1_hit_str",
            Self::HitTuple => "l1_hit_tuple",
            Self::HitGetOrLoad => "l1_hit_get_or_load",
            Self::MissRawMoka => "l1_miss_raw_moka",
            Self::Miss => "l1_miss",
            Self::InsertRawMoka => "insert_raw_moka",
            Self::Insert => "insert",
        }
    }

    /// The operation of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == name)
    }

    /// What the map alone takes for the same.
    #[must_use]
    pub const fn baseline(self) -> Self {
        match self {
            Self::HitRawMoka | Self::HitStr | Self::HitTuple | Self::HitGetOrLoad => Self::HitRawMoka,
            Self::MissRawMoka | Self::Miss => Self::MissRawMoka,
            Self::InsertRawMoka | Self::Insert => Self::InsertRawMoka,
        }
    }

    /// Builds what is needed, and does the operation so many times.
    ///
    /// # Panics
    /// When the operation does not do what its name says: a hit that misses, say.
    pub fn run(self, times: usize) {
        let keys = Keys::zipf(Self::KEYS);
        match self {
            Self::HitRawMoka => hit_raw_moka(&keys, times),
            Self::HitStr => hit_str(&keys, times),
            Self::HitTuple => hit_tuple(times),
            Self::HitGetOrLoad => hit_get_or_load(&keys, times),
            Self::MissRawMoka => miss_raw_moka(&keys, times),
            Self::Miss => miss(&keys, times),
            Self::InsertRawMoka => insert_raw_moka(&keys, times),
            Self::Insert => insert(&keys, times),
        }
    }
}

fn hit_raw_moka(keys: &Keys, times: usize) {
    let map = raw_moka(keys);
    for n in 0..times {
        assert!(black_box(map.get(black_box(keys.nth(n)))).is_some());
    }
}

fn hit_str(keys: &Keys, times: usize) {
    let cache = larder(keys);
    for n in 0..times {
        let lookup = black_box(first_poll(cache.get(black_box(keys.nth(n)))));
        assert!(lookup.is_ok_and(|lookup| lookup.is_hit()));
    }
}

fn hit_tuple(times: usize) {
    let cache = larder(&Keys::zipf(0));
    let ids = 0..Operation::KEYS as u64;
    for id in ids.clone() {
        let written = first_poll(cache.insert(("acme", id), User::new(id)));
        assert!(written.is_ok_and(|written| written.is_stored()));
    }
    for id in ids.cycle().take(times) {
        let lookup = black_box(first_poll(cache.get(black_box(("acme", id)))));
        assert!(lookup.is_ok_and(|lookup| lookup.is_hit()));
    }
}

fn hit_get_or_load(keys: &Keys, times: usize) {
    let cache = larder(keys);
    for n in 0..times {
        let load = |_| async { Ok::<_, Infallible>(User::new(0)) };
        let loaded = black_box(first_poll(cache.get_or_load(black_box(keys.nth(n)), load)));
        assert!(loaded.is_ok_and(|loaded| loaded.is_hit()));
    }
}

fn miss_raw_moka(keys: &Keys, times: usize) {
    let map = raw_moka(&Keys::zipf(0));
    for n in 0..times {
        assert!(black_box(map.get(black_box(keys.nth(n)))).is_none());
    }
}

fn miss(keys: &Keys, times: usize) {
    let cache = larder(&Keys::zipf(0));
    for n in 0..times {
        let lookup = black_box(first_poll(cache.get(black_box(keys.nth(n)))));
        assert!(lookup.is_ok_and(|lookup| lookup.is_miss()));
    }
}

fn insert_raw_moka(keys: &Keys, times: usize) {
    let map = raw_moka(keys);
    for n in 0..times {
        map.insert(black_box(keys.nth(n)).to_owned(), Arc::new(User::new(n as u64)));
    }
}

fn insert(keys: &Keys, times: usize) {
    let cache = larder(keys);
    for n in 0..times {
        let written = first_poll(cache.insert(black_box(keys.nth(n)), User::new(n as u64)));
        assert!(written.is_ok_and(|written| written.is_stored()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_does_what_its_name_says() {
        for operation in Operation::ALL {
            operation.run(200);
            assert_eq!(Operation::named(operation.as_str()), Some(operation));
            assert_eq!(operation.baseline().baseline(), operation.baseline());
        }
    }
}
