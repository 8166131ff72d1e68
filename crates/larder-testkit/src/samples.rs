//! Entries to test with: random, and the same in every run.

use std::time::Duration;

use bytes::Bytes;
use larder_core::envelope::{ClockStamp, CodecId, CriticalFlags, Fingerprint, Header, Identity};
use larder_core::{AsOf, ClockId, Entry, Lifetime, Moment, Random, SeededRandom, Tag, Tags};

/// Random entries as an engine hands them to a store: lifetimes and load times in whole milliseconds, any codec, tags,
/// clock and identity; neither compressed nor encrypted yet.
#[derive(Debug)]
pub struct Samples {
    random: SeededRandom,
    born: Moment,
}

impl Samples {
    /// Entries made at `born`; the same for the same seed.
    #[must_use]
    pub const fn new(seed: u64, born: Moment) -> Self {
        Self { random: SeededRandom::new(seed), born }
    }

    /// A number below `end`.
    pub fn below(&self, end: u64) -> u64 {
        self.random.next_u64() % end.max(1)
    }

    /// That many random bytes.
    pub fn bytes(&self, count: usize) -> Bytes {
        let mut bytes = Vec::with_capacity(count.next_multiple_of(8));
        while bytes.len() < count {
            bytes.extend_from_slice(&self.random.next_u64().to_le_bytes());
        }
        bytes.truncate(count);
        bytes.into()
    }

    /// An entry of up to 4 KiB.
    pub fn entry(&self) -> Entry {
        let count = self.below(4096);
        self.entry_of(self.bytes(usize::try_from(count).unwrap_or(0)))
    }

    /// An entry with this payload; the rest is random, and it lives for at least an hour.
    pub fn entry_of(&self, payload: impl Into<Bytes>) -> Entry {
        let mut entry = Entry::new(payload, self.lifetime(), self.born);
        entry.header = self.header(entry.payload.len());
        entry
    }

    /// A short entry with this lifetime.
    pub fn entry_for(&self, lifetime: Lifetime) -> Entry {
        Entry { lifetime, ..self.entry_of(self.bytes(32)) }
    }

    fn lifetime(&self) -> Lifetime {
        match self.below(4) {
            0 => Lifetime::forever(),
            hours => {
                let ttl = Duration::from_secs(3600 * hours) + Duration::from_millis(self.below(1000));
                Lifetime::new(ttl).with_grace(Duration::from_millis(self.below(100_000)))
            }
        }
    }

    fn header(&self, raw_len: usize) -> Header {
        Header {
            critical: if self.coin() { CriticalFlags::NEGATIVE } else { CriticalFlags::default() },
            codec: CodecId(u8::try_from(self.below(5)).unwrap_or(0)),
            raw_len: u32::try_from(raw_len).unwrap_or(u32::MAX),
            schema: Fingerprint::of("sample", u32::try_from(self.below(100)).unwrap_or(0)),
            clock: ClockStamp { id: ClockId(self.random.next_u64()), as_of: AsOf(self.below(1 << 53)) },
            tags: self.tags(),
            load_time: self.coin().then(|| Duration::from_millis(self.below(60_000))),
            identity: self.coin().then(|| Identity(std::array::from_fn(|_| self.bytes(1)[0]))),
            ..Header::default()
        }
    }

    fn tags(&self) -> Tags {
        const TAGS: [&str; 4] = ["tenant:acme", "ünïcödé 🦀", "a", "with \"quotes\" and \\"];
        TAGS.iter().filter(|_| self.coin()).filter_map(|tag| Tag::new(tag).ok()).collect()
    }

    fn coin(&self) -> bool {
        self.below(2) == 0
    }
}
