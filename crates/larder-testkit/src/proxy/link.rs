//! One connection through a proxy, as a test sees it.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use super::Way;

/// How much of what a client said first is remembered.
const HEAD: usize = 16 * 1024;

/// How a connection ends by the will of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Both sides are told that the connection is broken (RST).
    Reset,
    /// Both sides are told that nothing more comes (FIN).
    Close,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    dark: bool,
    half_closed: [bool; 2],
    end: Option<End>,
    ended: bool,
}

/// One connection through a [`Proxy`](crate::Proxy); what is done to it does not touch the others.
#[derive(Debug)]
pub struct ProxyLink {
    number: u64,
    head: Mutex<Vec<u8>>,
    state: watch::Sender<State>,
}

impl ProxyLink {
    pub(super) fn new(number: u64) -> Self {
        Self { number, head: Mutex::default(), state: watch::Sender::default() }
    }

    /// Its number: connections are counted from one.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Whether `word` is in the first 16 KiB that the client said, in any case.
    ///
    /// `said("SUBSCRIBE")` tells the connection of notices from those of data.
    #[must_use]
    pub fn said(&self, word: &str) -> bool {
        let head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        !word.is_empty() && head.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// Breaks it (RST on both sides), and waits until that is done.
    pub async fn cut(&self) {
        self.finish(End::Reset).await;
    }

    /// Ends it in order (FIN on both sides), and waits until that is done.
    pub async fn close(&self) {
        self.finish(End::Close).await;
    }

    /// Ends one way (FIN); the other goes on.
    pub fn half_close(&self, way: Way) {
        self.state.send_modify(|state| state.half_closed[way.index()] = true);
    }

    /// Swallows everything on it from now on, for good, and tells nobody.
    pub fn blackhole(&self) {
        self.state.send_modify(|state| state.dark = true);
    }

    /// Whether it has lost bytes, after which nothing can follow.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        self.state.borrow().dark
    }

    pub(super) fn hear(&self, bytes: &[u8]) {
        let mut head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        let room = HEAD.saturating_sub(head.len()).min(bytes.len());
        head.extend_from_slice(&bytes[..room]);
    }

    /// Waits until a test wants the end.
    pub(super) async fn ending(&self) -> End {
        self.wait(|state| state.end.is_some()).await.end.expect("it was waited for")
    }

    /// Waits until a test wants the end of one way.
    pub(super) async fn half_closed(&self, way: Way) {
        self.wait(|state| state.half_closed[way.index()]).await;
    }

    pub(super) fn set_ended(&self) {
        self.state.send_modify(|state| state.ended = true);
    }

    async fn finish(&self, end: End) {
        self.state.send_modify(|state| state.end = state.end.or(Some(end)));
        self.wait(|state| state.ended).await;
    }

    async fn wait(&self, holds: impl FnMut(&State) -> bool) -> State {
        let mut states = self.state.subscribe();
        *states.wait_for(holds).await.expect("the link itself keeps the sender alive")
    }
}
