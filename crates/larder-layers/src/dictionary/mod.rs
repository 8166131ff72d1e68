//! Small values of a kind are compressed with what they have in common.

mod figures;
mod keeping;
mod payload;
mod samples;
mod shelf;
mod tending;
mod trained;
mod training;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use larder_core::envelope::{CompressionId, CriticalFlags, MAX_VALUE};
use larder_core::{
    Entry, Error, ErrorKind, Key, KeyRange, Random, Result, SeededRandom, SharedClock, SharedStore, Store, StoreLayer,
};

pub use figures::DictionaryStatistics;

use crate::compress::Compress;
use crate::compress::contexts::no_memory as out_of_memory;
use crate::transform::Transformed;
use figures::Figures;
use shelf::Shelf;
use training::Terms;

/// Compresses small payloads with dictionaries of zstd, which it trains on the values of each cache itself.
///
/// A value of some hundred bytes has little in itself that repeats; what it has in common with its like (names of fields,
/// kinds of values) is in a dictionary. On small JSON that takes a third to a half of the bytes, and less time.
///
/// # Behavior
/// * Only caches that are [named](Dictionaries::cache) have dictionaries, each its own: a dictionary holds parts of values.
/// * A fair choice of the payloads that are put is kept as samples. When there are enough, a dictionary is trained on one half
///   beside the calls and measured on the other; it is used if that gains [enough](Dictionaries::gain) over zstd without one.
/// * Dictionaries are kept in the store under this layer, through whatever else is under it: where values are encrypted, so are
///   they. Their keys stand beside the cache, not in it. Other nodes use the same one within [`every`](Dictionaries::every).
/// * Anew and again samples are measured: a better one takes its place; when none pays any more, none is used.
/// * Who meets a payload whose dictionary it does not know fetches that, once. One that is nowhere, or is not what its number
///   says, makes the payload `Corrupt`, with the label `unknown_dictionary`: a miss, and left for those who can read it. Its number and identity follow from BLAKE3 of its bytes.
/// * It belongs outside of [`Compress`], which leaves alone what is compressed already, and inside of observers.
/// * Training wants a tokio runtime; without one nothing is trained and nothing of other nodes is followed.
///
/// Never name a cache whose values are secret, or of tenants that must not learn of each other.
///
/// # Examples
/// ```
/// use larder_core::{Condition, Entry, KeyRange, Lifetime, Moment, Name, Store};
/// use larder_layers::Dictionaries;
/// use larder_testkit::{ManualClock, MapStore, eventually};
///
/// # larder_testkit::run(async {
/// let users = KeyRange::cache(&Name::new("app")?, &Name::new("users")?);
/// let clock = ManualClock::new();
/// let dictionaries = Dictionaries::new(clock.shared()).cache(users.clone()).samples(400)?;
/// let store = MapStore::new(clock.shared()).shared().layer(&dictionaries);
///
/// let user = |id: u32| format!(r#"{{"id":{id},"name":"user {id}","email":"{id}@example.org","active":true}}"#);
/// let put = async |id| {
///     let entry = Entry::new(user(id), Lifetime::forever(), Moment::ORIGIN);
///     store.put(&users.key(&id.to_string())?, entry, Condition::ALWAYS).await
/// };
/// for id in 0..500 {
///     assert!(put(id).await?.is_stored());
/// }
/// eventually("a dictionary pays", || dictionaries.statistics().adopted == 1).await;
/// assert!(put(500).await?.is_stored());
///
/// let figures = dictionaries.statistics();
/// assert!(figures.bytes_out * 2 < figures.bytes_in);
/// assert_eq!(store.get(&users.key("500")?).await?.expect("it was just put").payload, user(500));
/// # Ok::<(), larder_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Dictionaries {
    settings: Settings,
    clock: SharedClock,
    random: Arc<dyn Random>,
    shelves: Vec<Arc<Shelf>>,
    figures: Arc<Figures>,
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    terms: Terms,
    samples: usize,
    longest: usize,
    every: Duration,
    life: Duration,
    max_value: u32,
}

impl Dictionaries {
    /// Payloads with fewer bytes are left alone: the head of a frame takes what could be gained.
    pub const SHORTEST: usize = 32;

    /// How many samples a training takes unless [`samples`](Dictionaries::samples) says otherwise.
    pub const SAMPLES: usize = 1000;

    /// No caches yet; 1000 samples of at most 16 KiB, dictionaries of at most 32 KiB that are kept for 30 days, looked after
    /// every ten minutes, used from a gain of 15 % on.
    #[must_use]
    pub fn new(clock: SharedClock) -> Self {
        let terms = Terms { size: 32 * 1024, level: Compress::LEVEL, gain: 0.15 };
        let settings = Settings {
            terms,
            samples: Self::SAMPLES,
            longest: 16 * 1024,
            every: Duration::from_secs(600),
            life: Duration::from_secs(30 * 24 * 60 * 60),
            max_value: MAX_VALUE,
        };
        let random = Arc::new(SeededRandom::new(clock.wall().as_millis()));
        Self { settings, clock, random, shelves: Vec::new(), figures: Arc::default() }
    }

    /// The values of this cache get dictionaries of their own.
    #[must_use]
    pub fn cache(mut self, range: KeyRange) -> Self {
        self.shelves.push(Arc::new(Shelf::new(range, self.settings.samples)));
        self
    }

    /// How many samples a training takes: half of them to learn from, half to measure. At most so many payloads are held.
    ///
    /// # Errors
    /// `Invalid` below 20, of which nothing can be learned, and above 100 000.
    pub fn samples(mut self, count: usize) -> Result<Self> {
        if !(20..=100_000).contains(&count) {
            let why = "a dictionary is trained on 20 to 100 000 samples; 1000 is a good number";
            return Err(Error::invalid("dictionary", why).with("samples", count));
        }
        self.settings.samples = count;
        self.shelves = self.shelves.iter().map(|shelf| Arc::new(Shelf::new(shelf.range.clone(), count))).collect();
        Ok(self)
    }

    /// The most bytes of a dictionary. Every node holds it in memory, about three times.
    ///
    /// # Errors
    /// `Invalid` below 256 bytes and above 1 MiB.
    pub fn size(mut self, bytes: usize) -> Result<Self> {
        if !(256..=1024 * 1024).contains(&bytes) {
            let why = "a dictionary has 256 bytes to 1 MiB; a hundredth of all samples together is a good size";
            return Err(Error::invalid("dictionary", why).with("size", bytes));
        }
        self.settings.terms.size = bytes;
        Ok(self)
    }

    /// By which part payloads have to become smaller than with zstd alone for a dictionary to be used, such as `0.15`.
    ///
    /// # Errors
    /// `Invalid` for what is not from 0 to below 1.
    pub fn gain(mut self, part: f64) -> Result<Self> {
        if !(0.0..1.0).contains(&part) {
            let why = "a dictionary gains a part of the bytes, from 0 to below 1";
            return Err(Error::invalid("dictionary", why).with("gain", part));
        }
        self.settings.terms.gain = part;
        Ok(self)
    }

    /// The level of zstd, which is that of the dictionary.
    ///
    /// # Errors
    /// `Invalid` for one that is not from 1 to 19.
    pub fn level(mut self, level: i32) -> Result<Self> {
        if !Compress::LEVELS.contains(&level) {
            let why = "zstd compresses at levels from 1 to 19; more than 3 seldom pays for itself in a cache";
            return Err(Error::invalid("dictionary", why).with("level", level));
        }
        self.settings.terms.level = level;
        Ok(self)
    }

    /// Payloads with more bytes are left to other layers: they have enough in themselves that repeats.
    #[must_use]
    pub fn longest(mut self, bytes: usize) -> Self {
        self.settings.longest = bytes;
        self
    }

    /// How often each node looks which dictionary the others use, and trains on new samples.
    #[must_use]
    pub fn every(mut self, time: Duration) -> Self {
        self.settings.every = time;
        self
    }

    /// How long a dictionary is kept after it was used last: at least as long as any value lives.
    #[must_use]
    pub fn life(mut self, time: Duration) -> Self {
        self.settings.life = time;
        self
    }

    /// The most bytes that a value has before compression: what declares more is refused before it is touched.
    #[must_use]
    pub fn max_value(mut self, bytes: u32) -> Self {
        self.settings.max_value = bytes;
        self
    }

    /// What was done with dictionaries, and what that gained.
    #[must_use]
    pub fn statistics(&self) -> DictionaryStatistics {
        self.figures.read()
    }

    fn figures(&self) -> &Figures {
        &self.figures
    }

    fn shelf(&self, key: &Key) -> Option<&Arc<Shelf>> {
        self.shelves.iter().find(|shelf| shelf.range.contains(key))
    }

    /// Whether the payload of `entry` is of a kind that a dictionary helps.
    fn may_gain(&self, entry: &Entry) -> bool {
        let header = &entry.header;
        let is_raw = header.compression == CompressionId::NONE && !header.critical.contains(CriticalFlags::NEGATIVE);
        is_raw && (Self::SHORTEST..=self.settings.longest).contains(&entry.payload.len())
    }
}

impl fmt::Debug for Dictionaries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let caches: Vec<_> = self.shelves.iter().map(|shelf| &shelf.range).collect();
        f.debug_struct("Dictionaries")
            .field("caches", &caches)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl StoreLayer for Dictionaries {
    fn name(&self) -> &'static str {
        "dictionary"
    }

    fn wrap(&self, inner: SharedStore) -> SharedStore {
        Transformed { inner, transform: self.clone() }.shared()
    }
}

fn corrupt(why: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, "dictionary", why)
}

fn no_memory() -> Error {
    out_of_memory("dictionary")
}
