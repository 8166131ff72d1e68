//! Codecs over a store that nodes share: an application's own, those of others, and what nobody here can read.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::nodes::{Node, Nodes};
use common::{Calls, cached, turns};
use larder_cache::{ApplicationCodec, Cache, Class, Codec, L2Settings, Larder, SkipReason, TierWrite};
use larder_core::envelope::{CipherId, CodecId, CompressionId};
use larder_core::{Callbacks, Condition, Entry, ErrorKind, Key, MissReason, Outcome, SeededRandom, Store, Tier};
use larder_testkit::eventually;

/// Texts written backwards; it has a form for neither `?` nor `!`, and panics at the second.
struct Backwards(u8);

impl ApplicationCodec<String> for Backwards {
    fn id(&self) -> CodecId {
        CodecId(self.0)
    }

    fn encode(&self, text: &String) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        self.decode(text.as_bytes()).map(String::into_bytes)
    }

    fn decode(&self, payload: &[u8]) -> Result<String, Box<dyn Error + Send + Sync>> {
        let text = std::str::from_utf8(payload)?.chars().rev().collect::<String>();
        assert!(!text.contains('!'), "a panic that quotes {text}");
        if text.contains('?') { Err(format!("an error that quotes {text}").into()) } else { Ok(text) }
    }
}

fn backwards(node: &Node) -> Cache<String> {
    node.builder().application_codec(Backwards(20)).build().unwrap()
}

async fn entry(nodes: &Nodes, node: &Node, key: &str) -> (Key, Option<Entry>) {
    let key = node.range().key(key).unwrap();
    let entry = nodes.store().get(&key).await.unwrap();
    (key, entry)
}

/// Puts the entry under `key` there as `change` makes it.
async fn rewrite(nodes: &Nodes, node: &Node, key: &str, change: impl FnOnce(&mut Entry)) -> Entry {
    let (key, entry) = entry(nodes, node, key).await;
    let mut entry = entry.unwrap();
    change(&mut entry);
    assert!(nodes.store().put(&key, entry, Condition::ALWAYS).await.unwrap().is_stored());
    nodes.store().get(&key).await.unwrap().unwrap()
}

/// What another node does to an entry.
type Change = fn(&mut Entry);

/// The reasons that a node tells of what it could not read.
fn reasons(larder: &Larder) -> Arc<Mutex<Vec<String>>> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let reasons = Arc::clone(&told);
    let callbacks = Callbacks::new().on_degrade(move |event| {
        if let larder_core::Event::Degrade { error, .. } = event {
            let reason = error.context().find(|(name, _)| *name == "reason").map(|(_, reason)| reason.to_owned());
            assert!(!format!("{error} {error:?}").contains("quotes"), "{error:?}");
            told.lock().unwrap().extend(reason);
        }
    });
    // It observes for as long as the larder lives.
    let _observing = larder.observe(callbacks);
    reasons
}

#[tokio::test]
async fn a_codec_of_the_applications_own_writes_and_reads_on_every_node_that_has_it() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (backwards(&first), backwards(&second));
    let written = a.insert("k", "abc".into()).await.unwrap();
    assert_eq!(written.l2, TierWrite::Stored);
    let (_, there) = entry(&nodes, &first, "k").await;
    let there = there.unwrap();
    assert_eq!((&there.payload[..], there.header.codec), (&b"cba"[..], CodecId(20)));
    let found = b.get("k").await.unwrap();
    assert_eq!((found.outcome(), found.value().map(String::as_str)), (Outcome::Hit(Tier::L2), Some("abc")));
}

#[tokio::test]
async fn a_cache_reads_what_the_codec_wrote_that_it_had_before() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    for codec in [Codec::MessagePack, Codec::Json] {
        let before = first.larder.cache::<String>(&format!("{codec:?}").to_lowercase()).codec(codec).build().unwrap();
        let _written = before.insert("k", "abc".into()).await.unwrap();
        let now = second.larder.cache::<String>(before.name()).application_codec(Backwards(20)).build().unwrap();
        assert_eq!(cached(&now, "k").await.as_deref(), Some("abc"));
    }
}

#[tokio::test]
async fn b14_f39_what_another_codec_wrote_is_a_labelled_miss_and_left_alone_for_the_grace() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let reasons = reasons(&second.larder);
    let (writer, reader, calls) = (backwards(&first), second.cache(), Calls::default());
    let _written = writer.insert("k", "abc".into()).await.unwrap();
    let before = entry(&nodes, &first, "k").await;
    assert_eq!(reader.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Corrupt));
    assert_eq!(*reasons.lock().unwrap(), ["unknown_codec"]);
    let loaded = reader.get_or_load("k", calls.bring("own")).await.unwrap();
    assert_eq!((loaded.as_str(), loaded.outcome()), ("own", Outcome::Loaded));
    second.settles().await;
    assert_eq!(reader.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1), "it keeps what it loaded");
    assert_eq!(entry(&nodes, &first, "k").await, before, "the value of the others stays");
    let figures = reader.statistics().l2.unwrap();
    assert_eq!((figures.stored, figures.left_alone, figures.unreadable), (0, 2, 2));
}

#[tokio::test]
async fn f39_what_another_codec_wrote_is_replaced_once_the_fleet_was_mixed_for_the_grace() {
    let nodes = Nodes::new();
    let (first, calls) = (nodes.node().await, Calls::default());
    let settings = L2Settings { mixed_fleet_grace: Duration::from_secs(20), ..L2Settings::default() };
    let (clock, random) = (nodes.clock.clone(), SeededRandom::new(2));
    let builder = Larder::builder().clock(clock).random(random).l2_with(nodes.store().shared(), settings);
    let larder = builder.build().unwrap();
    // Of this class every read asks the shared tier.
    let reader = larder.cache::<String>("users").class(Class::Authz).grace(Duration::ZERO).build().unwrap();
    let _written = backwards(&first).insert("k", "abc".into()).await.unwrap();
    for second in 0..=20 {
        let _loaded = reader.get_or_load("k", calls.bring("own")).await.unwrap();
        eventually("the load has ended", || larder.loads_in_flight() == 0).await;
        assert_eq!(reader.statistics().l2.unwrap().stored, u64::from(second == 20), "after {second} s");
        nodes.clock.advance(Duration::from_secs(1));
        turns().await;
    }
    assert_eq!((calls.count(), reader.get("k").await.unwrap().is_hit()), (21, true));
}

#[tokio::test]
async fn b14_f39_writes_replace_what_another_codec_wrote_and_conditional_ones_see_a_value() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (writer, reader) = (backwards(&first), second.cache());
    let _written = writer.insert("k", "abc".into()).await.unwrap();
    let decision = reader.insert_if_absent("k", "own".into()).await.unwrap();
    assert!(matches!(decision, larder_cache::Decision::Present), "{decision:?}");
    let written = reader.insert("k", "new".into()).await.unwrap();
    assert_eq!(written.l2, TierWrite::Stored, "an insert says what is true");
    first.hears().await;
    assert_eq!(cached(&writer, "k").await.as_deref(), Some("new"));
    let _written = writer.insert("k", "abc".into()).await.unwrap();
    let _removed = reader.remove("k").await.unwrap();
    first.hears().await;
    assert_eq!(cached(&writer, "k").await, None);
}

#[tokio::test]
async fn b14_what_no_layer_undid_is_never_given_to_a_codec_and_left_alone() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let reasons = reasons(&second.larder);
    let (writer, reader, calls) = (first.cache(), second.cache(), Calls::default());
    let changes: [(&str, Change); 2] = [
        ("unknown_compression", |entry| entry.header.compression = CompressionId::ZSTD),
        ("unknown_cipher", |entry| entry.header.cipher = CipherId::XCHACHA20_POLY1305),
    ];
    for (label, change) in changes {
        let _written = writer.insert(label, "abc".into()).await.unwrap();
        let there = rewrite(&nodes, &first, label, change).await;
        second.hears().await;
        assert_eq!(reader.get(label).await.unwrap().outcome(), Outcome::Miss(MissReason::Corrupt), "{label}");
        assert_eq!(reasons.lock().unwrap().last().unwrap(), label);
        let _loaded = reader.get_or_load(label, calls.bring("own")).await.unwrap();
        second.settles().await;
        assert_eq!(entry(&nodes, &first, label).await.1, Some(there), "{label}");
    }
    assert_eq!(reader.statistics().l2.unwrap().stored, 0);
}

#[tokio::test]
async fn b13_what_a_codec_of_the_applications_own_cannot_read_is_a_labelled_miss_and_its_panic_contained() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let reasons = reasons(&second.larder);
    let (a, b) = (backwards(&first), backwards(&second));
    for (payload, label) in [("?", "payload"), ("!", "codec_panic")] {
        let _written = a.insert("k", "abc".into()).await.unwrap();
        rewrite(&nodes, &first, "k", |entry| entry.payload = payload.into()).await;
        second.hears().await;
        assert_eq!(b.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Corrupt), "{label}");
        assert_eq!(reasons.lock().unwrap().last().unwrap(), label);
        let loaded = b.get_or_load("k", Calls::default().bring("own")).await.unwrap();
        assert_eq!(loaded.as_str(), "own");
        second.settles().await;
        first.hears().await;
        assert_eq!(cached(&a, "k").await.as_deref(), Some("own"), "damage is replaced");
    }
    assert_eq!(b.statistics().l2.unwrap().left_alone, 0);
}

#[tokio::test]
async fn what_a_codec_of_the_applications_own_cannot_write_stays_in_this_process() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = backwards(&node);
    for text in ["a?", "a!"] {
        let written = cache.insert("k", text.into()).await.unwrap();
        assert_eq!((written.l1, written.l2), (TierWrite::Stored, TierWrite::Skipped(SkipReason::NoForm)), "{text}");
        assert_eq!(cached(&cache, "k").await.as_deref(), Some(text));
        let _removed = cache.remove("k").await.unwrap();
        let loaded = cache.get_or_load("k", Calls::default().bring(text)).await.unwrap();
        assert_eq!(loaded.as_str(), text);
        node.settles().await;
        assert_eq!(entry(&nodes, &node, "k").await.1, None, "{text}");
    }
}

#[tokio::test]
async fn a_codec_with_a_wrong_number_or_without_one_is_refused_when_the_cache_is_built() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    for number in [0, 1, 4, 15] {
        let refused = node.builder().application_codec(Backwards(number)).build().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid);
        assert!(refused.to_string().contains("16 to 255"), "{refused}");
    }
    let refused = node.builder().codec(Codec::Application(CodecId(20))).build().unwrap_err();
    assert!(refused.to_string().contains("application_codec"), "{refused}");
    let _cache = backwards(&node);
    let another = node.builder().application_codec(Backwards(21)).build().unwrap_err();
    assert!(another.to_string().contains("another policy"), "{another}");
    assert!(node.builder().application_codec(Backwards(20)).build().is_ok(), "the same cache again");
}
