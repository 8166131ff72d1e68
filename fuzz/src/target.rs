//! A target: what is fed, and what has to hold for every input.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Runs one input; panics when the property does not hold for it.
pub type Check = fn(&[u8]) -> Seen;

/// What is fed with inputs, and what has to hold for all of them.
#[derive(Debug)]
pub struct Target {
    /// What it is called on the command line, and what the folder of its seeds is called.
    pub name: &'static str,
    /// What has to hold.
    pub says: &'static str,
    /// The property, of the real thing.
    pub check: Check,
    /// The same property, of something that is wrong in one place.
    pub planted: Check,
    /// What is wrong there.
    pub bug: &'static str,
    /// Inputs to begin with, besides those in the folder of seeds.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// What inputs are made of.
    pub tokens: &'static [&'static str],
    /// The most bytes that may be allocated at one time for an input of so many bytes.
    pub allowance: fn(usize) -> u64,
}

impl Target {
    /// What most targets may allocate: some for each byte of the input, and some in any case.
    #[must_use]
    pub fn modest(bytes: usize) -> u64 {
        256 * 1024 + 64 * bytes as u64
    }
}

/// What one input led to, as a number. An input that leads to something new is built upon.
///
/// It stands for the coverage that stable Rust does not count: a target puts into it which way an input took, such as
/// the reason why it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seen(pub(crate) u64);

impl Seen {
    /// What stands for `way`.
    #[must_use]
    pub fn of(way: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        way.hash(&mut hasher);
        Self(hasher.finish())
    }

    /// A size as a way: its order of magnitude, so that not every length is something new.
    #[must_use]
    pub const fn size(length: usize) -> u32 {
        usize::BITS - length.leading_zeros()
    }
}
