//! A port of this machine that nobody else gets while it is reserved.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpSocket;

/// A bound socket that does not listen.
///
/// Whoever names the port and reuses addresses may listen beside it, as Redis does; the system gives the port to nobody
/// else in between, and no connection that is tried while nobody listens can meet itself.
#[derive(Debug)]
pub(crate) struct ReservedPort {
    number: u16,
    /// Only on Linux may somebody listen where another socket is bound.
    #[cfg(target_os = "linux")]
    _socket: TcpSocket,
}

impl ReservedPort {
    /// Asks the system for a free port.
    pub(crate) fn new() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let number = socket.local_addr()?.port();
        // Set after the port was chosen: before, the system might have given one that is reserved already.
        socket.set_reuseaddr(true)?;
        Ok(Self {
            number,
            #[cfg(target_os = "linux")]
            _socket: socket,
        })
    }

    /// The number of the port.
    pub(crate) fn number(&self) -> u16 {
        self.number
    }

    /// The address of the port.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.number))
    }
}
