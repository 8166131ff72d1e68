//! Dictionaries in the store under the layer, where other nodes find them.

use std::time::Duration;

use larder_core::{
    Condition, Entry, Error, ErrorKind, Key, KeyRange, Lifetime, Moment, Put, Result, SharedStore, Store,
};

use super::trained::Dictionary;

/// The key beside a cache, under which dictionaries are kept: outside its range, so that no `clear` of it takes them away
/// from values that stay.
fn key(range: &KeyRange, id: Option<u16>) -> Result<Key> {
    let (prefix, cache) = range.as_str().trim_end_matches(':').split_once(':').unwrap_or((range.as_str(), ""));
    let id = id.map_or_else(String::new, |id| format!(":{id:04x}"));
    Key::new(format!("{prefix}::d:{cache}{id}"))
}

/// The number of the dictionary that nodes write with: 0 for none at all; none when nobody has said.
pub(super) async fn current(store: &SharedStore, range: &KeyRange) -> Result<Option<u16>> {
    let Some(entry) = store.get(&key(range, None)?).await? else { return Ok(None) };
    let number = <[u8; 2]>::try_from(&entry.payload[..]).map(u16::from_le_bytes);
    number.map(Some).map_err(|_| super::corrupt("which dictionary is in use cannot be read"))
}

/// Says which one nodes are to write with.
///
/// # Errors
/// Those of the store; `Unavailable` when it took nothing.
pub(super) async fn set_current(
    store: &SharedStore,
    range: &KeyRange,
    id: u16,
    life: Duration,
    now: Moment,
) -> Result<()> {
    let entry = Entry::new(id.to_le_bytes().to_vec(), Lifetime::new(life), now);
    stored(store.put(&key(range, None)?, entry, Condition::ALWAYS).await?)
}

/// The dictionary with this number, and how long it stays.
///
/// # Errors
/// Those of the store; `Corrupt` when what is there is not the dictionary that it says it is.
pub(super) async fn fetch(
    store: &SharedStore,
    range: &KeyRange,
    id: u16,
    level: i32,
    now: Moment,
) -> Result<Option<(Dictionary, Duration)>> {
    let Some(entry) = store.get(&key(range, Some(id))?).await? else { return Ok(None) };
    let remaining = entry.remaining(now);
    let dictionary = Dictionary::new(entry.payload.to_vec(), level)?;
    if dictionary.id != id || entry.header.identity != Some(dictionary.identity) {
        return Err(super::corrupt("the dictionary is not the one that it says it is"));
    }
    Ok(Some((dictionary, remaining)))
}

/// Keeps a dictionary for so long from now.
///
/// # Errors
/// Those of the store; `Unavailable` when it took nothing.
pub(super) async fn keep(
    store: &SharedStore,
    range: &KeyRange,
    dictionary: &Dictionary,
    life: Duration,
    now: Moment,
) -> Result<()> {
    let mut entry = Entry::new(dictionary.bytes.clone(), Lifetime::new(life), now);
    entry.header.identity = Some(dictionary.identity);
    stored(store.put(&key(range, Some(dictionary.id))?, entry, Condition::ALWAYS).await?)
}

fn stored(put: Put) -> Result<()> {
    match put {
        Put::Stored(_) => Ok(()),
        Put::Refused(_) => Err(Error::new(ErrorKind::Unavailable, "dictionary", "the store did not take it")),
    }
}
