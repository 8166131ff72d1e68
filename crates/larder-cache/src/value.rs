//! What a cache can hold.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Any type that serde can write and read, and that threads can share.
///
/// The bounds have one name here so that signatures stay readable; there is nothing to implement. They hold for every
/// layout of tiers, so that a program does not change when a shared tier is added.
///
/// # Drop
/// A value is dropped on whichever task lets go of it last, which may be one that changes its cache at that moment: the
/// `drop` of a value must not use the cache that holds it.
pub trait Value: Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Value for T {}
