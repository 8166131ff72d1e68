//! Making a dictionary, and finding out whether it pays.

use bytes::Bytes;

use super::trained::Dictionary;
use larder_core::Result;

/// What a training is to keep to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// The most bytes of a dictionary.
    pub(super) size: usize,
    pub(super) level: i32,
    /// By which part values have to become smaller than without a dictionary.
    pub(super) gain: f64,
}

/// What to do after a training.
#[derive(Debug)]
pub(super) enum Verdict {
    /// This one pays, and better than the one in use.
    Adopt(Dictionary),
    /// What is in use is as good as any.
    Keep,
    /// None pays: values are no longer alike, or never were.
    None,
}

/// By which part a new dictionary has to be better than the one in use: each one in use has to be kept by every node.
const BETTER: f64 = 0.95;

/// Trains on one half of the samples, and measures on the other: on what it has not seen.
///
/// # Errors
/// `Unavailable` without memory for it.
pub(super) fn train(samples: &[Bytes], current: Option<&Dictionary>, terms: Terms) -> Result<Verdict> {
    let half = |odd: usize| -> Vec<&Bytes> { samples.iter().skip(odd).step_by(2).collect() };
    let (seen, unseen) = (half(0), half(1));
    let without = bytes_without(&unseen, terms.level)?;
    let most = without * (1.0 - terms.gain);
    let in_use = current.map(|dictionary| bytes_with(&unseen, dictionary)).transpose()?;
    // Too few samples, or too much alike to learn anything from.
    let trained = zstd::dict::from_samples(&seen, terms.size).ok();
    let trained = trained.map(|bytes| Dictionary::new(bytes, terms.level)).transpose()?;
    if let Some(dictionary) = trained {
        let bytes = bytes_with(&unseen, &dictionary)?;
        if bytes <= most && in_use.is_none_or(|in_use| bytes <= in_use * BETTER) {
            return Ok(Verdict::Adopt(dictionary));
        }
    }
    Ok(if in_use.is_some_and(|bytes| bytes <= most) { Verdict::Keep } else { Verdict::None })
}

/// How many bytes the samples take when each is compressed alone, where that makes it smaller.
fn bytes_without(samples: &[&Bytes], level: i32) -> Result<f64> {
    let failed = |_| super::no_memory();
    let mut context = zstd::bulk::Compressor::new(level).map_err(failed)?;
    sum(samples, |sample| Ok(context.compress(sample).map_err(failed)?.len()))
}

fn bytes_with(samples: &[&Bytes], dictionary: &Dictionary) -> Result<f64> {
    sum(samples, |sample| Ok(dictionary.compress(sample)?.len()))
}

#[allow(clippy::cast_precision_loss)] // Far fewer bytes than 2^53.
fn sum(samples: &[&Bytes], mut compressed: impl FnMut(&[u8]) -> Result<usize>) -> Result<f64> {
    let mut all = 0;
    for sample in samples {
        all += compressed(sample)?.min(sample.len());
    }
    Ok(all as f64)
}
