//! What the in-process tier holds for each key.

use std::sync::Arc;
use std::time::Duration;

use larder_core::{AsOf, Tags};

/// A value as the in-process tier holds it, or the knowledge that there is none.
#[derive(Debug)]
pub(crate) struct Held<V> {
    /// The value; none is a stored "not found", which no value can imitate.
    pub(crate) value: Option<Arc<V>>,
    pub(crate) tags: Tags,
    /// The cache's clock before the value was loaded.
    pub(crate) as_of: AsOf,
    pub(crate) load_time: Option<Duration>,
}

impl<V> Clone for Held<V> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), tags: self.tags.clone(), as_of: self.as_of, load_time: self.load_time }
    }
}
