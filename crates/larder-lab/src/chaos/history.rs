//! What happened in a run, as the checker reads it. All times are of one clock.

use std::fmt;
use std::time::Duration;

use larder_core::{Moment, Outcome};

use super::number::Number;

/// Everything that a run recorded.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// How long a loaded value is fresh, and may be stale after that.
    pub life: Life,
    /// Reads of one key each.
    pub reads: Vec<Read>,
    /// Changes that were told to a cache.
    pub changes: Vec<Change>,
    /// Loads that read the origin.
    pub loads: Vec<Load>,
    /// Times of which a server may have lost what it had acknowledged.
    pub losses: Vec<Span>,
    /// What was done to servers and network.
    pub faults: Vec<(Span, String)>,
}

/// How long a value lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// It is fresh for so long.
    pub ttl: Duration,
    /// After that it may be served as stale for so long.
    pub grace: Duration,
}

/// From when until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The beginning.
    pub from: Moment,
    /// The end.
    pub until: Moment,
}

/// One key, read once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// Who was asked.
    pub node: usize,
    /// For what.
    pub key: usize,
    /// When.
    pub start: Moment,
    /// When the answer was there.
    pub end: Moment,
    /// The answer.
    pub value: Option<Number>,
    /// How it came.
    pub outcome: Outcome,
    /// The node looked into the shared tier during this read, and was answered.
    pub asked: bool,
    /// After everything was healed and made up for.
    pub last: bool,
}

/// One change: first the origin's number moved, then the cache was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its number among those who make values.
    pub by: u64,
    /// The node that told it; none for what was done to the server itself.
    pub node: Option<usize>,
    /// What the cache was told.
    pub told: Told,
    /// The keys whose origin moved.
    pub keys: Vec<usize>,
    /// To where it moved.
    pub number: u64,
    /// Before the origin moved.
    pub start: Moment,
    /// After the cache answered.
    pub end: Moment,
    /// What it answered.
    pub done: Done,
}

/// What a cache was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The new value, which lives for so long.
    Insert(Life),
    /// That the value is wrong.
    Remove,
    /// That the value is old.
    Expire,
    /// That everything with a tag is wrong.
    Tag,
    /// That everything that a pattern matches is wrong.
    Matching,
    /// That everything is wrong.
    Clear,
    /// Nothing: the server lost everything.
    Flush,
}

/// How a cache answered a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// The shared tier has it.
    Acknowledged,
    /// It is to be made up for.
    Pending,
}

/// One load that read the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Its number among those who make values.
    pub by: u64,
    /// What it loaded.
    pub key: usize,
    /// What the origin said.
    pub number: u64,
    /// Not after it was said.
    pub read_at: Moment,
    /// When the loader had its value; none while it waited to the end.
    pub returned: Option<Moment>,
}

impl History {
    /// What concerns one key.
    #[must_use]
    pub fn of_key(&self, key: usize) -> Self {
        let mut small = self.clone();
        small.reads.retain(|read| read.key == key);
        small.changes.retain(|change| change.keys.contains(&key));
        small.loads.retain(|load| load.key == key);
        small
    }
}

impl Told {
    /// The shared tier tells it beside the key itself, to everybody who asks. What is told of a tag or of the whole cache is
    /// on the clock of the cache, which a node that hears the others need not read again.
    #[must_use]
    pub const fn is_of_the_key(self) -> bool {
        matches!(self, Self::Insert(_) | Self::Remove | Self::Matching)
    }
}

impl Span {
    /// Whether the two have a moment in common.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.from <= other.until && other.from <= self.until
    }
}

impl Read {
    /// Served as fresh, from a tier.
    #[must_use]
    pub const fn is_fresh(&self) -> bool {
        matches!(self.outcome, Outcome::Hit(_))
    }

    /// Served and flagged as stale.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        matches!(self.outcome, Outcome::Stale(_))
    }
}

/// Milliseconds since the origin of the clock, to be read beside others of one run.
fn at(moment: Moment) -> f64 {
    moment.since(Moment::ORIGIN).as_secs_f64() * 1e3
}

impl fmt::Display for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { node, key, start, end, value, outcome, last, .. } = self;
        let value = value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
        let last = if *last { ", after all was healed" } else { "" };
        write!(
            f,
            "{:.2}–{:.2} ms: node {node} read {value} of key {key} as {}{last}",
            at(*start),
            at(*end),
            outcome.as_str()
        )
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, node, told, keys, number, start, end, done } = self;
        let node = node.map_or_else(|| "the server".to_owned(), |node| format!("node {node}"));
        let told = format!("{told:?}").to_lowercase();
        write!(
            f,
            "{:.2}–{:.2} ms: {node} moved keys {keys:?} to {number} (by {by}): {told}, {done:?}",
            at(*start),
            at(*end)
        )
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, key, number, read_at, returned } = self;
        let end = returned.map_or_else(|| "the end".to_owned(), |end| format!("{:.2}", at(end)));
        write!(f, "{:.2}–{end} ms: load {by} of key {key} read {number}", at(*read_at))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}–{:.2} ms", at(self.from), at(self.until))
    }
}
