//! The most used keys: counted in this run, written down, read by the next.

mod counted;
mod file;
mod format;
mod list;
mod table;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use larder_core::{Error, LocalKey, Observation, Result, ablation};

pub use list::HotKeyList;

use crate::cache::Cache;
use crate::class::Class;
use crate::value::Value;
use counted::Counted;

/// A key, and how often it was used for certain while it was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotKey {
    /// The key as it stands in its cache.
    pub key: LocalKey,
    /// Uses. They are halved from time to time, so that what was hot long ago gives way.
    pub uses: u64,
}

/// Counts the most used keys of the caches that it [watches](HotKeys::watch), in bounded memory.
///
/// A use is a lookup that was a hit, or that a load answered, and that was not made to warm the cache. A hit never waits for the count: a use
/// that meets another in the same eighth of the table may go uncounted. Keys of more than 512 bytes stand in a cache as
/// their hash; nobody could load them, so they are not counted. Cheap to clone; caches are watched until the last clone
/// is dropped.
///
/// # Examples
/// ```
/// use larder_cache::{HotKeys, Larder};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> larder_core::Result<()> {
/// let users = Larder::builder().build()?.cache::<String>("users").build()?;
/// let hot = HotKeys::new();
/// hot.watch(&users)?;
///
/// for key in ["ada", "ada", "bob"] {
///     users.get_or_load(key, |_| async { Ok::<_, std::io::Error>("…".to_owned()) }).await?;
/// }
/// let top = hot.top("users", 1);
/// assert_eq!((top[0].key.as_str(), top[0].uses), ("ada", 2));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct HotKeys(Arc<Watching>);

struct Watching {
    room: usize,
    caches: Mutex<Vec<Watched>>,
}

struct Watched {
    counted: Arc<Counted>,
    observation: Observation,
}

impl HotKeys {
    /// How many keys are counted for each cache unless [`with_room`](HotKeys::with_room) says otherwise.
    pub const ROOM: usize = 1024;

    /// How many keys can be counted for each cache at most.
    pub const MAX_ROOM: usize = 100_000;

    /// Counts up to 1024 keys for each cache: one with more than about one use in 128 is always among them.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Watching { room: Self::ROOM, caches: Mutex::default() }))
    }

    /// Counts up to about `keys` keys for each cache; four times as many as are to be warmed is a good number.
    ///
    /// # Errors
    /// `Invalid` for 0 and for more than [`MAX_ROOM`](HotKeys::MAX_ROOM).
    pub fn with_room(keys: usize) -> Result<Self> {
        if (1..=Self::MAX_ROOM).contains(&keys) {
            return Ok(Self(Arc::new(Watching { room: keys, caches: Mutex::default() })));
        }
        let why = "there is no room for so many keys; say from 1 to 100000, four times as many as are to be warmed";
        Err(Error::invalid("hot_keys", why).with("keys", keys))
    }

    /// Counts the uses of `cache` from now on, by an observer of its own.
    ///
    /// # Errors
    /// `Invalid` for a cache whose class is `secret` or `authz`, whose keys are not to be written down, and when a cache of
    /// this name is watched already.
    pub fn watch<V: Value>(&self, cache: &Cache<V>) -> Result<()> {
        let invalid = |why| Error::invalid("hot_keys", why).at(cache.name().to_owned());
        let class = cache.policy().class;
        if class != Class::Normal && !ablation::off("hot_class") {
            let why = "its keys may tell what must not leave the process; warm it from keys of your own";
            return Err(invalid(why).with("class", class));
        }
        let mut caches = self.0.caches();
        if caches.iter().any(|watched| watched.counted.cache == cache.name()) {
            return Err(invalid("a cache of this name is watched already; for another larder make another `HotKeys`"));
        }
        let counted = Arc::new(Counted::new(cache.name(), self.0.room));
        let observation = cache.observe(Arc::clone(&counted));
        caches.push(Watched { counted, observation });
        Ok(())
    }

    /// The `most` most used keys of the cache called `cache`, the most used first. Empty when it is not watched.
    ///
    /// Takes time with the number of keys that are counted; lookups go on meanwhile, and some of them uncounted.
    #[must_use]
    pub fn top(&self, cache: &str, most: usize) -> Vec<HotKey> {
        let counted = self.counted().into_iter().find(|counted| counted.cache == cache);
        counted.map(|counted| counted.top(most)).unwrap_or_default()
    }

    /// The `most` most used keys of each cache, to be written down for the next run.
    #[must_use]
    pub fn list(&self, most: usize) -> HotKeyList {
        let tops = self.counted().into_iter().map(|counted| (counted.cache.clone(), counted.top(most)));
        HotKeyList::of(tops)
    }

    fn counted(&self) -> Vec<Arc<Counted>> {
        self.0.caches().iter().map(|watched| Arc::clone(&watched.counted)).collect()
    }
}

impl Watching {
    fn caches(&self) -> MutexGuard<'_, Vec<Watched>> {
        self.caches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        for watched in self.caches().drain(..) {
            watched.observation.detach();
        }
    }
}

impl Default for HotKeys {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HotKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let caches: Vec<_> = self.counted().iter().map(|counted| counted.cache.clone()).collect();
        f.debug_struct("HotKeys").field("room", &self.0.room).field("caches", &caches).finish()
    }
}
