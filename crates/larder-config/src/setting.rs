//! What one setting is: its name, type, range, and what it is for.

use std::fmt;

/// One row of the table of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// Its name in files, variables and code.
    pub name: &'static str,
    /// Its type and range.
    pub kind: Kind,
    /// What it is when nobody says anything.
    pub default: Fallback,
    /// What it acts on.
    pub area: Area,
    /// Whether its value is never shown.
    pub secret: bool,
    /// What it is for, in one sentence.
    pub about: &'static str,
}

/// Where the value of a setting comes from when nobody sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fallback {
    /// The preset sets it.
    Preset,
    /// This text.
    Text(&'static str),
    /// It has no value.
    Unset,
}

/// What a setting acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Area {
    /// The whole cache.
    Cache,
    /// Values in this process (L1).
    Memory,
    /// Entries in Redis (L2).
    Redis,
    /// Replies of models; without effect while `enable_ai_cache` is off.
    Ai,
    /// Logs and statistics.
    Insight,
}

/// The type of a setting, with its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Whole(Range),
    /// A whole number of seconds, or the word `never`.
    SecondsOrNever(Range),
    /// One word of a list, in any case.
    Word(&'static [&'static str]),
    /// A name: 1 to 64 characters of `A–Z a–z 0–9 _ . -`.
    Name,
    /// A text that says something.
    Text,
    /// A Redis URL.
    Url,
    /// A table with these fields, each a whole number.
    Fields(&'static [&'static str], Range),
    /// A table from names to whole numbers.
    Named(Range),
}

/// The least and the most a number may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The least, inclusive.
    pub least: u64,
    /// The most, inclusive.
    pub most: u64,
    /// What is counted, such as `seconds`.
    pub unit: &'static str,
}

impl Range {
    pub(crate) const fn new(least: u64, most: u64, unit: &'static str) -> Self {
        Self { least, most, unit }
    }

    pub(crate) const fn contains(self, number: u64) -> bool {
        self.least <= number && number <= self.most
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.most, self.unit) {
            (u64::MAX, unit) => write!(f, "{} or more {unit}", self.least),
            (most, "") => write!(f, "{} to {most}", self.least),
            (most, unit) => write!(f, "{} to {most} {unit}", self.least),
        }
    }
}
