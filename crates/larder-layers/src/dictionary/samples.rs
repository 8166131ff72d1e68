//! Values of a cache, a few of many, from which a dictionary is made.

use bytes::Bytes;

/// A fair choice of all payloads that were offered since it was emptied: each has the same chance to be in it.
#[derive(Debug)]
pub(super) struct Samples {
    kept: Vec<Bytes>,
    offered: u64,
    most: usize,
}

impl Samples {
    pub(super) fn new(most: usize) -> Self {
        Self { kept: Vec::new(), offered: 0, most }
    }

    /// Takes a payload in, or not; `chance` is a random number. The bytes are copied: a payload may be part of a large buffer.
    pub(super) fn offer(&mut self, payload: &[u8], chance: u64) {
        self.offered += 1;
        if self.kept.len() < self.most {
            self.kept.push(Bytes::copy_from_slice(payload));
            return;
        }
        let place = usize::try_from(chance % self.offered).unwrap_or(usize::MAX);
        if let Some(kept) = self.kept.get_mut(place) {
            *kept = Bytes::copy_from_slice(payload);
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.kept.len() >= self.most
    }

    /// All of them, if there are as many as there can be; it is empty then.
    pub(super) fn take(&mut self) -> Option<Vec<Bytes>> {
        self.is_full().then(|| {
            self.offered = 0;
            std::mem::take(&mut self.kept)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_kept_than_may_be_and_late_ones_have_their_chance() {
        let mut samples = Samples::new(10);
        for number in 0..100_u8 {
            samples.offer(&[number], u64::from(number) * 7919);
        }
        let kept = samples.take().unwrap();
        assert_eq!(kept.len(), 10);
        assert!(kept.iter().any(|sample| sample[0] >= 10), "{kept:?}");
        assert!(samples.take().is_none(), "they were taken");
    }
}
