//! The codecs of one cache: the one that it writes with, and those that it can read.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use larder_core::envelope::CodecId;
use larder_core::{Result, ablation};

use super::{ApplicationCodec, Codec};
use crate::value::Value;

/// A codec of the application's own, shared.
pub(crate) type SharedCodec<V> = Arc<dyn ApplicationCodec<V>>;

/// What one cache writes with, and what it reads.
pub(crate) struct Codecs<V> {
    writes: Codec,
    own: Option<SharedCodec<V>>,
}

impl<V: Value> Codecs<V> {
    /// Writes with `own`, or with `writes` where there is none.
    pub(crate) fn new(writes: Codec, own: Option<SharedCodec<V>>) -> Self {
        Self { writes, own }
    }

    /// `value` as bytes.
    ///
    /// # Errors
    /// `Unsupported` when the codec has no form for it, or panicked.
    pub(crate) fn encode(&self, value: &V) -> Result<Vec<u8>> {
        contained(Codec::no_form, || match &self.own {
            Some(own) => own.encode(value).map_err(|_| Codec::no_form()),
            None => self.writes.encode(value),
        })
    }

    /// The value that was encoded by the codec numbered `id`, whichever this cache writes with.
    ///
    /// # Errors
    /// `Corrupt` for an unknown codec, for bytes that are no such value, and when the codec panicked.
    pub(crate) fn decode(&self, id: CodecId, payload: &[u8]) -> Result<V> {
        contained(
            || Codec::unreadable("codec_panic"),
            || match (&self.own, Codec::of(id)) {
                (Some(own), _) if self.writes == Codec::Application(id) => {
                    own.decode(payload).map_err(|_| Codec::unreadable("payload"))
                }
                (_, Some(codec)) => codec.decode(payload),
                (_, None) => Err(Codec::unreadable("codec")),
            },
        )
    }
}

/// Runs code of the application, whose panic becomes an error: its own codec, or how its type is written and read.
fn contained<T>(panicked: impl FnOnce() -> larder_core::Error, call: impl FnOnce() -> Result<T>) -> Result<T> {
    if ablation::off("codec_panic") {
        return call();
    }
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err(panicked()))
}
