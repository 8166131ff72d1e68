//! The smallest input that is found to fail as another did.

use crate::{Check, Failure, trial};

/// Inputs that are tried at most.
const TRIALS: usize = 4000;

/// Takes parts of `input` away, and makes its bytes plain, for as long as it fails at the same place.
pub(crate) fn smallest(check: Check, allowance: fn(usize) -> u64, input: &[u8], failure: &Failure) -> Vec<u8> {
    let mut search = Search { check, allowance, place: &failure.place, left: TRIALS, best: input.to_vec() };
    while search.shorten() && search.left > 0 {}
    search.make_plain();
    search.best
}

struct Search<'a> {
    check: Check,
    allowance: fn(usize) -> u64,
    place: &'a str,
    left: usize,
    best: Vec<u8>,
}

impl Search<'_> {
    /// Removes every part of half the length, of a quarter, … of one byte; whether it became shorter.
    fn shorten(&mut self) -> bool {
        let before = self.best.len();
        let mut size = before.div_ceil(2);
        while size > 0 {
            let mut at = 0;
            while at < self.best.len() {
                let end = (at + size).min(self.best.len());
                let without = [&self.best[..at], &self.best[end..]].concat();
                if !self.take(without) {
                    at += size;
                }
            }
            size /= 2;
        }
        self.best.len() < before
    }

    fn make_plain(&mut self) {
        for at in 0..self.best.len() {
            for plain in [0, b'0', b'a'] {
                let mut other = self.best.clone();
                if other[at] == plain {
                    break;
                }
                other[at] = plain;
                if self.take(other) {
                    break;
                }
            }
        }
    }

    fn take(&mut self, input: Vec<u8>) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        let allowance = (self.allowance)(input.len());
        let fails = trial(self.check, allowance, &input).is_err_and(|failure| failure.place == self.place);
        if fails {
            self.best = input;
        }
        fails
    }
}
