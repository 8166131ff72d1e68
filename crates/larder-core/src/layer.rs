//! Wrappers that add one property to any store.

use std::fmt::Debug;

use crate::SharedStore;

/// Adds one property to a store: observation, compression, encryption.
///
/// State lives in the layer; what it wraps a store in is a cheap projection of it. A layer keeps every law of
/// [`Store`](crate::Store), passes conditional puts through unchanged and forwards the coordinator.
pub trait StoreLayer: Debug + Send + Sync + 'static {
    /// What errors and metrics call the layer, such as `observe`.
    fn name(&self) -> &'static str;

    /// The same store with this layer's property. `inner` is not changed.
    fn wrap(&self, inner: SharedStore) -> SharedStore;
}

impl SharedStore {
    /// This store with the property of `layer` added.
    #[must_use]
    pub fn layer(self, layer: &impl StoreLayer) -> Self {
        layer.wrap(self)
    }
}
