//! The few keys of a run, their tags and their patterns.

use larder_core::{Error, Pattern, Result, Tag, Tags};

/// How many keys there are.
pub const KEYS: usize = 6;

/// The keys that the workload seldom changes; what stays wrong on them is not made good by the next change.
pub(super) const QUIET: [usize; 3] = [1, 3, 5];

/// The tags, of the even and of the odd keys; the last key has none.
const TAGS: [&str; 2] = ["even", "odd"];

/// The first letters, of the first and of the second half of the keys.
const GROUPS: [&str; 2] = ["a", "b"];

pub(super) fn all() -> Vec<usize> {
    (0..KEYS).collect()
}

/// The key as the cache is told it.
pub(super) fn name(key: usize) -> String {
    format!("{}{key}", GROUPS[group_of(key)])
}

/// The group of a key.
pub(super) const fn group_of(key: usize) -> usize {
    key * GROUPS.len() / KEYS
}

/// The key that has this name.
pub(super) fn of_name(name: &str) -> Option<usize> {
    name.get(1..)?.parse().ok().filter(|key| *key < KEYS)
}

/// The tag of a key, if it has one.
pub(super) fn tag_of(key: usize) -> Option<usize> {
    (key + 1 < KEYS).then_some(key % TAGS.len())
}

pub(super) fn tags(key: usize) -> Result<Tags> {
    Tags::new(tag_of(key).map(|tag| TAGS[tag]))
}

/// Every tag there is.
pub(super) fn all_tags() -> Result<Tags> {
    Tags::new(TAGS)
}

pub(super) fn tag(tag: usize) -> Result<Tag> {
    Tag::new(TAGS[tag])
}

pub(super) fn with_tag(tag: usize) -> Vec<usize> {
    (0..KEYS).filter(|key| tag_of(*key) == Some(tag)).collect()
}

pub(super) fn pattern(group: usize) -> Result<Pattern> {
    Pattern::new(format!("{}*", GROUPS[group])).map_err(|error: Error| error.at("chaos"))
}

pub(super) fn in_group(group: usize) -> Vec<usize> {
    (0..KEYS).filter(|key| group_of(*key) == group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tags_and_groups_agree() {
        assert!(all().into_iter().all(|key| of_name(&name(key)) == Some(key)));
        assert_eq!((with_tag(0), with_tag(1)), (vec![0, 2, 4], vec![1, 3]));
        assert_eq!((in_group(0), in_group(1)), (vec![0, 1, 2], vec![3, 4, 5]));
        assert!(in_group(1).iter().all(|key| pattern(1).unwrap().matches(&name(*key))));
        assert_eq!(tags(5).unwrap().iter().count(), 0);
    }
}
