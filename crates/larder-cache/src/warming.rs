//! The mark of tasks that warm a cache, so that nobody takes their lookups for demand.

use tokio::task::futures::TaskLocalFuture;

tokio::task_local! {
    static WARMING: ();
}

/// Whether what is looked up on this task at this moment is looked up to warm a cache.
///
/// For observers that measure demand: a run of [`Cache::warm`](crate::Cache::warm) asks for keys that nobody wanted yet. It is
/// true also for what the loaders of such a run look up, until they spawn a task of their own.
#[must_use]
pub fn is_warming() -> bool {
    WARMING.try_with(|()| ()).is_ok()
}

/// Marks what `work` does.
pub(crate) fn marked<F: Future>(work: F) -> TaskLocalFuture<(), F> {
    WARMING.scope((), work)
}
