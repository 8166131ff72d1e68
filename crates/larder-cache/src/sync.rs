//! What the table of flights and the board ask of the system. The model checker puts its own in place of this file.

pub(crate) use std::hash::RandomState as Hashing;
pub(crate) use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, atomic};

pub(crate) use tokio::sync::Notify;

/// How many locks the keys are spread over.
pub(crate) const SHARDS: usize = 64;
