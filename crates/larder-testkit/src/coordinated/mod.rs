//! A shared store in one process: tokens, leases, clocks and notices over a map.

mod coordinator;
mod loads;
mod notices;
mod replica;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_core::Stream;
use larder_core::{
    Capabilities, Condition, Coordinator, Count, Entry, Key, KeyRange, NodeId, NoticeKind, Pattern, Put, Random,
    Refusal, Result, SeededRandom, SharedClock, Store, StoreInfo, TierStatistics, Token, When,
};
use tokio::sync::broadcast;

use crate::MapStore;
use loads::Loads;
use notices::Told;

pub use replica::Replica;

/// How many notices a slow listener may be behind before it hears of a gap.
const NOTICES: usize = 1024;

/// A store as several nodes share it, in one process: every condition, and a [`Coordinator`]. Clones are one node.
///
/// It shows that layers forward the coordinator, and lets an engine meet other nodes without a server. Its rules are
/// those of the docs of [`Coordinator`]: it forgets tokens, marks and removals when their `keep` is over, and not a
/// nanosecond earlier. Clocks are never forgotten.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use larder_core::{Begin, Coordinator, Key};
/// use larder_testkit::{CoordinatedStore, ManualClock};
///
/// # larder_testkit::run(async {
/// let store = CoordinatedStore::new(ManualClock::new().shared());
/// let other = store.another_node();
/// let key = Key::new("app:users:1")?;
/// let begin = Begin::keeping(Duration::from_secs(60));
/// let (mine, theirs) = (store.begin(&key, begin).await?, other.begin(&key, begin).await?);
/// assert_eq!(mine.token, theirs.token, "loads that nothing came between share a token");
/// # Ok::<(), larder_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct CoordinatedStore {
    shared: Arc<Shared>,
    node: NodeId,
    /// How often the store had been flushed when this node last sent a heartbeat.
    known_flushes: Arc<AtomicU64>,
}

struct Shared {
    entries: MapStore,
    loads: Mutex<Loads>,
    random: SeededRandom,
    notices: broadcast::Sender<Told>,
    nodes: AtomicU64,
    flushes: AtomicU64,
}

impl CoordinatedStore {
    /// An empty store, as its first node.
    #[must_use]
    pub fn new(clock: SharedClock) -> Self {
        let shared = Shared {
            entries: MapStore::new(clock),
            loads: Mutex::default(),
            random: SeededRandom::new(1),
            notices: broadcast::Sender::new(NOTICES),
            nodes: AtomicU64::new(1),
            flushes: AtomicU64::new(0),
        };
        Self { shared: Arc::new(shared), node: NodeId(1), known_flushes: Arc::default() }
    }

    /// The same store, as one more node sees it.
    #[must_use]
    pub fn another_node(&self) -> Self {
        let node = NodeId(self.shared.nodes.fetch_add(1, Ordering::Relaxed) + 1);
        let known_flushes = Arc::new(AtomicU64::new(self.shared.flushes.load(Ordering::Acquire)));
        Self { shared: Arc::clone(&self.shared), node, known_flushes }
    }

    /// Forgets everything: entries, removals, loads, clocks. Nobody is told; each node hears of a
    /// [loss](NoticeKind::Lost) by its next heartbeat, as it does of a flushed server.
    pub fn flush(&self) {
        let mut loads = self.loads();
        *loads = Loads::default();
        self.shared.entries.forget_all();
        self.shared.flushes.fetch_add(1, Ordering::AcqRel);
    }

    fn tell_lost(&self) {
        // An error says that nobody listens.
        let _ = self.shared.notices.send(Told::Lost(self.node));
    }

    /// Ends the notices of this node, after those that were told before. What is told until it listens anew is lost on it.
    pub fn cut_notices(&self) {
        // An error says that nobody listens.
        let _ = self.shared.notices.send(Told::Cut(self.node));
    }

    fn put_now(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        let mut loads = self.loads();
        let fill = matches!(condition.when, When::IfToken(_));
        if let When::IfToken(token) = condition.when {
            let now = self.shared.entries.now();
            if condition.is_late(now) {
                return Ok(Put::Refused(Refusal::Late));
            }
            if !loads.is_in_place(key, token, now) {
                return Ok(Put::Refused(Refusal::Superseded));
            }
        }
        let condition = if fill { Condition { when: When::Always, ..condition } } else { condition };
        let put = self.shared.entries.put_now(key, entry, condition)?;
        if let Put::Stored(version) = put {
            loads.supersede(key);
            // A fill is no change of the truth: nobody need hear of it.
            if !fill {
                self.tell(condition.write, NoticeKind::Changed(key.clone(), version));
            }
        }
        Ok(put)
    }

    fn fresh_token(&self) -> Token {
        loop {
            if let Some(token) = Token::from_bytes(self.shared.random.next_u64().to_le_bytes()) {
                return token;
            }
        }
    }

    fn loads(&self) -> MutexGuard<'_, Loads> {
        self.shared.loads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for CoordinatedStore {
    fn info(&self) -> StoreInfo {
        let capabilities =
            Capabilities { shared: true, if_absent: true, if_version: true, if_token: true, batched_reads: false };
        StoreInfo { name: "coordinated", capabilities }
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        self.shared.entries.get(key).await
    }

    async fn put(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        self.put_now(key, entry, condition)
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        let mut loads = self.loads();
        loads.supersede(key);
        Ok(self.shared.entries.delete_now(key))
    }

    async fn clear(&self, range: &KeyRange) -> Result<Count> {
        let mut loads = self.loads();
        loads.supersede_range(range);
        Ok(Count::Exact(self.shared.entries.clear_now(range)))
    }

    fn scan<'a>(&'a self, pattern: &'a Pattern) -> impl Stream<Item = Result<Key>> + Send + 'a {
        self.shared.entries.scan(pattern)
    }

    async fn statistics(&self) -> Result<TierStatistics> {
        self.shared.entries.statistics().await
    }

    fn coordinator(&self) -> Option<&dyn Coordinator> {
        Some(self)
    }
}

impl fmt::Debug for CoordinatedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CoordinatedStore").field("node", &self.node.0).field("entries", &self.shared.entries).finish()
    }
}
