//! A run of warming, waited for or in the background.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use larder_core::{BoxFuture, Error, Result};
use tokio::runtime::Handle;
use tracing::Instrument;

use super::{WarmEnd, WarmProgress, WarmTask, Warmed};
use crate::spans;
use crate::warming::marked;

/// A run of warming: a future that warms while it is awaited, unless it is [spawned](WarmRun::spawn).
///
/// # Errors
/// `Invalid` for a concurrency, a batch or a limit of zero, and outside a tokio runtime; then nothing was loaded. Keys that
/// fail, a limit that passes and a larder that is closed are no errors: [`Warmed`] tells of them.
///
/// # Cancellation
/// Dropping it begins no further key. Loads in flight, at most as many as may be under way, go on and store what they bring:
/// a load belongs to nobody, and ends at `max_load_time`.
#[must_use = "nothing is warmed until it is awaited or spawned"]
pub struct WarmRun<'a> {
    checked: Result<()>,
    cache: String,
    progress: WarmProgress,
    begun: bool,
    course: BoxFuture<'a, WarmEnd>,
}

impl<'a> WarmRun<'a> {
    pub(super) fn new(
        checked: Result<()>,
        cache: &str,
        progress: WarmProgress,
        course: impl Future<Output = WarmEnd> + Send + 'a,
    ) -> Self {
        Self { checked, cache: cache.to_owned(), progress, begun: false, course: Box::pin(marked(course)) }
    }

    /// The run's figures as it goes on, and the way to cancel it.
    #[must_use]
    pub fn progress(&self) -> WarmProgress {
        self.progress.clone()
    }

    fn check(&self) -> Result<Handle> {
        self.checked.clone()?;
        let why = "warming loads, and a load runs as a task: call it inside a tokio runtime";
        Handle::try_current().map_err(|_| Error::invalid("warm", why).at(self.cache.clone()))
    }
}

impl WarmRun<'static> {
    /// Runs in the background, on the current runtime, until it ends or the larder is closed.
    ///
    /// # Errors
    /// As awaiting it; then nothing was begun.
    ///
    /// # Examples
    /// ```
    /// # use larder_cache::{Cache, LoadContext};
    /// # async fn example(users: Cache<String>) -> larder_core::Result<()> {
    /// let load = |context: LoadContext| async move { std::fs::read_to_string(context.key().as_str()) };
    /// let task = users.warm(1..=1000).run(load).spawn()?;
    /// println!("{:?}", task.progress().figures());
    /// let warmed = task.await;
    /// # Ok(()) }
    /// ```
    pub fn spawn(self) -> Result<WarmTask> {
        let runtime = self.check()?;
        let progress = self.progress.clone();
        let span = spans::warm(&self.cache);
        let work = self.course.map(move |end| progress.ended(end));
        Ok(WarmTask::new(self.progress, runtime.spawn(work.instrument(span))))
    }
}

impl Future for WarmRun<'_> {
    type Output = Result<Warmed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if !std::mem::replace(&mut self.begun, true) {
            let _runtime = self.check()?;
        }
        let end = std::task::ready!(self.course.poll_unpin(cx));
        Poll::Ready(Ok(self.progress.ended(end)))
    }
}

impl fmt::Debug for WarmRun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WarmRun").field("cache", &self.cache).field("progress", &self.progress).finish_non_exhaustive()
    }
}
