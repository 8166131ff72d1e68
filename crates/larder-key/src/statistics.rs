use std::collections::VecDeque;
use std::time::Duration;

/// Upper ends of the text sizes that are counted apart, in bytes; above the last there is one more.
pub const TEXT_SIZES: [u64; 9] = [0, 64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20];

/// Operations that are counted by name; those that come later share one count.
pub const MAX_OPERATIONS: usize = 64;

/// Newest keys that are remembered one by one.
pub const RECENT_KEYS: usize = 256;

/// Longest operation name that is counted by name, in bytes.
const MAX_NAME: usize = 64;

/// Always counted by name, however many other names come first.
const KNOWN: [&str; 5] = ["summarize", "sentiment", "key_points", "questions", "qa"];

/// What a [`KeyGenerator`](crate::KeyGenerator) has done so far. Its size is bounded, whatever was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyStatistics {
    /// Keys made.
    pub count: u64,
    /// Requests that have no key, for an error.
    pub refused: u64,
    /// Average time to make a key; `None` without a clock or before the first key.
    pub average_time: Option<Duration>,
    /// Keys by size of their text, in bytes.
    pub text_sizes: Vec<TextSizeCount>,
    /// Keys by operation, the most frequent first.
    pub operations: Vec<(String, u64)>,
    /// Keys of operations beyond the first [`MAX_OPERATIONS`], or with very long names.
    pub other_operations: u64,
    /// The newest [`RECENT_KEYS`] keys, the newest last.
    pub recent: Vec<RecentKey>,
}

/// How many keys had a text of a certain size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextSizeCount {
    /// Bytes of the largest text counted here; `None` is without end.
    pub up_to: Option<u64>,
    /// Keys.
    pub count: u64,
}

/// One key of the recent past, without anything of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecentKey {
    /// Its operation; `None` if it is one of the others.
    pub operation: Option<String>,
    /// Bytes of its text.
    pub text_bytes: u64,
    /// Time it took; `None` without a clock.
    pub time: Option<Duration>,
}

/// The counters behind [`KeyStatistics`].
#[derive(Debug)]
pub(crate) struct Ledger {
    count: u64,
    refused: u64,
    time: Duration,
    timed: u64,
    sizes: [u64; TEXT_SIZES.len() + 1],
    operations: Vec<(Box<str>, u64)>,
    others: u64,
    recent: VecDeque<Sample>,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    operation: Option<usize>,
    text_bytes: u64,
    time: Option<Duration>,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self {
            count: 0,
            refused: 0,
            time: Duration::ZERO,
            timed: 0,
            sizes: [0; TEXT_SIZES.len() + 1],
            operations: KNOWN.map(|name| (name.into(), 0)).to_vec(),
            others: 0,
            recent: VecDeque::with_capacity(RECENT_KEYS),
        }
    }

    pub(crate) fn refuse(&mut self) {
        self.refused += 1;
    }

    pub(crate) fn record(&mut self, operation: &str, text_bytes: u64, time: Option<Duration>) {
        self.count += 1;
        self.sizes[TEXT_SIZES.partition_point(|end| *end < text_bytes)] += 1;
        if let Some(time) = time {
            self.time = self.time.saturating_add(time);
            self.timed += 1;
        }
        if self.recent.len() == RECENT_KEYS {
            self.recent.pop_front();
        }
        let operation = self.count_operation(operation);
        self.recent.push_back(Sample { operation, text_bytes, time });
    }

    /// Counts an operation and returns its place, or `None` if it is one of the others.
    fn count_operation(&mut self, name: &str) -> Option<usize> {
        let place = self.operations.iter().position(|(known, _)| **known == *name).or_else(|| self.add(name));
        match place {
            Some(place) => self.operations[place].1 += 1,
            None => self.others += 1,
        }
        place
    }

    fn add(&mut self, name: &str) -> Option<usize> {
        if self.operations.len() == MAX_OPERATIONS || name.len() > MAX_NAME {
            return None;
        }
        self.operations.push((name.into(), 0));
        Some(self.operations.len() - 1)
    }

    pub(crate) fn statistics(&self) -> KeyStatistics {
        KeyStatistics {
            count: self.count,
            refused: self.refused,
            average_time: self.average_time(),
            text_sizes: self.text_sizes(),
            operations: self.by_frequency(),
            other_operations: self.others,
            recent: self.recent.iter().map(|sample| self.named(*sample)).collect(),
        }
    }

    fn average_time(&self) -> Option<Duration> {
        let average = self.time.as_nanos().checked_div(u128::from(self.timed))?;
        Some(Duration::from_nanos(u64::try_from(average).unwrap_or(u64::MAX)))
    }

    fn text_sizes(&self) -> Vec<TextSizeCount> {
        let ends = TEXT_SIZES.into_iter().map(Some).chain([None]);
        ends.zip(self.sizes).map(|(up_to, count)| TextSizeCount { up_to, count }).collect()
    }

    fn by_frequency(&self) -> Vec<(String, u64)> {
        let mut seen: Vec<_> = self.operations.iter().filter(|(_, count)| *count > 0).collect();
        seen.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        seen.into_iter().map(|(name, count)| (String::from(&**name), *count)).collect()
    }

    fn named(&self, sample: Sample) -> RecentKey {
        RecentKey {
            operation: sample.operation.map(|place| String::from(&*self.operations[place].0)),
            text_bytes: sample.text_bytes,
            time: sample.time,
        }
    }
}
