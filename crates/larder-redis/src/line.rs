//! A connection that is made again whenever it is lost.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::connection::Connection;
use crate::failure::Failure;
use crate::node::Node;

/// A connection for data, kept up by a task of its own.
pub(crate) struct Line {
    states: watch::Receiver<State>,
    task: AbortHandle,
}

#[derive(Clone)]
enum State {
    /// Not there, and why the last attempt or connection ended.
    Connecting(Failure),
    Connected(Arc<Connection>),
    Closed,
}

impl Line {
    /// A connection that held for this long is tried again soon.
    const SETTLED: Duration = Duration::from_secs(1);
    const PAUSE: Duration = Duration::from_millis(500);
    /// Data connections hear no messages.
    const MESSAGES: usize = 16;

    /// Begins to connect, in a task of its own.
    pub(crate) fn start(node: Arc<Node>) -> Self {
        let (sender, states) = watch::channel(State::Connecting(Failure::CONNECTING));
        let task = tokio::spawn(async move {
            match select(pin!(keep_up(&node, &sender)), pin!(node.closing())).await {
                Either::Left((never, _)) => match never {},
                Either::Right(((), _)) => {}
            }
            if let State::Connected(connection) = sender.send_replace(State::Closed) {
                connection.quit(&node).await;
            }
        });
        Self { states, task: task.abort_handle() }
    }

    /// The connection, when it is there.
    pub(crate) fn connection(&self) -> Result<Arc<Connection>, Failure> {
        match &*self.states.borrow() {
            State::Connected(connection) => Ok(Arc::clone(connection)),
            // What keeps it from connecting is worth more than that it does not.
            State::Connecting(why @ (Failure::Reply(_) | Failure::Untrusted)) => Err(why.clone()),
            State::Connecting(_) => Err(Failure::CONNECTING),
            State::Closed => Err(Failure::CLOSED),
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        matches!(*self.states.borrow(), State::Connected(_))
    }

    /// Completes once the connection is there; never after the node was closed.
    pub(crate) async fn connected(&self) {
        if self.states.clone().wait_for(|state| matches!(state, State::Connected(_))).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Completes once the line is closed, its goodbye said.
    pub(crate) async fn closed(&self) {
        let mut states = self.states.clone();
        while states.changed().await.is_ok() {}
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

enum Never {}

/// Connects for ever, after pauses that no two nodes share: they all lose a server at the same moment.
async fn keep_up(node: &Node, states: &watch::Sender<State>) -> Never {
    loop {
        let opened = Connection::open(node, Line::MESSAGES).await;
        let (failure, settled) = match opened {
            Err(failure) => (failure, false),
            Ok((connection, mut ended)) => {
                let since = node.settings.now();
                states.send_replace(State::Connected(Arc::clone(&connection)));
                let failure = connection.lost(node, &mut ended).await;
                (failure, node.settings.now().since(since) >= Line::SETTLED)
            }
        };
        states.send_replace(State::Connecting(failure));
        let least = if settled { 0.0 } else { 1.0 };
        let pause = Line::PAUSE.mul_f64(least + node.settings.random.next_fraction());
        node.settings.clock.sleep_until(node.settings.now() + pause).await;
    }
}
