//! The allocations of many hits are those of the map below the cache.
//!
//! A test of its own program: the reclamation of memory that is measured here is shared by all threads of a process.

use allocation_counter::{AllocationInfo, measure};
use larder_benches::{Keys, first_poll, larder, raw_moka};

const HITS: usize = 100_000;
/// The map looks after itself every so many reads.
const READS_BETWEEN_UPKEEPS: usize = 64;

fn after_warm_up(mut hits: impl FnMut()) -> AllocationInfo {
    hits();
    measure(hits)
}

#[test]
fn a_hit_allocates_no_more_than_the_map_below_does() {
    let keys = Keys::zipf(1000);
    let cache = larder(&keys);
    let hits = || (0..HITS).for_each(|n| assert!(first_poll(cache.get(keys.nth(n))).is_ok_and(|it| it.is_hit())));
    let ours = after_warm_up(hits);
    drop(cache);
    let map = raw_moka(&keys);
    let raw = after_warm_up(|| (0..HITS).for_each(|n| assert!(map.get(keys.nth(n)).is_some())));
    println!("{HITS} hits: raw {raw:?}, larder {ours:?}");
    let upkeeps = (HITS / READS_BETWEEN_UPKEEPS) as u64;
    assert!(raw.count_total <= upkeeps, "the map allocates at its upkeep only: {raw:?}");
    // Which upkeep meets garbage that is ready to be freed differs from run to run by a few.
    assert!(ours.count_total <= raw.count_total + upkeeps / 20, "{ours:?}, the map alone {raw:?}");
}
