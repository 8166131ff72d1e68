//! Faults of single entries.

use std::sync::Mutex;

use larder_core::{Condition, Entry, Key, Put, Result, SharedStore, Store, Version};

use super::{Broken, Fault, over_map};
use crate::{Fixture, ManualClock, MapStore};

/// Keeps the first 64 KiB of a payload only.
#[must_use]
pub fn cuts_payloads() -> Fixture {
    #[derive(Debug)]
    struct CutsPayloads;
    impl Fault for CutsPayloads {
        async fn put(&self, inner: &SharedStore, key: &Key, mut entry: Entry, condition: Condition) -> Result<Put> {
            entry.payload.truncate(64 * 1024);
            inner.put(key, entry, condition).await
        }
    }
    over_map(CutsPayloads)
}

/// Says that a put over something is stored, and leaves what was there.
#[must_use]
pub fn keeps_the_first() -> Fixture {
    #[derive(Debug)]
    struct KeepsTheFirst;
    impl Fault for KeepsTheFirst {
        async fn put(&self, inner: &SharedStore, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
            match inner.get(key).await? {
                Some(there) => Ok(Put::Stored(Version::new(there.version.get() + 1))),
                None => inner.put(key, entry, condition).await,
            }
        }
    }
    over_map(KeepsTheFirst)
}

/// Makes room for a new key by deleting an old one, and tells nobody.
#[must_use]
pub fn drops_in_silence() -> Fixture {
    const CAPACITY: usize = 50;
    #[derive(Debug, Default)]
    struct DropsInSilence(Mutex<Vec<Key>>);
    impl Fault for DropsInSilence {
        async fn put(&self, inner: &SharedStore, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
            let oldest = {
                let mut keys = self.0.lock().expect("nobody panics with the lock");
                keys.retain(|there| there != key);
                keys.push(key.clone());
                (keys.len() > CAPACITY).then(|| keys.remove(0))
            };
            if let Some(oldest) = oldest {
                inner.delete(&oldest).await?;
            }
            inner.put(key, entry, condition).await
        }
    }
    let fixture = over_map(DropsInSilence::default()).with_capacity(CAPACITY as u64);
    fixture.with_observers(&larder_core::Observers::new())
}

/// Says of every delete that something was there.
#[must_use]
pub fn always_says_deleted() -> Fixture {
    #[derive(Debug)]
    struct AlwaysSaysDeleted;
    impl Fault for AlwaysSaysDeleted {
        async fn delete(&self, inner: &SharedStore, key: &Key) -> Result<bool> {
            inner.delete(key).await?;
            Ok(true)
        }
    }
    over_map(AlwaysSaysDeleted)
}

/// Judges by a clock that stands still, so that nothing ever expires.
#[must_use]
pub fn forgets_the_time() -> Fixture {
    #[derive(Debug)]
    struct Nothing;
    impl Fault for Nothing {}
    let (standing, moving) = (ManualClock::new(), ManualClock::new());
    Fixture::new(Broken::new(MapStore::new(standing.shared()), Nothing), moving)
}
