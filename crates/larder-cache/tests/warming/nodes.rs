//! Runs over a shared tier.

use larder_cache::WarmFigures;
use larder_core::{Outcome, Tier};
use larder_testkit::Verb;

use crate::common::nodes::Nodes;
use crate::common::{Calls, turns};
use crate::origin::Origin;

#[tokio::test]
async fn c14_the_next_process_finds_what_one_has_warmed() {
    let nodes = Nodes::new();
    let (one, two) = (nodes.node().await, nodes.node().await);
    let origin = Origin::open();
    assert!(one.cache().warm(["a", "b", "c"]).run(origin.value()).await.unwrap().is_whole());
    one.settles().await;
    let warmed = two.cache().warm(["a", "b", "d"]).run(origin.value()).await.unwrap();
    let figures = WarmFigures { total: Some(3), loaded: 1, found: 2, ..WarmFigures::default() };
    assert_eq!((warmed.figures, origin.asked().len()), (figures, 4));
    let hit = two.cache().get_or_load("a", Calls::default().bring("never")).await.unwrap();
    assert_eq!(hit.outcome(), Outcome::Hit(Tier::L1), "and holds it itself now");
}

#[tokio::test]
async fn c14_a_batch_looks_into_the_shared_tier_once() {
    let nodes = Nodes::new();
    let (one, two) = (nodes.node().await, nodes.node().await);
    let origin = Origin::open();
    assert!(one.cache().warm(0..50).run_many(origin.many()).await.unwrap().is_whole());
    one.settles().await;
    two.store.forget_counts();
    let warmed = two.cache().warm(0..50).run_many(origin.many()).await.unwrap();
    assert_eq!((warmed.figures.found, two.store.count(Verb::GetMany), two.store.count(Verb::Get)), (50, 1, 0));
}

#[tokio::test]
async fn c14_nodes_that_warm_the_same_keys_at_one_time_take_turns_by_lease() {
    let nodes = Nodes::new();
    let (one, two) = (nodes.node().await, nodes.node().await);
    let origin = Origin::default();
    let warms = |node: &crate::common::nodes::Node| {
        node.builder().lease(true).build().unwrap().warm(["k"]).run(origin.value()).spawn().unwrap()
    };
    let first = warms(&one);
    origin.gate.arrived().await;
    let second = warms(&two);
    turns().await;
    origin.gate.open();
    let passes = async {
        loop {
            nodes.clock.advance(std::time::Duration::from_millis(100));
            turns().await;
        }
    };
    let both = async { (first.await, second.await) };
    let (first, second) = tokio::select! {
        biased;
        both = both => both,
        () = passes => unreachable!("time passes for ever"),
    };
    assert_eq!((first.figures.loaded, second.figures.found, origin.asked().len()), (1, 1, 1));
}
