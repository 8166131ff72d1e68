//! Lists of hot keys, as a file holds them.

use larder_cache::HotKeyList;
use larder_core::Result;

use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "hot-keys",
    says: "a list that is read is whole, as its end says, and is written and read as the same",
    check: |bytes| check(bytes, |bytes| HotKeyList::read_from(bytes)),
    planted: |bytes| check(bytes, whatever_its_end_says),
    bug: "the end of a list may name another number of keys",
    seeds,
    tokens: &["larder-hot-keys 1\n", "end ", "\t", "\n", "users", "18446744073709551615", "0", "\0"],
    allowance: |bytes| 2 * Target::modest(bytes),
};

fn check(bytes: &[u8], read: fn(&[u8]) -> Result<HotKeyList>) -> Seen {
    let list = match read(bytes) {
        Ok(list) => list,
        Err(error) => return Seen::of(error.to_string()),
    };
    let text = std::str::from_utf8(bytes).expect("what is read is text");
    let end = text.lines().next_back().and_then(|line| line.strip_prefix("end ")).and_then(|count| count.parse().ok());
    assert_eq!(end, Some(list.len()), "another number of keys than its end says");
    assert_eq!(text.lines().count(), list.len() + 2, "another number of keys than there are lines");
    let mut written = Vec::new();
    list.write_to(&mut written).expect("a list that was read can be written");
    assert_eq!(read(&written).ok().as_ref(), Some(&list), "another list after it was written");
    Seen::of(("read", list.len().min(8)))
}

fn whatever_its_end_says(bytes: &[u8]) -> Result<HotKeyList> {
    let text = String::from_utf8_lossy(bytes);
    let Some((keys, _)) = text.rsplit_once("end ") else { return HotKeyList::read_from(bytes) };
    let count = keys.lines().count().saturating_sub(1);
    HotKeyList::read_from(format!("{keys}end {count}\n").as_bytes())
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "larder-hot-keys 1\nend 0\n",
        "larder-hot-keys 1\npages\t7\ta|b\nusers\t12\t1\nusers\t3\t2\nend 3\n",
        "larder-hot-keys 2\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
