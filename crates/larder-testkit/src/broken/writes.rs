//! Faults of conditions, deadlines and dropped calls.

use larder_core::{Condition, Entry, Key, Put, Refusal, Result, SharedStore, Store, When};

use super::{Fault, over_map};
use crate::Fixture;

/// Looks whether a key is absent and then puts: another may have put in between.
#[must_use]
pub fn looks_then_puts_if_absent() -> Fixture {
    #[derive(Debug)]
    struct LooksThenPuts;
    impl Fault for LooksThenPuts {
        async fn put(&self, inner: &SharedStore, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
            let absent = inner.get(key).await?.is_none();
            tokio::task::yield_now().await;
            match condition.when {
                When::IfAbsent if !absent => Ok(Put::Refused(Refusal::Present)),
                When::IfAbsent => inner.put(key, entry, Condition { when: When::Always, ..condition }).await,
                _ => inner.put(key, entry, condition).await,
            }
        }
    }
    over_map(LooksThenPuts)
}

/// Looks at the version and then puts: another may have put in between.
#[must_use]
pub fn looks_then_puts_if_version() -> Fixture {
    #[derive(Debug)]
    struct LooksThenPuts;
    impl Fault for LooksThenPuts {
        async fn put(&self, inner: &SharedStore, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
            let there = inner.get(key).await?.map(|entry| entry.version);
            tokio::task::yield_now().await;
            match condition.when {
                When::IfVersion(version) if there != Some(version) => Ok(Put::Refused(Refusal::Superseded)),
                When::IfVersion(_) => inner.put(key, entry, Condition { when: When::Always, ..condition }).await,
                _ => inner.put(key, entry, condition).await,
            }
        }
    }
    over_map(LooksThenPuts)
}

/// Stores however late it is.
#[must_use]
pub fn ignores_deadlines() -> Fixture {
    #[derive(Debug)]
    struct IgnoresDeadlines;
    impl Fault for IgnoresDeadlines {
        async fn put(&self, inner: &SharedStore, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
            inner.put(key, entry, Condition { deadline: None, ..condition }).await
        }
    }
    over_map(IgnoresDeadlines)
}

/// Writes the payload first and the rest later: who goes away in between leaves an entry that is neither.
#[must_use]
pub fn tears_when_cancelled() -> Fixture {
    #[derive(Debug)]
    struct TearsWhenCancelled;
    impl Fault for TearsWhenCancelled {
        async fn put(&self, inner: &SharedStore, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
            if let Some(there) = inner.get(key).await? {
                let torn = Entry { payload: entry.payload.clone(), ..there };
                let _ = inner.put(key, torn, Condition::ALWAYS).await?;
                tokio::task::yield_now().await;
            }
            inner.put(key, entry, condition).await
        }
    }
    over_map(TearsWhenCancelled)
}

/// Has no tokens, as it says, and stores puts on a token all the same.
#[must_use]
pub fn pretends_tokens() -> Fixture {
    #[derive(Debug)]
    struct PretendsTokens;
    impl Fault for PretendsTokens {
        async fn put(&self, inner: &SharedStore, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
            let when = if let When::IfToken(_) = condition.when { When::Always } else { condition.when };
            inner.put(key, entry, Condition { when, ..condition }).await
        }
    }
    over_map(PretendsTokens)
}
