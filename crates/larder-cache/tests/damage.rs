//! Damaged bytes, through every codec and the whole way of a read: never a wrong value.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::nodes::Nodes;
use futures_core::Stream;
use larder_cache::{Cache, Class, Codec};
use larder_core::envelope::{Envelope, MAX_VALUE};
use larder_core::{
    Condition, Coordinator, Count, Entry, Key, KeyRange, Outcome, Pattern, Put, Result, SharedStore, Store, StoreInfo,
    Tier, TierStatistics,
};

/// A store that hands out its entries as the bytes of their envelopes, read again after `harm` was done to them.
#[derive(Clone)]
struct Harmed {
    inner: SharedStore,
    harm: Arc<Mutex<Harm>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Harm {
    None,
    Cut(usize),
    Flip(usize),
}

impl fmt::Debug for Harmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Harmed").finish_non_exhaustive()
    }
}

impl Harmed {
    fn bytes(key: &Key, entry: &Entry) -> Vec<u8> {
        Envelope::of(entry.clone(), 1).encode(key, MAX_VALUE).unwrap()
    }

    fn read(&self, key: &Key, entry: &Entry) -> Result<Entry> {
        let mut bytes = Self::bytes(key, entry);
        match *self.harm.lock().unwrap() {
            Harm::None => {}
            Harm::Cut(end) => bytes.truncate(end),
            Harm::Flip(bit) => bytes[bit / 8] ^= 1 << (bit % 8),
        }
        let envelope = Envelope::decode(bytes.into(), key, MAX_VALUE);
        let envelope = envelope.map_err(|unreadable| unreadable.into_error("get"))?;
        Ok(envelope.into_entry(entry.born, entry.version))
    }
}

impl Store for Harmed {
    fn info(&self) -> StoreInfo {
        self.inner.info()
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        self.inner.get(key).await?.map(|entry| self.read(key, &entry)).transpose()
    }

    async fn put(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        self.inner.put(key, entry, condition).await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        self.inner.delete(key).await
    }

    async fn clear(&self, range: &KeyRange) -> Result<Count> {
        self.inner.clear(range).await
    }

    fn scan<'a>(&'a self, pattern: &'a Pattern) -> impl Stream<Item = Result<Key>> + Send + 'a {
        self.inner.scan(pattern)
    }

    async fn statistics(&self) -> Result<TierStatistics> {
        self.inner.statistics().await
    }

    fn coordinator(&self) -> Option<&dyn Coordinator> {
        self.inner.coordinator()
    }
}

type Row = Vec<(String, u64)>;

/// Rows that take about 1 KiB in every codec.
fn rows() -> Row {
    (0..32).map(|number| (format!("a text of some length {number}"), u64::MAX / (number + 1))).collect()
}

async fn assert_no_wrong_value(cache: &Cache<Row>, store: &Harmed, harm: Harm) {
    *store.harm.lock().unwrap() = harm;
    let outcome = cache.get("k").await.unwrap().outcome();
    assert!(outcome.is_miss(), "{harm:?}: {outcome:?}");
}

#[tokio::test]
async fn b15_a_value_cut_at_every_byte_and_with_every_bit_flipped_is_a_miss_with_every_codec() {
    let codecs = [
        ("packed", Codec::MessagePack),
        ("json", Codec::Json),
        #[cfg(feature = "postcard")]
        ("postcard", Codec::Postcard),
        #[cfg(feature = "bincode")]
        ("bincode", Codec::Bincode),
    ];
    let nodes = Nodes::new();
    let store = Harmed { inner: nodes.store().shared(), harm: Arc::new(Mutex::new(Harm::None)) };
    let larder = nodes.larder_over(store.clone().shared()).await;
    for (name, codec) in codecs {
        // Of this class every read asks the store.
        let builder = larder.cache::<Row>(name).codec(codec).class(Class::Authz).grace(Duration::ZERO);
        let cache = builder.build().unwrap();
        let _written = cache.insert("k", rows()).await.unwrap();
        let key = KeyRange::cache(larder.prefix(), &larder_core::Name::new(name).unwrap()).key("k").unwrap();
        let length = Harmed::bytes(&key, &store.inner.get(&key).await.unwrap().unwrap()).len();
        assert!((900..2048).contains(&length), "{name}: {length}");
        for end in 0..length {
            assert_no_wrong_value(&cache, &store, Harm::Cut(end)).await;
        }
        for bit in 0..length * 8 {
            assert_no_wrong_value(&cache, &store, Harm::Flip(bit)).await;
        }
        *store.harm.lock().unwrap() = Harm::None;
        let whole = cache.get("k").await.unwrap();
        assert_eq!((whole.outcome(), whole.value()), (Outcome::Hit(Tier::L2), Some(&rows())), "{name}");
    }
}
