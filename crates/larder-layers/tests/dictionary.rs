//! Dictionaries: when they pay, how nodes share them, and what is refused.

#![cfg(feature = "dictionary")]
#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::time::Duration;

use larder_core::envelope::{CompressionId, CriticalFlags};
use larder_core::{Condition, Entry, Error, ErrorKind, Key, KeyRange, Lifetime, Moment, Name, SharedStore, Store};
use larder_layers::{Compress, Dictionaries};
use larder_testkit::{ManualClock, MapStore, eventually, eventually_async, run};

/// Several nodes over one store.
struct Nodes {
    clock: ManualClock,
    inner: SharedStore,
}

/// One of them.
struct Node {
    layer: Dictionaries,
    store: SharedStore,
    clock: ManualClock,
}

const EVERY: Duration = Duration::from_secs(60);

fn range(cache: &str) -> KeyRange {
    KeyRange::cache(&Name::new("app").unwrap(), &Name::new(cache).unwrap())
}

fn key(number: u32) -> Key {
    range("users").key(&number.to_string()).unwrap()
}

fn dictionary_key(id: u16) -> Key {
    Key::new(format!("app::d:users:{id:04x}")).unwrap()
}

fn user(number: u32) -> String {
    let (team, city) = (number % 7, ["Graz", "Lyon", "Turku", "Porto"][number as usize % 4]);
    format!(
        r#"{{"id":{number},"name":"user {number}","team":"team-{team}","address":{{"city":"{city}"}},"roles":["reader"]}}"#
    )
}

/// Nothing like a user.
fn order(number: u32) -> String {
    let mut text = format!("<order><number>{number}</number><lines>");
    for line in 0..3 {
        text += &format!("<line><article>{}</article><count>{line}</count></line>", number * 31 + line);
    }
    text + "</lines></order>"
}

impl Nodes {
    fn new() -> Self {
        let clock = ManualClock::new();
        Self { inner: MapStore::new(clock.shared()).shared(), clock }
    }

    fn node(&self) -> Node {
        self.node_with(|layer| layer)
    }

    fn node_with(&self, set: impl FnOnce(Dictionaries) -> Dictionaries) -> Node {
        let layer = Dictionaries::new(self.clock.shared()).cache(range("users")).every(EVERY).samples(400).unwrap();
        let layer = set(layer);
        Node { store: self.inner.clone().layer(&layer), layer, clock: self.clock.clone() }
    }

    async fn stored(&self, number: u32) -> Entry {
        self.inner.get(&key(number)).await.unwrap().unwrap()
    }
}

impl Node {
    async fn put(&self, number: u32, payload: impl Into<Vec<u8>>) {
        let entry = Entry::new(payload.into(), Lifetime::forever(), Moment::ORIGIN);
        assert!(self.store.put(&key(number), entry, Condition::ALWAYS).await.unwrap().is_stored());
    }

    async fn get(&self, number: u32) -> Result<String, Error> {
        let entry = self.store.get(&key(number)).await?.unwrap();
        assert!(entry.header.is_as_encoded());
        Ok(String::from_utf8(entry.payload.to_vec()).unwrap())
    }

    /// Enough users for a dictionary, which is in use then.
    async fn learns(&self) {
        for number in 0..401 {
            self.put(number, user(number)).await;
        }
        eventually("a dictionary is in use", || self.layer.statistics().adopted == 1).await;
    }

    /// Lets the next put look after the dictionaries, and waits until that was done.
    async fn looks(&self, done: impl Fn(&larder_layers::DictionaryStatistics) -> bool) {
        self.clock.advance(EVERY * 2);
        self.put(9999, user(9999)).await;
        eventually("the dictionaries were looked after", || done(&self.layer.statistics())).await;
    }
}

#[test]
fn s9_what_small_values_have_in_common_is_stored_once() {
    run(async {
        let nodes = Nodes::new();
        let node = nodes.node();
        node.put(0, user(0)).await;
        assert!(nodes.stored(0).await.header.is_as_encoded(), "nothing was learned yet");
        node.learns().await;
        node.put(500, user(500)).await;
        let (stored, raw) = (nodes.stored(500).await, user(500));
        assert_eq!((stored.header.compression, stored.header.raw_len as usize), (CompressionId::ZSTD, raw.len()));
        assert!(stored.header.critical.contains(CriticalFlags::DICTIONARY) && stored.header.dictionary_id != 0);
        assert!(stored.payload.len() * 2 < raw.len(), "{} of {}", stored.payload.len(), raw.len());
        assert_eq!(node.get(500).await.unwrap(), raw);
        assert_eq!(node.get(0).await.unwrap(), user(0), "what was stored before is read as ever");
        let many = node.store.get_many(&[key(500), key(7), key(100_000)]).await.unwrap();
        assert_eq!(many[0].as_ref().unwrap().payload, raw);
        assert!(many[1].is_some() && many[2].is_none());
    });
}

#[test]
fn nothing_is_used_that_does_not_pay() {
    run(async {
        let nodes = Nodes::new();
        let node = nodes.node_with(|layer| layer.gain(0.95).unwrap());
        for number in 0..401 {
            node.put(number, user(number)).await;
        }
        eventually("it was tried", || node.layer.statistics().trained == 1).await;
        node.put(500, user(500)).await;
        assert!(nodes.stored(500).await.header.is_as_encoded());
        assert_eq!(node.layer.statistics().adopted, 0);
    });
}

#[test]
fn only_caches_that_are_named_have_dictionaries() {
    run(async {
        let nodes = Nodes::new();
        let node = nodes.node();
        node.learns().await;
        let other = range("orders").key("1").unwrap();
        let entry = Entry::new(user(1), Lifetime::forever(), Moment::ORIGIN);
        assert!(node.store.put(&other, entry, Condition::ALWAYS).await.unwrap().is_stored());
        assert!(nodes.inner.get(&other).await.unwrap().unwrap().header.is_as_encoded());
    });
}

#[test]
fn f38_another_node_fetches_what_it_does_not_know_and_writes_with_it_from_then_on() {
    run(async {
        let nodes = Nodes::new();
        let (first, second) = (nodes.node(), nodes.node());
        first.learns().await;
        first.put(500, user(500)).await;
        assert_eq!(second.get(500).await.unwrap(), user(500));
        assert_eq!(second.layer.statistics().fetched, 1);
        let id = nodes.stored(500).await.header.dictionary_id;
        let writes_with_it = || async {
            second.looks(|_| true).await;
            second.put(600, user(600)).await;
            nodes.stored(600).await.header.dictionary_id == id
        };
        eventually_async("the second writes with it too", writes_with_it).await;
    });
}

#[test]
fn f38_without_its_dictionary_a_value_is_corrupt_and_read_again_when_that_is_back() {
    run(async {
        let nodes = Nodes::new();
        let first = nodes.node();
        first.learns().await;
        first.put(500, user(500)).await;
        let id = nodes.stored(500).await.header.dictionary_id;
        let dictionary = nodes.inner.get(&dictionary_key(id)).await.unwrap().unwrap();
        assert!(nodes.inner.delete(&dictionary_key(id)).await.unwrap());

        let second = nodes.node();
        assert_eq!(second.get(500).await.unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(second.get(500).await.unwrap_err().kind(), ErrorKind::Corrupt, "it is not asked for at once");
        assert_eq!(second.layer.statistics().missing, 2);
        assert!(nodes.inner.put(&dictionary_key(id), dictionary, Condition::ALWAYS).await.unwrap().is_stored());
        nodes.clock.advance(Duration::from_secs(6));
        assert_eq!(second.get(500).await.unwrap(), user(500));
    });
}

#[test]
fn f38_whoever_writes_with_a_dictionary_that_got_lost_keeps_it_again() {
    run(async {
        let nodes = Nodes::new();
        let first = nodes.node();
        first.learns().await;
        first.put(500, user(500)).await;
        let id = nodes.stored(500).await.header.dictionary_id;
        let in_use = Key::new("app::d:users").unwrap();
        for lost in [dictionary_key(id), in_use] {
            assert!(nodes.inner.delete(&lost).await.unwrap());
            // A look that is under way when it is lost may be too early to see that.
            let there = || async {
                first.looks(|_| true).await;
                nodes.inner.get(&lost).await.unwrap().is_some()
            };
            eventually_async("it is there again", there).await;
        }
    });
}

#[test]
fn f38_a_dictionary_that_is_not_what_it_says_gives_no_wrong_bytes() {
    run(async {
        let nodes = Nodes::new();
        let first = nodes.node();
        first.learns().await;
        first.put(500, user(500)).await;
        let id = nodes.stored(500).await.header.dictionary_id;
        let good = nodes.inner.get(&dictionary_key(id)).await.unwrap().unwrap();
        let mut changed = good.payload.to_vec();
        *changed.last_mut().unwrap() ^= 1;
        let forged = *blake3::hash(&changed).as_bytes();
        let mut honest = good.clone();
        honest.payload = changed.clone().into();
        let mut lying = honest.clone();
        lying.header.identity = Some(larder_core::envelope::Identity(forged));
        let mut nothing = good.clone();
        nothing.payload = b"no dictionary".to_vec().into();
        for bad in [honest, lying, nothing] {
            assert!(nodes.inner.put(&dictionary_key(id), bad, Condition::ALWAYS).await.unwrap().is_stored());
            let reader = nodes.node();
            assert_eq!(reader.get(500).await.unwrap_err().kind(), ErrorKind::Corrupt);
            assert_eq!(reader.layer.statistics().refused, 1);
        }
    });
}

#[test]
fn f38_when_values_change_their_kind_another_dictionary_takes_over_and_the_old_one_is_still_read() {
    run(async {
        let nodes = Nodes::new();
        let node = nodes.node();
        node.learns().await;
        node.put(500, user(500)).await;
        for number in 1000..1402 {
            node.put(number, order(number)).await;
        }
        node.looks(|figures| figures.adopted == 2).await;
        node.put(2000, order(2000)).await;
        let (old, new) = (nodes.stored(500).await.header, nodes.stored(2000).await.header);
        assert!(old.dictionary_id != new.dictionary_id && new.dictionary_id != 0);
        let reader = nodes.node();
        for (number, value) in [(500, user(500)), (2000, order(2000))] {
            assert_eq!(reader.get(number).await.unwrap(), value);
        }
    });
}

#[test]
fn f38_when_none_pays_any_more_none_is_used() {
    run(async {
        let nodes = Nodes::new();
        let node = nodes.node();
        node.learns().await;
        let random = larder_core::SeededRandom::new(1);
        for number in 1000..1402 {
            let noise: Vec<u8> = (0..16).flat_map(|_| larder_core::Random::next_u64(&random).to_le_bytes()).collect();
            node.put(number, noise).await;
        }
        node.looks(|figures| figures.retired == 1).await;
        node.put(500, user(500)).await;
        assert!(nodes.stored(500).await.header.is_as_encoded());
    });
}

#[test]
fn b10_b11_a_frame_of_another_length_than_its_header_says_is_refused() {
    run(async {
        let nodes = Nodes::new();
        let node = nodes.node();
        node.learns().await;
        node.put(500, user(500)).await;
        let stored = nodes.stored(500).await;
        for raw_len in [0, 1, stored.header.raw_len + 1, u32::MAX] {
            let mut changed = stored.clone();
            changed.header.raw_len = raw_len;
            assert!(nodes.inner.put(&key(500), changed, Condition::ALWAYS).await.unwrap().is_stored());
            assert_eq!(node.get(500).await.unwrap_err().kind(), ErrorKind::Corrupt, "{raw_len}");
        }
    });
}

#[test]
fn it_stands_outside_of_compression_which_takes_what_is_long() {
    run(async {
        let nodes = Nodes::new();
        let (layer, compress) = (nodes.node().layer.longest(1000), Compress::new().threshold(100));
        let store = nodes.inner.clone().layer(&compress).layer(&layer);
        let node = Node { store, layer, clock: nodes.clock.clone() };
        node.learns().await;
        let long = "again and again ".repeat(100);
        node.put(500, user(500)).await;
        node.put(501, long.clone()).await;
        let (short, other) = (nodes.stored(500).await.header, nodes.stored(501).await.header);
        assert!(short.dictionary_id != 0 && other.dictionary_id == 0 && other.compression == CompressionId::ZSTD);
        assert_eq!((node.get(500).await.unwrap(), node.get(501).await.unwrap()), (user(500), long));
    });
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let layer = || Dictionaries::new(ManualClock::new().shared());
    for refused in [layer().samples(19), layer().size(255), layer().gain(1.0), layer().gain(f64::NAN), layer().level(0)]
    {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
    }
}

#[test]
fn t26_neither_debug_nor_errors_show_what_was_learned() {
    run(async {
        let nodes = Nodes::new();
        let node = nodes.node();
        node.learns().await;
        assert!(!format!("{:?} {:?}", node.layer, node.store).contains("team-"));
    });
}
