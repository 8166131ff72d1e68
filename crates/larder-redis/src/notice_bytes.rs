//! Notices as bytes; the format is drawn in `docs/guide/redis.md`.

use bytes::Bytes;
use larder_core::{AsOf, Key, KeyRange, Moment, Name, NodeId, Notice, NoticeKind, Pattern, Tag, Version, WriteId};

const MAGIC: [u8; 2] = [0x89, 0x4e];
const FORMAT: u8 = 1;
const HAS_WRITE: u8 = 1;
/// Bytes before the body.
const HEAD: usize = 32;

const CHANGED: u8 = 1;
const EXPIRED: u8 = 2;
const TAG: u8 = 3;
const CLEARED: u8 = 4;
const MATCHING: u8 = 5;
const HEARTBEAT: u8 = 6;
const HELLO: u8 = 7;
const LOSS: u8 = 8;

/// A notice that a script completes with a number between the two parts.
pub(crate) struct Outline {
    pub(crate) head: Bytes,
    pub(crate) tail: Bytes,
}

impl Outline {
    pub(crate) fn changed(node: NodeId, write: Option<WriteId>, key: &Key) -> Self {
        Self::new(CHANGED, node, write, key.as_str().to_owned().into())
    }

    pub(crate) fn expired(node: NodeId, write: Option<WriteId>, key: &Key) -> Self {
        Self::new(EXPIRED, node, write, key.as_str().to_owned().into())
    }

    pub(crate) fn tag(node: NodeId, write: Option<WriteId>, cache: &KeyRange, tag: &Tag) -> Self {
        Self::new(TAG, node, write, pair(cache, tag.as_str()))
    }

    pub(crate) fn cleared(node: NodeId, write: Option<WriteId>, cache: &KeyRange) -> Self {
        Self::new(CLEARED, node, write, cache.as_str().to_owned().into())
    }

    fn new(kind: u8, node: NodeId, write: Option<WriteId>, tail: Bytes) -> Self {
        Self { head: head(kind, node, write).into(), tail }
    }
}

/// A notice of many keys, which no script makes.
pub(crate) fn matching(node: NodeId, write: Option<WriteId>, cache: &KeyRange, pattern: &Pattern) -> Bytes {
    whole(MATCHING, node, write, 0, &pair(cache, pattern.as_str()))
}

/// A heartbeat that is sent at `sent`; and the one that says that the server had `lost` what it acknowledged before.
pub(crate) fn heartbeat(node: NodeId, sent: Moment, lost: bool) -> Bytes {
    whole(if lost { LOSS } else { HEARTBEAT }, node, None, sent.as_nanos(), &[])
}

/// A message to oneself that shows that one hears; it tells nothing.
pub(crate) fn hello(node: NodeId, number: u64) -> Bytes {
    whole(HELLO, node, None, number, &[])
}

/// Whether it is the greeting of any listener.
pub(crate) fn is_hello(bytes: &[u8]) -> bool {
    let [magic, more] = MAGIC;
    bytes.starts_with(&[magic, more, FORMAT, HELLO])
}

fn head(kind: u8, node: NodeId, write: Option<WriteId>) -> Vec<u8> {
    let [magic, more] = MAGIC;
    let mut head = vec![magic, more, FORMAT, kind, if write.is_some() { HAS_WRITE } else { 0 }, 0, 0, 0];
    head.extend_from_slice(&node.0.to_le_bytes());
    head.extend_from_slice(&write.map_or(0, |write| write.0).to_le_bytes());
    head
}

fn whole(kind: u8, node: NodeId, write: Option<WriteId>, number: u64, tail: &[u8]) -> Bytes {
    let mut whole = head(kind, node, write);
    whole.extend_from_slice(&number.to_le_bytes());
    whole.extend_from_slice(tail);
    whole.into()
}

/// A range and a text after it.
fn pair(cache: &KeyRange, text: &str) -> Bytes {
    let length = u16::try_from(cache.as_str().len()).expect("two names of 64 characters are shorter");
    [&length.to_le_bytes(), cache.as_str().as_bytes(), text.as_bytes()].concat().into()
}

/// Reads a notice; none for bytes that are none, or of a version that is not known here.
pub(crate) fn read(bytes: &[u8]) -> Option<Notice> {
    let (head, body) = bytes.split_at_checked(HEAD)?;
    let &[magic, more, format, kind, flags] = head.first_chunk()?;
    if ([magic, more], format) != (MAGIC, FORMAT) {
        return None;
    }
    let (node, write, number) = (word(head, 8)?, word(head, 16)?, word(head, 24)?);
    let write = (flags & HAS_WRITE != 0).then_some(WriteId(write));
    Some(Notice { node: NodeId(node), write, kind: read_kind(kind, number, body)? })
}

fn read_kind(kind: u8, number: u64, body: &[u8]) -> Option<NoticeKind> {
    let version = || (number < Version::LIMIT).then_some(Version::new(number));
    let position = || (number < Version::LIMIT).then_some(AsOf(number));
    Some(match kind {
        CHANGED => NoticeKind::Changed(Key::new(text(body)?).ok()?, version()?),
        EXPIRED => NoticeKind::Expired(Key::new(text(body)?).ok()?, version()?),
        CLEARED => NoticeKind::Cleared(range(body)?, position()?),
        TAG => {
            let (cache, tag) = split(body)?;
            NoticeKind::Tag(range(cache)?, Tag::new(text(tag)?).ok()?, position()?)
        }
        MATCHING => {
            let (cache, pattern) = split(body)?;
            NoticeKind::Matching(range(cache)?, Pattern::new(text(pattern)?).ok()?)
        }
        HEARTBEAT if body.is_empty() => NoticeKind::Heartbeat { sent: Moment::from_nanos(number) },
        LOSS if body.is_empty() => NoticeKind::Lost,
        _ => return None,
    })
}

fn word(head: &[u8], at: usize) -> Option<u64> {
    head.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn split(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = body.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))
}

/// A range is one name or two, each with the separator after it.
fn range(bytes: &[u8]) -> Option<KeyRange> {
    let names = text(bytes)?.strip_suffix(':')?;
    match names.split_once(':') {
        None => Some(KeyRange::application(&Name::new(names).ok()?)),
        Some((prefix, cache)) => Some(KeyRange::cache(&Name::new(prefix).ok()?, &Name::new(cache).ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: NodeId = NodeId(0x0102_0304_0506_0708);
    const WRITE: Option<WriteId> = Some(WriteId(u64::MAX));

    fn told(outline: &Outline, number: u64) -> Vec<u8> {
        [&outline.head[..], &number.to_le_bytes(), &outline.tail].concat()
    }

    fn every_kind() -> Vec<(Vec<u8>, NoticeKind)> {
        let prefix = Name::new("app").unwrap();
        let range = KeyRange::cache(&prefix, &Name::new("users").unwrap());
        let (key, tag) = (range.key("ünï|1").unwrap(), Tag::new("tenant:acme").unwrap());
        let pattern = Pattern::new("a*:[b-c]").unwrap();
        vec![
            (told(&Outline::changed(NODE, WRITE, &key), 7), NoticeKind::Changed(key.clone(), Version::new(7))),
            (told(&Outline::expired(NODE, WRITE, &key), 8), NoticeKind::Expired(key, Version::new(8))),
            (told(&Outline::tag(NODE, WRITE, &range, &tag), 9), NoticeKind::Tag(range.clone(), tag, AsOf(9))),
            (told(&Outline::cleared(NODE, WRITE, &range), 10), NoticeKind::Cleared(range.clone(), AsOf(10))),
            (matching(NODE, WRITE, &range, &pattern).to_vec(), NoticeKind::Matching(range, pattern)),
        ]
    }

    #[test]
    fn every_notice_is_read_as_it_was_written() {
        for (bytes, kind) in every_kind() {
            assert_eq!(read(&bytes), Some(Notice { node: NODE, write: WRITE, kind }));
        }
        let kind = NoticeKind::Heartbeat { sent: Moment::from_nanos(5) };
        assert_eq!(
            read(&heartbeat(NODE, Moment::from_nanos(5), false)),
            Some(Notice { node: NODE, write: None, kind })
        );
        let loss = read(&heartbeat(NODE, Moment::from_nanos(5), true));
        assert_eq!(loss, Some(Notice { node: NODE, write: None, kind: NoticeKind::Lost }));
    }

    #[test]
    fn b14_what_is_cut_foreign_or_of_another_version_is_no_notice() {
        for (bytes, kind) in every_kind() {
            for end in 0..HEAD {
                assert_eq!(read(&bytes[..end]), None, "{end} bytes of {kind:?}");
            }
            for (at, wrong) in [(0, 0x88), (1, 0x4c), (2, 2), (3, 0), (3, 99)] {
                let mut changed = bytes.clone();
                changed[at] = wrong;
                assert_eq!(read(&changed), None, "byte {at} of {kind:?} is {wrong}");
            }
        }
        assert_eq!(read(b"invalidate app:users:1, please, and do it now"), None);
    }

    #[test]
    fn the_layout_is_what_the_guide_draws() {
        let key = Key::new("app:users:1").unwrap();
        let bytes = told(&Outline::changed(NodeId(1), Some(WriteId(2)), &key), 3);
        let drawn = b"\x89\x4e\x01\x01\x01\0\0\0\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0app:users:1";
        assert_eq!(bytes, drawn);
    }
}
