//! What the in-process tier holds for each key.

use std::sync::Arc;
use std::time::Duration;

use larder_core::{AsOf, Moment, Tags, Version};

/// A value as the in-process tier holds it, or the knowledge that there is none.
#[derive(Debug)]
pub(crate) struct Held<V> {
    /// The value; none is a stored "not found", which no value can imitate.
    pub(crate) value: Option<Arc<V>>,
    pub(crate) tags: Tags,
    /// The cache's clock before the value was loaded.
    pub(crate) as_of: AsOf,
    pub(crate) load_time: Option<Duration>,
    /// Changes up to this version are older than the value; none is known of a value that was stored without the shared tier.
    pub(crate) version: Version,
    /// The shared tier held this very value under just that version when it was read.
    pub(crate) shared: bool,
    /// When the load, the read or the write that put it here began: what was changed since may not have been heard.
    pub(crate) since: Moment,
    /// When it is to be loaded anew although it is fresh.
    pub(crate) refresh_at: Moment,
    /// The load or write that put it here.
    pub(crate) by: u64,
}

impl<V> Clone for Held<V> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), tags: self.tags.clone(), ..*self }
    }
}
