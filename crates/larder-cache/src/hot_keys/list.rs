//! The most used keys of a run, at rest.

use std::collections::BTreeMap;

use larder_core::LocalKey;

use super::HotKey;

/// The most used keys of each cache: from [`HotKeys::list`](super::HotKeys::list), or read from where the last run wrote them.
///
/// # Examples
/// ```
/// use larder_cache::HotKeyList;
///
/// # fn main() -> larder_core::Result<()> {
/// let written = "larder-hot-keys 1\nusers\t12\tada\nusers\t3\tbob\nend 2\n";
/// let list = HotKeyList::read_from(written.as_bytes())?;
/// assert_eq!(list.keys("users").iter().map(|key| key.as_str()).collect::<Vec<_>>(), ["ada", "bob"]);
///
/// let mut again = Vec::new();
/// list.write_to(&mut again)?;
/// assert_eq!(again, written.as_bytes());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HotKeyList {
    pub(super) caches: BTreeMap<String, Vec<HotKey>>,
}

impl HotKeyList {
    /// How many keys a list that is written or read holds at most, those of all caches together.
    pub const MAX_KEYS: usize = 100_000;

    pub(super) fn of(tops: impl IntoIterator<Item = (String, Vec<HotKey>)>) -> Self {
        Self { caches: tops.into_iter().filter(|(_, keys)| !keys.is_empty()).collect() }
    }

    /// The keys of the cache called `cache`, the most used first, as [`warm`](crate::Cache::warm) takes them.
    #[must_use]
    pub fn keys(&self, cache: &str) -> Vec<LocalKey> {
        self.top(cache).iter().map(|hot| hot.key.clone()).collect()
    }

    /// The same, with their uses.
    #[must_use]
    pub fn top(&self, cache: &str) -> &[HotKey] {
        self.caches.get(cache).map_or(&[], Vec::as_slice)
    }

    /// How many keys there are, those of all caches together.
    #[must_use]
    pub fn len(&self) -> usize {
        self.caches.values().map(Vec::len).sum()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.caches.is_empty()
    }
}
