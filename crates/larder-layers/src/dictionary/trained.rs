//! A dictionary of zstd: what many small values have in common.

use std::fmt;

use larder_core::Result;
use larder_core::envelope::Identity;
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::{CCtx, DCtx, compress_bound};

use super::no_memory;
use crate::pool::Pool;

/// A dictionary, ready for both ways. Its number and its identity follow from its bytes.
///
/// `Debug` shows how many bytes it has: they are parts of values.
pub(super) struct Dictionary {
    pub(super) id: u16,
    pub(super) identity: Identity,
    pub(super) bytes: Vec<u8>,
    encoder: EncoderDictionary<'static>,
    decoder: DecoderDictionary<'static>,
    compressors: Pool<CCtx<'static>>,
    decompressors: Pool<DCtx<'static>>,
}

impl Dictionary {
    /// The dictionary that is these bytes.
    ///
    /// # Errors
    /// `Corrupt` when they are none, `Unavailable` without memory for it.
    pub(super) fn new(bytes: Vec<u8>, level: i32) -> Result<Self> {
        let identity = *blake3::hash(&bytes).as_bytes();
        if zstd::zstd_safe::get_dict_id_from_dict(&bytes).is_none() {
            return Err(super::corrupt("the bytes are no trained dictionary"));
        }
        let encoder = EncoderDictionary::try_copy(&bytes, level).map_err(|_| no_memory())?;
        let decoder = DecoderDictionary::try_copy(&bytes).map_err(|_| no_memory())?;
        let [low, high, ..] = identity;
        // 0 says that there is none.
        let id = u16::from_le_bytes([low, high]).max(1);
        let (compressors, decompressors) = Default::default();
        Ok(Self { id, identity: Identity(identity), bytes, encoder, decoder, compressors, decompressors })
    }

    /// `payload` compressed.
    ///
    /// # Errors
    /// `Unavailable` without memory for it.
    pub(super) fn compress(&self, payload: &[u8]) -> Result<Vec<u8>> {
        let mut context = self.compressors.take().or_else(CCtx::try_create).ok_or_else(no_memory)?;
        let mut out = Vec::with_capacity(compress_bound(payload.len()));
        let done = context.compress_using_cdict(&mut out, payload, self.encoder.as_cdict());
        done.map_err(|_| no_memory())?;
        self.compressors.give_back(context);
        out.shrink_to_fit();
        Ok(out)
    }

    /// The `raw_len` bytes that `frame` holds.
    ///
    /// # Errors
    /// `Corrupt` when it was damaged, or compressed with another dictionary.
    pub(super) fn decompress(&self, frame: &[u8], raw_len: usize) -> Result<Vec<u8>> {
        let mut context = self.decompressors.take().or_else(DCtx::try_create).ok_or_else(no_memory)?;
        let mut out = Vec::with_capacity(raw_len);
        // A context that failed is not used again.
        let done = context.decompress_using_ddict(&mut out, frame, self.decoder.as_ddict());
        done.map_err(|_| super::corrupt("the payload is damaged, or was compressed with another dictionary"))?;
        self.decompressors.give_back(context);
        if out.len() != raw_len {
            return Err(super::corrupt("the payload has another length than its header says"));
        }
        Ok(out)
    }
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dictionary").field("id", &self.id).field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}
