//! A hit in the process allocates nothing.
//!
//! Counted by a global allocator, for the calling thread alone, so that tests side by side do not disturb each other.
//! Each future is polled once by hand: no runtime takes part, and a hit that had to wait would fail here.
//!
//! What the tests promise, and what they do not:
//!
//! * Between two upkeeps of the in-process tier a hit allocates exactly nothing, whatever the key's type, with and
//!   without counting, observers, tags, staleness. The windows measured here lie between upkeeps.
//! * The tier's map (moka) does its upkeep on the reading thread, every 64 reads or 300 ms. At the end of each it hands its
//!   garbage to the reclamation it uses (crossbeam-epoch), which allocates a node of 2 KiB for it; freeing that node is
//!   garbage again. So a thread that only ever hits allocates and frees one such node in 100 to 250 hits, with the bare map
//!   as with ours. The test of a hundred thousand hits bounds it by one for each upkeep.
//! * A key that has to be *written* (an integer, a tuple, a text with escapes) and is longer than the 128 bytes that the
//!   stack holds for it takes the heap. Text that needs no writing never does.

#![allow(clippy::unwrap_used, clippy::panic)] // A test that cannot go on says so.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use larder_cache::{Cache, CallPolicy, HotKeys, Larder, LarderBuilder, LoadContext, SystemClock};
use larder_core::{CacheKey, Clock, Error, Event, Observer, Outcome};

const KEYS: u64 = 100;
const HITS: u64 = 10_000;
/// Over 1500 upkeeps.
const MANY_HITS: u64 = 100_000;
/// The map looks after itself at the latest after so many reads…
const READS_BETWEEN_UPKEEPS: u64 = 64;
/// …or after so long.
const TIME_BETWEEN_UPKEEPS: Duration = Duration::from_millis(300);
/// Reads of one window: fewer than the map takes between upkeeps.
const WINDOW: u64 = 50;

/// The result of a future that has it on its first poll.
fn first_poll<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("a hit is there on the first poll"),
    }
}

fn users(builder: LarderBuilder) -> Cache<String> {
    builder.build().unwrap().cache("users").ttl(Duration::from_hours(1)).build().unwrap()
}

fn fill<K: CacheKey>(cache: &Cache<String>, keys: impl IntoIterator<Item = K>) {
    for key in keys {
        assert!(first_poll(cache.insert(key, "Ada".to_owned())).unwrap().is_stored());
    }
}

fn hit(cache: &Cache<String>, key: impl CacheKey) {
    assert!(first_poll(cache.get(key)).unwrap().is_hit());
}

fn load_hit(cache: &Cache<String>, key: impl CacheKey) {
    let loaded = first_poll(cache.get_or_load(key, unwanted)).unwrap();
    assert!(loaded.is_hit());
}

/// A loader that a hit never calls.
async fn unwanted(_: LoadContext) -> Result<String, Error> {
    panic!("a hit loads nothing")
}

/// How often `HITS` calls of `call`, in windows between upkeeps of `cache`, allocate; after as many to warm up.
fn allocations(cache: &Cache<String>, mut call: impl FnMut(u64)) -> u64 {
    (0..HITS).for_each(&mut call);
    (0..HITS / WINDOW).map(|window| window_allocations(cache, window * WINDOW, &mut call)).sum()
}

/// The same for one window; one in which the process stood still so long that an upkeep fell into it is measured again.
fn window_allocations(cache: &Cache<String>, from: u64, call: &mut impl FnMut(u64)) -> u64 {
    let clock = SystemClock::new();
    loop {
        let begun = clock.now();
        // Brings the map's upkeep forward, out of the window.
        assert!(cache.statistics().in_flight == 0);
        let counted = allocation_counter::measure(|| (from..from + WINDOW).for_each(&mut *call)).count_total;
        if clock.now().since(begun) < TIME_BETWEEN_UPKEEPS {
            return counted;
        }
    }
}

fn texts() -> Vec<String> {
    (0..KEYS).map(|id| format!("user:{id}")).collect()
}

fn nth(texts: &[String], n: u64) -> &str {
    &texts[usize::try_from(n % KEYS).unwrap()]
}

#[test]
fn l1_hit_allocates_nothing_for_a_text_key() {
    let (cache, keys) = (users(Larder::builder()), texts());
    fill(&cache, &keys);
    assert_eq!(allocations(&cache, |n| hit(&cache, nth(&keys, n))), 0);
}

#[test]
fn l1_hit_allocates_nothing_for_an_integer_key() {
    let cache = users(Larder::builder());
    fill(&cache, 0..KEYS);
    assert_eq!(allocations(&cache, |n| hit(&cache, n % KEYS)), 0);
}

#[test]
fn l1_hit_allocates_nothing_for_a_tuple_key() {
    let cache = users(Larder::builder());
    fill(&cache, (0..KEYS).map(|id| ("acme", id)));
    assert_eq!(allocations(&cache, |n| hit(&cache, ("acme", n % KEYS))), 0);
}

#[test]
fn l1_hit_allocates_nothing_for_a_key_with_escapes() {
    let cache = users(Larder::builder());
    fill(&cache, ["a|b"]);
    assert_eq!(allocations(&cache, |_| hit(&cache, "a|b")), 0);
}

#[test]
fn l1_hit_allocates_nothing_for_the_longest_key_that_needs_no_writing() {
    let (cache, key) = (users(Larder::builder()), "k".repeat(larder_core::MAX_LOCAL_KEY));
    fill(&cache, [&key]);
    assert_eq!(allocations(&cache, |_| hit(&cache, &key)), 0);
}

#[test]
fn l1_hit_allocates_nothing_in_get_or_load() {
    let (cache, keys) = (users(Larder::builder()), texts());
    fill(&cache, &keys);
    assert_eq!(allocations(&cache, |n| load_hit(&cache, nth(&keys, n))), 0);
}

#[test]
fn l1_hit_allocates_nothing_for_a_loader_that_holds_something() {
    let cache = users(Larder::builder());
    fill(&cache, ["1"]);
    let database = Arc::new(7_u64);
    let call = |_| {
        let database = Arc::clone(&database);
        let load = move |_: LoadContext| async move { Ok::<_, Error>(database.to_string()) };
        assert!(first_poll(cache.get_or_load("1", load)).unwrap().is_hit());
    };
    assert_eq!(allocations(&cache, call), 0);
}

#[test]
fn l1_hit_allocates_nothing_in_get_or_load_optional() {
    let cache = users(Larder::builder());
    fill(&cache, ["1"]);
    let call = |_| {
        let load = |_: LoadContext| async { Ok::<_, Error>(None) };
        assert!(first_poll(cache.get_or_load_optional("1", load)).unwrap().is_some());
    };
    assert_eq!(allocations(&cache, call), 0);
}

#[test]
fn l1_hit_allocates_nothing_without_monitoring() {
    let (cache, keys) = (users(Larder::builder().monitoring(false)), texts());
    fill(&cache, &keys);
    assert_eq!(allocations(&cache, |n| hit(&cache, nth(&keys, n))), 0);
    assert!(cache.statistics().outcomes.is_none());
}

/// Counts the hits it is told of.
struct Counting(Arc<AtomicU64>);

impl Observer for Counting {
    fn observe(&self, event: &Event<'_>) {
        if matches!(event, Event::Lookup { outcome: Outcome::Hit(_), .. }) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[test]
fn l1_hit_allocates_nothing_with_observers_of_the_root_and_of_the_cache() {
    let told = Arc::new(AtomicU64::new(0));
    let (cache, keys) = (users(Larder::builder().observer(Counting(Arc::clone(&told)))), texts());
    let observation = cache.observe(Counting(Arc::clone(&told)));
    fill(&cache, &keys);
    assert_eq!(allocations(&cache, |n| hit(&cache, nth(&keys, n))), 0);
    let hits = cache.statistics().outcomes.unwrap().hits();
    assert_eq!(told.load(Ordering::Relaxed), 2 * hits, "each observer heard every hit");
    observation.detach();
}

#[test]
fn c14_l1_hit_allocates_nothing_while_hot_keys_are_counted() {
    let (cache, keys, hot) = (users(Larder::builder()), texts(), HotKeys::new());
    fill(&cache, &keys);
    hot.watch(&cache).unwrap();
    assert_eq!(allocations(&cache, |n| hit(&cache, nth(&keys, n))), 0);
    assert_eq!(hot.top("users", usize::MAX).len(), keys.len());
}

#[test]
fn l1_hit_allocates_nothing_for_a_tagged_value_after_another_tag_was_invalidated() {
    let cache = users(Larder::builder());
    let tagged = cache.with(CallPolicy::new().tags(["team:1"]).unwrap());
    fill(&tagged, ["1"]);
    let _ = first_poll(cache.invalidate_tag("team:2")).unwrap();
    assert_eq!(allocations(&cache, |_| hit(&cache, "1")), 0);
}

#[test]
fn l1_hit_allocates_nothing_for_a_stale_value() {
    let cache = users(Larder::builder());
    fill(&cache, ["1"]);
    assert!(first_poll(cache.expire("1")).unwrap().existed());
    let call = |_| assert!(first_poll(cache.get("1")).unwrap().is_stale());
    assert_eq!(allocations(&cache, call), 0);
}

#[test]
fn l1_hit_allocates_nothing_inside_a_runtime() {
    let (cache, keys) = (users(Larder::builder()), texts());
    fill(&cache, &keys);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let counted = runtime.block_on(async { allocations(&cache, |n| hit(&cache, nth(&keys, n))) });
    assert_eq!(counted, 0);
}

#[test]
fn a_hundred_thousand_hits_leave_at_most_one_allocation_to_each_upkeep_of_the_map() {
    let (cache, keys) = (users(Larder::builder()), texts());
    fill(&cache, &keys);
    let hits = || (0..MANY_HITS).for_each(|n| hit(&cache, nth(&keys, n)));
    hits();
    let counted = allocation_counter::measure(hits);
    let upkeeps = MANY_HITS / READS_BETWEEN_UPKEEPS;
    assert!(counted.count_total <= upkeeps, "{counted:?} in about {upkeeps} upkeeps");
    assert!(counted.bytes_max <= 64 * 1024, "what is allocated is freed again, {counted:?}");
    assert_eq!(cache.statistics().outcomes.unwrap().hits(), 2 * MANY_HITS);
}

#[test]
fn l1_miss_allocates_nothing_without_a_load() {
    let (cache, keys) = (users(Larder::builder()), texts());
    let call = |n| assert!(first_poll(cache.get(nth(&keys, n))).unwrap().is_miss());
    assert_eq!(allocations(&cache, call), 0);
}

#[test]
fn the_counter_sees_a_written_key_that_the_stack_cannot_hold() {
    let cache = users(Larder::builder());
    let long = "k".repeat(100);
    fill(&cache, [(&long, &long)]);
    let counted = allocations(&cache, |_| hit(&cache, (&long, &long)));
    assert!(counted >= HITS, "a key above 128 bytes that has to be written takes the heap: {counted} for {HITS}");
}

#[test]
fn the_counter_sees_what_an_insert_allocates() {
    let cache = users(Larder::builder());
    let counted = allocations(&cache, |n| fill(&cache, [n % KEYS]));
    assert!(counted >= 3 * HITS, "a key, a value and a slot each: {counted} for {HITS}");
}
