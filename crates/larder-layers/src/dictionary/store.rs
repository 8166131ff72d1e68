//! The store under the layer, as callers see it.

use std::sync::Arc;

use futures_core::Stream;
use larder_core::envelope::{CompressionId, CriticalFlags};
use larder_core::{
    Condition, Coordinator, Count, Entry, Key, KeyRange, Pattern, Put, Result, SharedStore, Store, StoreInfo,
    TierStatistics,
};

use super::shelf::Shelf;
use super::tending::Tending;
use super::trained::Dictionary;
use super::{Dictionaries, corrupt, keeping};
use crate::compress::frame;

/// A store some of whose payloads are compressed with dictionaries.
#[derive(Debug)]
pub(super) struct Shelved {
    pub(super) inner: SharedStore,
    pub(super) layer: Dictionaries,
}

impl Shelved {
    fn seal(&self, key: &Key, entry: Entry) -> Result<Entry> {
        let Some(shelf) = self.layer.shelf(key).filter(|_| self.layer.may_gain(&entry)) else { return Ok(entry) };
        shelf.offer(&entry.payload, self.layer.random.next_u64());
        Tending::begin_if_due(&self.inner, &self.layer, shelf);
        match shelf.current() {
            Some(dictionary) => self.compress(&dictionary, entry),
            None => Ok(entry),
        }
    }

    fn compress(&self, dictionary: &Dictionary, mut entry: Entry) -> Result<Entry> {
        let (bytes, compressed) = (entry.payload.len(), dictionary.compress(&entry.payload)?);
        if compressed.len() >= bytes {
            return Ok(entry);
        }
        let figures = self.layer.figures();
        figures.compressed(1);
        figures.bytes_in(bytes);
        figures.bytes_out(compressed.len());
        let header = &mut entry.header;
        header.raw_len = u32::try_from(bytes).unwrap_or(u32::MAX);
        (header.compression, header.dictionary_id) = (CompressionId::ZSTD, dictionary.id);
        header.critical = header.critical.with(CriticalFlags::COMPRESSED).with(CriticalFlags::DICTIONARY);
        entry.payload = compressed.into();
        Ok(entry)
    }

    async fn open(&self, key: &Key, mut entry: Entry) -> Result<Entry> {
        let header = &entry.header;
        if header.dictionary_id == 0 {
            return Ok(entry);
        }
        let (id, is_zstd) = (header.dictionary_id, header.compression == CompressionId::ZSTD);
        let shelf = self.layer.shelf(key).filter(|_| is_zstd);
        let shelf = shelf.ok_or_else(|| corrupt("the payload needs a dictionary of a cache without dictionaries"))?;
        let dictionary = self.dictionary(shelf, id).await?;
        let opened = self.decompress(&dictionary, &entry);
        if opened.is_err() {
            self.layer.figures().refused(1);
        }
        entry.payload = opened?.into();
        let header = &mut entry.header;
        (header.compression, header.dictionary_id) = (CompressionId::NONE, 0);
        header.critical = header.critical.without(CriticalFlags::COMPRESSED.with(CriticalFlags::DICTIONARY));
        Ok(entry)
    }

    fn decompress(&self, dictionary: &Dictionary, entry: &Entry) -> Result<Vec<u8>> {
        if entry.header.raw_len > self.layer.settings.max_value {
            return Err(corrupt("the payload declares more bytes than a value may have"));
        }
        let raw_len = entry.header.raw_len as usize;
        frame::check(&entry.payload, raw_len).map_err(corrupt)?;
        dictionary.decompress(&entry.payload, raw_len)
    }

    /// The dictionary with this number; fetched once, by the first who needs it.
    async fn dictionary(&self, shelf: &Arc<Shelf>, id: u16) -> Result<Arc<Dictionary>> {
        if let Some(known) = shelf.known(id) {
            return Ok(known);
        }
        let _turn = shelf.fetching.lock().await;
        let (figures, now) = (self.layer.figures(), self.layer.clock.now());
        if let Some(known) = shelf.known(id) {
            return Ok(known);
        }
        if shelf.is_absent(id, now) {
            figures.missing(1);
            return Err(missing());
        }
        let fetched = keeping::fetch(&self.inner, &shelf.range, id, self.layer.settings.terms.level, now).await;
        match fetched {
            Ok(Some((dictionary, _))) => {
                let dictionary = Arc::new(dictionary);
                shelf.add(&dictionary);
                figures.fetched(1);
                Ok(dictionary)
            }
            Ok(None) => {
                shelf.set_absent(id, now);
                figures.missing(1);
                Err(missing())
            }
            Err(error) => {
                if error.kind() == larder_core::ErrorKind::Corrupt {
                    shelf.set_absent(id, now);
                    figures.refused(1);
                }
                Err(error)
            }
        }
    }
}

fn missing() -> larder_core::Error {
    corrupt("the dictionary of the payload is nowhere to be found")
}

impl Store for Shelved {
    fn info(&self) -> StoreInfo {
        self.inner.info()
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        match self.inner.get(key).await? {
            Some(entry) => self.open(key, entry).await.map(Some),
            None => Ok(None),
        }
    }

    async fn put(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        self.inner.put(key, self.seal(key, entry)?, condition).await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        self.inner.delete(key).await
    }

    async fn clear(&self, range: &KeyRange) -> Result<Count> {
        self.inner.clear(range).await
    }

    fn scan<'a>(&'a self, pattern: &'a Pattern) -> impl Stream<Item = Result<Key>> + Send + 'a {
        self.inner.scan(pattern)
    }

    async fn statistics(&self) -> Result<TierStatistics> {
        self.inner.statistics().await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        let mut entries = Vec::with_capacity(keys.len());
        for (key, entry) in keys.iter().zip(self.inner.get_many(keys).await?) {
            entries.push(match entry {
                Some(entry) => Some(self.open(key, entry).await?),
                None => None,
            });
        }
        Ok(entries)
    }

    fn coordinator(&self) -> Option<&dyn Coordinator> {
        self.inner.coordinator()
    }
}
