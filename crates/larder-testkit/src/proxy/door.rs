//! Where clients come in: a port that listens, or refuses.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Shared;
use super::connection::carry;
use crate::port::ReservedPort;
use crate::within::pause;

/// How many clients may wait to be accepted.
const BACKLOG: u32 = 1024;

/// Before the next try to listen, should the port be taken.
const RETRY: Duration = Duration::from_millis(10);

/// Whether new connections are wanted, and whether that is so by now.
#[derive(Debug)]
pub(super) struct Door {
    wanted: watch::Sender<bool>,
    open: watch::Sender<bool>,
}

impl Door {
    pub(super) fn opened() -> Self {
        Self { wanted: watch::Sender::new(true), open: watch::Sender::new(true) }
    }

    /// Opens or closes, and waits until it is so.
    pub(super) async fn set(&self, open: bool) {
        self.wanted.send_replace(open);
        let mut states = self.open.subscribe();
        states.wait_for(|state| *state == open).await.map(drop).expect("the door itself keeps the sender alive");
    }
}

/// Accepts clients for ever; all connections end with this future.
pub(super) async fn attend(port: ReservedPort, mut listener: TcpListener, shared: Arc<Shared>) {
    let mut wanted = shared.door.wanted.subscribe();
    let mut connections = JoinSet::new();
    loop {
        admit(&listener, &mut wanted, &mut connections, &shared).await;
        drop(listener);
        shared.door.open.send_replace(false);
        let _ = wanted.wait_for(|wanted| *wanted).await;
        listener = loop {
            match listen(port.address()) {
                Ok(listener) => break listener,
                Err(_) => pause(RETRY).await,
            }
        };
        shared.door.open.send_replace(true);
    }
}

/// Accepts until that is no longer wanted.
async fn admit(
    listener: &TcpListener,
    wanted: &mut watch::Receiver<bool>,
    connections: &mut JoinSet<()>,
    shared: &Arc<Shared>,
) {
    loop {
        tokio::select! {
            biased;
            _ = wanted.wait_for(|wanted| !wanted) => return,
            Some(_) = connections.join_next() => {}
            client = listener.accept() => {
                if let Ok((client, _)) = client {
                    connections.spawn(carry(client, Arc::clone(shared)));
                }
            }
        }
    }
}

/// Listens beside the socket that reserves the port.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
