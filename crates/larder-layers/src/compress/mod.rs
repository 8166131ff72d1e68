//! Payloads are compressed where that makes them smaller.

pub(crate) mod contexts;
mod figures;
pub(crate) mod frame;

use std::fmt;
use std::future::{Future, ready};
use std::sync::Arc;

use larder_core::envelope::{CompressionId, CriticalFlags, MAX_VALUE, Unreadable};
use larder_core::{Entry, Error, ErrorKind, Key, Result, SharedStore, Store, StoreLayer};

pub use figures::CompressionStatistics;

use crate::transform::{Transform, Transformed};
use contexts::Contexts;
use figures::Figures;

/// Compresses payloads with zstd, and stores as it is what would not become smaller.
///
/// # Behavior
/// * What has fewer bytes than the [threshold](Compress::threshold) is stored as it is.
/// * Above it the [level](Compress::level) holds; from ten times the threshold on, one step more, for there is more to gain.
/// * What is compressed already, and a stored "not found", passes through; so does, back, what needs a dictionary.
/// * What is read is bounded by the length that its header declares, and that by the [longest value](Compress::max_value): one zstd
///   frame of exactly that content and nothing behind it, with a window of at most 8 MiB. Anything else is `Corrupt`.
///
/// Cloning shares the contexts and the figures.
///
/// # Examples
/// ```
/// use larder_core::{Condition, Entry, Key, Lifetime, Moment, Store};
/// use larder_layers::Compress;
/// use larder_testkit::{ManualClock, MapStore};
///
/// # larder_testkit::run(async {
/// let compress = Compress::new().threshold(100);
/// let store = MapStore::new(ManualClock::new().shared()).shared().layer(&compress);
/// let (key, text) = (Key::new("app:pages:1")?, "again and again ".repeat(100));
/// store.put(&key, Entry::new(text.clone(), Lifetime::forever(), Moment::ORIGIN), Condition::ALWAYS).await?;
///
/// assert_eq!(store.get(&key).await?.expect("it was just put").payload, text);
/// let figures = compress.statistics();
/// assert!(figures.bytes_out < figures.bytes_in / 10);
/// # Ok::<(), larder_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Compress {
    threshold: usize,
    level: i32,
    max_value: u32,
    shared: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    contexts: Contexts,
    figures: Figures,
}

impl Compress {
    /// Bytes from which on payloads are compressed unless [`threshold`](Compress::threshold) says otherwise.
    pub const THRESHOLD: usize = 1000;

    /// The level unless [`level`](Compress::level) says otherwise: on replies of models, more gained 1–3 % at 3–6 times the time.
    pub const LEVEL: i32 = 3;

    /// The levels there are: below 1 zstd trades more size than a cache gains time, above 19 it wants memory for windows that readers
    /// refuse.
    pub const LEVELS: std::ops::RangeInclusive<i32> = 1..=19;

    /// Compresses what has 1000 bytes or more, at level 3.
    #[must_use]
    pub fn new() -> Self {
        Self { threshold: Self::THRESHOLD, level: Self::LEVEL, max_value: MAX_VALUE, shared: Arc::default() }
    }

    /// Compresses payloads of at least so many bytes.
    #[must_use]
    pub fn threshold(self, bytes: usize) -> Self {
        Self { threshold: bytes, ..self }
    }

    /// The level of zstd.
    ///
    /// # Errors
    /// `Invalid` for one that is not from 1 to 19.
    pub fn level(self, level: i32) -> Result<Self> {
        if Self::LEVELS.contains(&level) {
            return Ok(Self { level, ..self });
        }
        let why = "zstd compresses at levels from 1 to 19; more than 3 seldom pays for itself in a cache";
        Err(Error::invalid("compress", why).with("level", level))
    }

    /// The most bytes that a value has before compression: what declares more is refused before it is touched.
    #[must_use]
    pub fn max_value(self, bytes: u32) -> Self {
        Self { max_value: bytes, ..self }
    }

    /// What was compressed, and what that gained.
    #[must_use]
    pub fn statistics(&self) -> CompressionStatistics {
        self.shared.figures.read()
    }

    fn level_of(&self, bytes: usize) -> i32 {
        let more = i32::from(bytes >= self.threshold.saturating_mul(10));
        (self.level + more).min(*Self::LEVELS.end())
    }
}

impl Default for Compress {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Compress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { threshold, level, max_value, .. } = self;
        f.debug_struct("Compress")
            .field("threshold", threshold)
            .field("level", level)
            .field("max_value", max_value)
            .finish_non_exhaustive()
    }
}

impl StoreLayer for Compress {
    fn name(&self) -> &'static str {
        "compress"
    }

    fn wrap(&self, inner: SharedStore) -> SharedStore {
        Transformed { inner, transform: self.clone() }.shared()
    }
}

impl Transform for Compress {
    fn seal(&self, _inner: &SharedStore, _key: &Key, mut entry: Entry) -> Result<Entry> {
        let (bytes, figures) = (entry.payload.len(), &self.shared.figures);
        let done_already = entry.header.compression != CompressionId::NONE;
        if done_already || entry.header.critical.contains(CriticalFlags::NEGATIVE) {
            return Ok(entry);
        }
        if bytes > self.max_value as usize {
            // The store refuses it, and says why.
            return Ok(entry);
        }
        if bytes < self.threshold {
            figures.small.up();
            return Ok(entry);
        }
        match self.shared.contexts.compress(&entry.payload, self.level_of(bytes))? {
            Some(compressed) => {
                figures.compressed(bytes, compressed.len());
                entry.header.raw_len = u32::try_from(bytes).unwrap_or(u32::MAX);
                entry.header.compression = CompressionId::ZSTD;
                entry.payload = compressed.into();
            }
            None => figures.no_gain.up(),
        }
        Ok(entry)
    }

    fn open(&self, _inner: &SharedStore, _key: &Key, entry: Entry) -> impl Future<Output = Result<Entry>> + Send {
        ready(self.opened(entry))
    }
}

impl Compress {
    fn opened(&self, mut entry: Entry) -> Result<Entry> {
        // What needs a dictionary is for the layer that has it.
        if entry.header.compression == CompressionId::NONE || entry.header.dictionary_id != 0 {
            return Ok(entry);
        }
        let opened = self.decompress(&entry);
        if opened.is_err() {
            self.shared.figures.refused.up();
        }
        entry.payload = opened?.into();
        entry.header.compression = CompressionId::NONE;
        entry.header.critical = entry.header.critical.without(CriticalFlags::COMPRESSED);
        Ok(entry)
    }

    fn decompress(&self, entry: &Entry) -> Result<Vec<u8>> {
        let header = &entry.header;
        if header.compression != CompressionId::ZSTD {
            return Err(Unreadable::UnknownCompression(header.compression.0).into_error("decompress"));
        }
        if header.raw_len > self.max_value {
            return Err(corrupt("the payload declares more bytes than a value may have"));
        }
        let raw_len =
            usize::try_from(header.raw_len).map_err(|_| corrupt("the payload is too large for this machine"))?;
        frame::check(&entry.payload, raw_len).map_err(corrupt)?;
        self.shared.contexts.decompress(&entry.payload, raw_len)
    }
}

fn corrupt(why: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, "decompress", why)
}
