//! What reads bytes of a server, for the fuzz targets only.

use bytes::Bytes;
use fred::types::Value;
use larder_core::envelope::Unreadable;
use larder_core::{AsOf, Changed, ClockReading, Entry, Grant, Key, Moment, Notice, NoticeKind, Put};

use crate::notice_bytes::{self, Outline};
use crate::offset::Offset;
use crate::{coordinator, reply, sealed, store};

/// What a server may answer, whatever was asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Nothing.
    Null,
    /// A number.
    Integer(i64),
    /// A fraction.
    Double(f64),
    /// Yes or no.
    Boolean(bool),
    /// A short text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list of answers.
    List(Vec<Answer>),
}

impl Answer {
    fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Integer(number) => Value::Integer(number),
            Self::Double(number) => Value::Double(number),
            Self::Boolean(flag) => Value::Boolean(flag),
            Self::Text(text) => Value::String(text.into()),
            Self::Bytes(bytes) => Value::Bytes(bytes.into()),
            Self::List(answers) => Value::Array(answers.into_iter().map(Self::into_value).collect()),
        }
    }
}

/// The answer as bytes, or nothing; none for what it cannot be.
#[must_use]
pub fn bytes(answer: Answer) -> Option<Option<Bytes>> {
    reply::optional_bytes(answer.into_value()).ok()
}

/// The answer to TIME, in microseconds.
#[must_use]
pub fn micros(answer: Answer) -> Option<u64> {
    reply::micros(answer.into_value()).ok()
}

/// The answer to the beginning of a load.
#[must_use]
pub fn grant(answer: Answer) -> Option<Grant> {
    coordinator::grant(answer.into_value()).ok()
}

/// The answer to a removal or an expiry.
#[must_use]
pub fn changed(answer: Answer) -> Option<Changed> {
    coordinator::changed(answer.into_value()).ok()
}

/// The answer to a question for the clock of a cache and `tags` tags.
#[must_use]
pub fn reading(answer: Answer, tags: usize) -> Option<ClockReading> {
    coordinator::reading(answer.into_value(), tags).ok()
}

/// The answer to a put.
#[must_use]
pub fn put(answer: Answer) -> Option<Put> {
    store::put_of(answer.into_value()).ok()
}

/// The notice in these bytes.
#[must_use]
pub fn notice(bytes: &[u8]) -> Option<Notice> {
    notice_bytes::read(bytes)
}

/// The bytes of a notice; none for one that is not sent.
#[must_use]
pub fn notice_bytes(notice: &Notice) -> Option<Vec<u8>> {
    let Notice { node, write, kind } = notice;
    let completed = |outline: Outline, number: u64| [&outline.head[..], &number.to_le_bytes(), &outline.tail].concat();
    Some(match kind {
        NoticeKind::Changed(key, version) => completed(Outline::changed(*node, *write, key), version.get()),
        NoticeKind::Expired(key, version) => completed(Outline::expired(*node, *write, key), version.get()),
        NoticeKind::Tag(cache, tag, AsOf(at)) => completed(Outline::tag(*node, *write, cache, tag), *at),
        NoticeKind::Cleared(cache, AsOf(at)) => completed(Outline::cleared(*node, *write, cache), *at),
        NoticeKind::Matching(cache, pattern) => notice_bytes::matching(*node, *write, cache, pattern).to_vec(),
        NoticeKind::Heartbeat { sent } => notice_bytes::heartbeat(*node, *sent, false).to_vec(),
        NoticeKind::Lost => notice_bytes::heartbeat(*node, Moment::ORIGIN, true).to_vec(),
        _ => return None,
    })
}

/// What is served of these bytes by a node whose clock stands at `now`, while the server's stands at `millis`.
///
/// # Errors
/// Why they are no entry.
pub fn open(bytes: &Bytes, key: &Key, now: Moment, millis: u64, limit: u32) -> Result<Option<Entry>, Unreadable> {
    let offset = Offset::sample(now, now, millis.saturating_mul(1000));
    sealed::open(bytes, key, offset, now, limit)
}
