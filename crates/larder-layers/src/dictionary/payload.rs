//! Payloads, compressed with dictionaries and back.

use std::sync::Arc;

use larder_core::envelope::{CompressionId, CriticalFlags, Unreadable};
use larder_core::{Entry, Error, ErrorKind, Key, Result, SharedStore};

use super::shelf::Shelf;
use super::tending::Tending;
use super::trained::Dictionary;
use super::{Dictionaries, corrupt, keeping};
use crate::compress::frame;
use crate::transform::Transform;

impl Transform for Dictionaries {
    fn seal(&self, inner: &SharedStore, key: &Key, entry: Entry) -> Result<Entry> {
        let Some(shelf) = self.shelf(key).filter(|_| self.may_gain(&entry)) else { return Ok(entry) };
        shelf.offer(&entry.payload, self.random.next_u64());
        Tending::begin_if_due(inner, self, shelf);
        match shelf.current() {
            Some(dictionary) => self.compress(&dictionary, entry),
            None => Ok(entry),
        }
    }

    async fn open(&self, inner: &SharedStore, key: &Key, mut entry: Entry) -> Result<Entry> {
        let header = &entry.header;
        if header.dictionary_id == 0 {
            return Ok(entry);
        }
        let (id, is_zstd) = (header.dictionary_id, header.compression == CompressionId::ZSTD);
        let shelf = self.shelf(key).filter(|_| is_zstd).ok_or_else(|| unknown(id))?;
        let dictionary = self.dictionary(inner, shelf, id).await?;
        let opened = self.decompress(&dictionary, &entry);
        if opened.is_err() {
            self.figures().refused(1);
        }
        entry.payload = opened?.into();
        let header = &mut entry.header;
        (header.compression, header.dictionary_id) = (CompressionId::NONE, 0);
        header.critical = header.critical.without(CriticalFlags::COMPRESSED.with(CriticalFlags::DICTIONARY));
        Ok(entry)
    }
}

impl Dictionaries {
    fn compress(&self, dictionary: &Dictionary, mut entry: Entry) -> Result<Entry> {
        let (bytes, compressed) = (entry.payload.len(), dictionary.compress(&entry.payload)?);
        if compressed.len() >= bytes {
            return Ok(entry);
        }
        let figures = self.figures();
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

    fn decompress(&self, dictionary: &Dictionary, entry: &Entry) -> Result<Vec<u8>> {
        if entry.header.raw_len > self.settings.max_value {
            return Err(corrupt("the payload declares more bytes than a value may have"));
        }
        let raw_len = entry.header.raw_len as usize;
        frame::check(&entry.payload, raw_len).map_err(corrupt)?;
        dictionary.decompress(&entry.payload, raw_len)
    }

    /// The dictionary with this number; fetched once, by the first who needs it.
    ///
    /// # Errors
    /// Those of the store; [`Unreadable::UnknownDictionary`] when it is nowhere, or is not what its number says.
    async fn dictionary(&self, inner: &SharedStore, shelf: &Arc<Shelf>, id: u16) -> Result<Arc<Dictionary>> {
        if let Some(known) = shelf.known(id) {
            return Ok(known);
        }
        let _turn = shelf.fetching.lock().await;
        let now = self.clock.now();
        if let Some(known) = shelf.known(id) {
            return Ok(known);
        }
        if shelf.is_absent(id, now) {
            self.figures().missing(1);
            return Err(unknown(id));
        }
        match keeping::fetch(inner, &shelf.range, id, self.settings.terms.level, now).await {
            Ok(Some((dictionary, _))) => {
                let dictionary = Arc::new(dictionary);
                shelf.add(&dictionary);
                self.figures().fetched(1);
                return Ok(dictionary);
            }
            Ok(None) => self.figures().missing(1),
            Err(error) if error.kind() == ErrorKind::Corrupt => self.figures().refused(1),
            Err(error) => return Err(error),
        }
        shelf.set_absent(id, now);
        Err(unknown(id))
    }
}

/// Whoever has the dictionary can read the value, and may keep it for others again.
fn unknown(id: u16) -> Error {
    Unreadable::UnknownDictionary(id).into_error("dictionary")
}
