//! The working memory of zstd, used again and again: making it costs more than compressing a small value.

use larder_core::{Error, ErrorKind, Result};
use zstd::bulk::{Compressor, Decompressor};

use crate::pool::Pool;

/// Contexts that nobody uses at the moment.
#[derive(Default)]
pub(super) struct Contexts {
    compressors: Pool<Compressor<'static>>,
    decompressors: Pool<Decompressor<'static>>,
}

impl Contexts {
    /// `payload` compressed; none when that is not smaller.
    pub(super) fn compress(&self, payload: &[u8], level: i32) -> Result<Option<Vec<u8>>> {
        let failed = |_| no_memory("compress");
        let idle = self.compressors.take();
        let mut context = match idle {
            Some(context) => context,
            None => Compressor::new(level).map_err(failed)?,
        };
        context.set_compression_level(level).map_err(failed)?;
        // What does not fit is not smaller. zstd works faster with room to spare, and memory is cheap for a moment.
        let mut out = Vec::with_capacity(zstd::zstd_safe::compress_bound(payload.len()));
        context.compress_to_buffer(payload, &mut out).map_err(failed)?;
        self.compressors.give_back(context);
        if out.len() >= payload.len() {
            return Ok(None);
        }
        out.shrink_to_fit();
        Ok(Some(out))
    }

    /// The `raw_len` bytes that `frame` holds.
    pub(super) fn decompress(&self, frame: &[u8], raw_len: usize) -> Result<Vec<u8>> {
        let corrupt = |_| Error::new(ErrorKind::Corrupt, "decompress", "the payload's frame is damaged");
        let mut context = match self.decompressors.take() {
            Some(context) => context,
            None => Decompressor::new().map_err(|_| no_memory("decompress"))?,
        };
        let mut out = Vec::with_capacity(raw_len);
        // A context that failed is not used again.
        context.decompress_to_buffer(frame, &mut out).map_err(corrupt)?;
        self.decompressors.give_back(context);
        if out.len() != raw_len {
            return Err(Error::new(
                ErrorKind::Corrupt,
                "decompress",
                "the payload has another length than its header says",
            ));
        }
        Ok(out)
    }
}

pub(crate) fn no_memory(operation: &'static str) -> Error {
    Error::new(ErrorKind::Unavailable, operation, "zstd could not be given the memory that it needs")
}
