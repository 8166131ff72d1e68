//! Faults of many keys.

use futures_util::StreamExt;
use larder_core::{Count, Entry, Key, KeyRange, Pattern, Result, SharedStore, Store};

use super::{Fault, over_map};
use crate::Fixture;

/// Clears by the name without the separator: `usersAbc` goes with `users`.
#[must_use]
pub fn clears_too_much() -> Fixture {
    #[derive(Debug)]
    struct ClearsTooMuch;
    impl Fault for ClearsTooMuch {
        async fn clear(&self, inner: &SharedStore, range: &KeyRange) -> Result<Count> {
            let wide = Pattern::new(format!("{}*", Pattern::escape(range.as_str().trim_end_matches(':'))))?;
            let keys: Vec<_> = inner.scan(&wide).collect().await;
            for key in keys {
                inner.delete(&key?).await?;
            }
            Ok(Count::Unknown)
        }
    }
    over_map(ClearsTooMuch)
}

/// Scans for what begins as the pattern does, up to its first wildcard.
#[must_use]
pub fn scans_by_prefix() -> Fixture {
    #[derive(Debug)]
    struct ScansByPrefix;
    impl Fault for ScansByPrefix {
        async fn scan(&self, inner: &SharedStore, pattern: &Pattern) -> Vec<Result<Key>> {
            let prefix = pattern.as_str().split(['*', '?', '[', '\\']).next().unwrap_or_default();
            match Pattern::new(format!("{prefix}*")) {
                Ok(wide) => inner.scan(&wide).collect().await,
                Err(error) => vec![Err(error)],
            }
        }
    }
    over_map(ScansByPrefix)
}

/// Answers many keys in the order of the keys' names.
#[must_use]
pub fn sorts_the_answers() -> Fixture {
    #[derive(Debug)]
    struct SortsTheAnswers;
    impl Fault for SortsTheAnswers {
        async fn get_many(&self, inner: &SharedStore, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
            let mut sorted = keys.to_vec();
            sorted.sort();
            inner.get_many(&sorted).await
        }
    }
    over_map(SortsTheAnswers)
}
