//! What a load tells before it ends: one typed handle, to which callers attach.

use std::any::Any;
use std::sync::Arc;

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Notify, OnceLock};

/// The side channel of one load.
#[derive(Debug, Default)]
pub(crate) struct Channel {
    published: OnceLock<Arc<dyn Any + Send + Sync>>,
    ended: AtomicBool,
    news: Notify,
}

impl Channel {
    /// Publishes `handle`; false when there is one already, or the load has ended.
    pub(crate) fn publish(&self, handle: Arc<dyn Any + Send + Sync>) -> bool {
        let first = !self.ended.load(Ordering::Acquire) && self.published.set(handle).is_ok();
        self.news.notify_waiters();
        first
    }

    /// The load has ended: what was not published will not be.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.news.notify_waiters();
    }

    /// Waits for the handle; none when the load ends without one. Dropping the future changes nothing.
    pub(crate) async fn published(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        loop {
            let news = self.news.notified();
            let ended = self.ended.load(Ordering::Acquire);
            if let Some(handle) = self.published.get() {
                return Some(handle);
            }
            if ended {
                return None;
            }
            news.await;
        }
    }
}
