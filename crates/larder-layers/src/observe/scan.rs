//! A scan that tells one event, however it ends.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use larder_core::{Error, Key, Moment, Result, StoreVerb};

use super::Observe;

/// Keys on their way to the caller, watched until they end or are dropped.
pub(super) struct ObservedScan<'a, S> {
    inner: S,
    layer: &'a Observe,
    store: &'static str,
    state: State,
}

enum State {
    /// Not polled yet: a scan that nobody begins is no call.
    Waiting,
    Running {
        began: Moment,
        failure: Option<Error>,
    },
    /// Told, or begun while nobody listened.
    Over,
}

impl<'a, S> ObservedScan<'a, S> {
    pub(super) const fn new(inner: S, layer: &'a Observe, store: &'static str) -> Self {
        Self { inner, layer, store, state: State::Waiting }
    }

    fn begin(&mut self) {
        if matches!(self.state, State::Waiting) {
            let began = self.layer.begin();
            self.state = began.map_or(State::Over, |began| State::Running { began, failure: None });
        }
    }

    fn note(&mut self, error: &Error) {
        if let State::Running { failure, .. } = &mut self.state {
            failure.get_or_insert_with(|| error.clone());
        }
    }

    fn end(&mut self) {
        if let State::Running { began, failure } = std::mem::replace(&mut self.state, State::Over) {
            self.layer.tell(self.store, StoreVerb::Scan, began, failure.as_ref());
        }
    }
}

impl<S: Stream<Item = Result<Key>> + Unpin> Stream for ObservedScan<'_, S> {
    type Item = Result<Key>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.begin();
        let next = Pin::new(&mut self.inner).poll_next(cx);
        match &next {
            Poll::Ready(Some(Err(error))) => self.note(error),
            Poll::Ready(None) => self.end(),
            Poll::Ready(Some(Ok(_))) | Poll::Pending => {}
        }
        next
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<S> Drop for ObservedScan<'_, S> {
    fn drop(&mut self) {
        self.end();
    }
}
