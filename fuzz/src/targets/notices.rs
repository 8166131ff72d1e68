//! Notices: what other nodes say, or whoever else writes to their channel.

use larder_core::{AsOf, Key, KeyRange, Moment, Name, NodeId, Notice, NoticeKind, Pattern, Tag, Version, WriteId};
use larder_redis::fuzzing;

use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "notices",
    says: "a notice that is read has exact numbers and is of this format, and is written and read as the same",
    check: |bytes| check(bytes, fuzzing::notice),
    planted: |bytes| check(bytes, of_any_format),
    bug: "a notice of a later format is read as one of this",
    seeds,
    tokens: &["app:", "app:users:", ":", "*", "[", "\u{1}", "\u{2}", "\u{5}", "\u{7}"],
    allowance: Target::modest,
};

const MAGIC: &[u8] = b"\x89\x4e\x01";

fn check(bytes: &[u8], read: fn(&[u8]) -> Option<Notice>) -> Seen {
    let Some(notice) = read(bytes) else { return Seen::of("none") };
    assert!(bytes.starts_with(MAGIC), "read although it is of another format");
    let number = match &notice.kind {
        NoticeKind::Changed(_, version) | NoticeKind::Expired(_, version) => version.get(),
        NoticeKind::Tag(_, _, AsOf(at)) | NoticeKind::Cleared(_, AsOf(at)) => *at,
        _ => 0,
    };
    assert!(number < Version::LIMIT, "a number that scripts do not keep exactly");
    let is_beat = matches!(notice.kind, NoticeKind::Heartbeat { .. } | NoticeKind::Lost);
    // A heartbeat is of no write, whatever its flags say.
    let notice = Notice { write: notice.write.filter(|_| !is_beat), ..notice };
    let written = fuzzing::notice_bytes(&notice).expect("what was read is sent as well");
    assert_eq!(read(&written), Some(notice.clone()), "another notice after it was written");
    assert!(written.len() <= bytes.len(), "more than was there");
    // Bytes that are not read are the reserved ones, the number of what has none, and the write of what has none.
    assert_eq!(written[32..], bytes[32..written.len()], "another body than was there");
    Seen::of((bytes[3], notice.write.is_some(), Seen::size(bytes.len())))
}

fn of_any_format(bytes: &[u8]) -> Option<Notice> {
    let mut bytes = bytes.to_vec();
    if let Some(format) = bytes.get_mut(2).filter(|format| **format == 2) {
        *format = 1;
    }
    fuzzing::notice(&bytes)
}

fn seeds() -> Vec<Vec<u8>> {
    let name = |text: &str| Name::new(text).expect("a name");
    let range = KeyRange::cache(&name("app"), &name("users"));
    let key = Key::new("app:users:1").expect("a key");
    let tag = Tag::new("tenant:acme").expect("a tag");
    let kinds = [
        NoticeKind::Changed(key.clone(), Version::new(7)),
        NoticeKind::Expired(key, Version::new(Version::LIMIT - 1)),
        NoticeKind::Tag(range.clone(), tag, AsOf(9)),
        NoticeKind::Cleared(KeyRange::application(&name("app")), AsOf(10)),
        NoticeKind::Matching(range, Pattern::new("a*:[b-c]").expect("a glob")),
        NoticeKind::Heartbeat { sent: Moment::from_nanos(5) },
        NoticeKind::Lost,
    ];
    let noticed = kinds.map(|kind| Notice { node: NodeId(1), write: Some(WriteId(2)), kind });
    noticed.iter().map(|notice| fuzzing::notice_bytes(notice).expect("it is sent")).collect()
}
