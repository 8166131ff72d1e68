//! Times of the in-process cache beside those of the map below it, and of a storm on one key.

use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use criterion::Criterion;
use larder_benches::{Keys, User, first_poll, larder, raw_moka};
use tokio::runtime::Runtime;
use tokio::sync::{Notify, OnceCell};
use tokio::task::JoinSet;

const KEYS: usize = 1000;
const STORM: usize = 1000;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50)
        .configure_from_args();
    l1_hit(&mut criterion);
    insert(&mut criterion);
    storm(&mut criterion);
    criterion.final_summary();
}

/// Each function builds its own cache: one is alive at a time, as caches crowd each other out of the processor's.
fn l1_hit(criterion: &mut Criterion) {
    let keys = Keys::zipf(KEYS);
    let mut group = criterion.benchmark_group("cache/l1_hit");
    group.bench_function("raw_moka", |bencher| {
        let (map, mut steps) = (raw_moka(&keys), 0..);
        bencher.iter(|| map.get(black_box(next(&keys, &mut steps))));
    });
    group.bench_function("get", |bencher| {
        let (cache, mut steps) = (larder(&keys), 0..);
        bencher.iter(|| first_poll(cache.get(black_box(next(&keys, &mut steps)))));
    });
    group.bench_function("get_or_load", |bencher| {
        let (cache, mut steps) = (larder(&keys), 0..);
        let load = |_| async { Ok::<_, Infallible>(User::new(0)) };
        bencher.iter(|| first_poll(cache.get_or_load(black_box(next(&keys, &mut steps)), load)));
    });
    group.finish();
}

fn insert(criterion: &mut Criterion) {
    let keys = Keys::zipf(KEYS);
    let mut group = criterion.benchmark_group("cache/insert");
    group.bench_function("raw_moka", |bencher| {
        let (map, mut steps) = (raw_moka(&keys), 0..);
        bencher.iter(|| map.insert(black_box(next(&keys, &mut steps)).to_owned(), Arc::new(User::new(1))));
    });
    group.bench_function("insert", |bencher| {
        let (cache, mut steps) = (larder(&keys), 0..);
        bencher.iter(|| first_poll(cache.insert(black_box(next(&keys, &mut steps)), User::new(1))));
    });
    group.finish();
}

fn next<'a>(keys: &'a Keys, steps: &mut impl Iterator<Item = usize>) -> &'a str {
    keys.nth(steps.next().unwrap_or_default())
}

fn storm(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .expect("threads can be started");
    let mut group = criterion.benchmark_group("cache/storm");
    group.sample_size(20);
    group.bench_function("once_cell", |bencher| bencher.iter(|| once_cell_storm(&runtime)));
    group.bench_function("get_or_load", |bencher| {
        let (cache, mut keys) = (runtime.block_on(async { larder(&Keys::zipf(0)) }), 0_u64..);
        bencher.iter(|| larder_storm(&runtime, &cache, keys.next().unwrap_or_default()));
    });
    group.finish();
}

/// The loader of a storm: it answers once every asker is under way.
#[derive(Default)]
struct Origin {
    asking: AtomicUsize,
    all_ask: Notify,
    loads: AtomicUsize,
}

impl Origin {
    fn ask(&self) {
        if self.asking.fetch_add(1, Ordering::Relaxed) + 1 == STORM {
            self.all_ask.notify_one();
        }
    }

    async fn load(self: Arc<Self>) -> User {
        self.loads.fetch_add(1, Ordering::Relaxed);
        self.all_ask.notified().await;
        User::new(1)
    }

    fn check(&self) {
        assert_eq!(self.loads.load(Ordering::Relaxed), 1, "one load for all askers");
    }
}

fn once_cell_storm(runtime: &Runtime) {
    let (origin, cell) = (Arc::new(Origin::default()), Arc::new(OnceCell::new()));
    runtime.block_on(async {
        let ask = |_| {
            let (origin, cell) = (Arc::clone(&origin), Arc::clone(&cell));
            async move {
                origin.ask();
                *cell.get_or_init(|| origin.load()).await
            }
        };
        (0..STORM).map(ask).collect::<JoinSet<User>>().join_all().await
    });
    origin.check();
}

fn larder_storm(runtime: &Runtime, cache: &larder_cache::Cache<User>, key: u64) {
    let origin = Arc::new(Origin::default());
    runtime.block_on(async {
        let ask = |_| {
            let (origin, cache) = (Arc::clone(&origin), cache.clone());
            async move {
                origin.ask();
                let load = |_| async { Ok::<_, Infallible>(origin.load().await) };
                *cache.get_or_load(key, load).await.expect("the load succeeds")
            }
        };
        (0..STORM).map(ask).collect::<JoinSet<User>>().join_all().await
    });
    origin.check();
}
