//! What is dear to make, used again and again.

use std::sync::{Mutex, PoisonError};

/// Things of one kind that nobody uses at the moment.
#[derive(Debug)]
pub(crate) struct Pool<T>(Mutex<Vec<T>>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Pool<T> {
    /// More than so many at rest are given back: a storm leaves no memory behind.
    const AT_REST: usize = 16;

    pub(crate) fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    pub(crate) fn give_back(&self, thing: T) {
        let mut pool = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() < Self::AT_REST {
            pool.push(thing);
        }
    }
}
