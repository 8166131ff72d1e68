//! A run of warming in the background.

use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use tokio::task::JoinHandle;

use super::{WarmProgress, Warmed};

/// A run of warming in the background; from [`WarmRun::spawn`](super::WarmRun::spawn).
///
/// Await it for what the run came to. Dropping it changes nothing: the run goes on until it ends, is
/// [cancelled](WarmProgress::cancel), or the larder is closed.
///
/// # Panics
/// Awaiting it, when the stream of keys panicked.
#[derive(Debug)]
pub struct WarmTask {
    progress: WarmProgress,
    task: JoinHandle<Warmed>,
}

impl WarmTask {
    pub(super) const fn new(progress: WarmProgress, task: JoinHandle<Warmed>) -> Self {
        Self { progress, task }
    }

    /// The run's figures as it goes on.
    #[must_use]
    pub fn progress(&self) -> WarmProgress {
        self.progress.clone()
    }

    /// Ends the run, as [`WarmProgress::cancel`] does.
    pub fn cancel(&self) {
        self.progress.cancel();
    }
}

impl Future for WarmTask {
    type Output = Warmed;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Warmed> {
        match std::task::ready!(self.task.poll_unpin(cx)) {
            Ok(warmed) => Poll::Ready(warmed),
            Err(failure) if failure.is_panic() => resume_unwind(failure.into_panic()),
            // The runtime is ending, and this caller with it.
            Err(_) => Poll::Pending,
        }
    }
}
