//! The loop: seeds first, then what is made of them.

use std::collections::{HashSet, VecDeque};

use crate::{Check, Failure, Mutator, Seen, Target, trial};

/// One target under way. The same seed feeds the same inputs.
#[derive(Debug)]
pub struct Fuzz {
    check: Check,
    allowance: fn(usize) -> u64,
    mutator: Mutator<'static>,
    /// Seeds that were not fed yet.
    first: VecDeque<Vec<u8>>,
    /// Inputs that led to something new.
    pool: Vec<Vec<u8>>,
    seen: HashSet<Seen>,
    fed: u64,
}

impl Fuzz {
    /// More inputs are not built upon: the newest then take the place of others.
    const POOL: usize = 4096;

    /// Feeds `check`, which is that of `target` or its planted bug, with `seeds` and what comes of them.
    #[must_use]
    pub fn new(target: &'static Target, check: Check, seeds: Vec<Vec<u8>>, seed: u64) -> Self {
        Self {
            check,
            allowance: target.allowance,
            mutator: Mutator::new(seed, target.tokens),
            first: seeds.into(),
            pool: Vec::new(),
            seen: HashSet::new(),
            fed: 0,
        }
    }

    /// How many inputs were fed.
    #[must_use]
    pub const fn fed(&self) -> u64 {
        self.fed
    }

    /// How many inputs are built upon.
    #[must_use]
    pub const fn kept(&self) -> usize {
        self.pool.len()
    }

    /// The next input.
    pub fn draw(&mut self) -> Vec<u8> {
        if let Some(seed) = self.first.pop_front() {
            return seed;
        }
        let (Some(one), Some(other)) = (self.pick(), self.pick()) else { return Vec::new() };
        self.mutator.mutate(one, other)
    }

    /// Half of the time one of the newest: something new is seldom alone.
    fn pick(&self) -> Option<&Vec<u8>> {
        let all = self.pool.len();
        let newest = if self.mutator.below(2) == 0 { all } else { all.min(16) };
        self.pool.get(all.checked_sub(1 + self.mutator.below(newest))?)
    }

    /// Feeds `input`, and keeps it if it led to something new.
    ///
    /// # Errors
    /// How it broke the property.
    pub fn feed(&mut self, input: Vec<u8>) -> Result<(), Failure> {
        self.fed += 1;
        let seen = trial(self.check, (self.allowance)(input.len()), &input)?;
        if self.seen.insert(seen) || self.pool.is_empty() {
            if self.pool.len() < Self::POOL {
                self.pool.push(input);
            } else {
                let place = self.mutator.below(Self::POOL);
                self.pool[place] = input;
            }
        }
        Ok(())
    }
}
