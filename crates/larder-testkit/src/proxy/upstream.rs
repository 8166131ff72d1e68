//! The server behind a proxy.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use crate::RedisServer;

/// Where a [`Proxy`](crate::Proxy) leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// A port.
    Tcp(SocketAddr),
    /// A unix socket.
    Unix(PathBuf),
}

/// A connection to the server.
pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {
    /// Makes the end of this connection a reset (RST), where there is such a thing.
    fn break_off(&self);
}

impl Connection for TcpStream {
    fn break_off(&self) {
        let _ = self.set_zero_linger();
    }
}

impl Connection for UnixStream {
    fn break_off(&self) {}
}

impl Upstream {
    pub(super) async fn connect(&self) -> io::Result<Box<dyn Connection>> {
        match self {
            Self::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
            Self::Unix(path) => Ok(Box::new(UnixStream::connect(path).await?)),
        }
    }
}

impl From<&RedisServer> for Upstream {
    fn from(server: &RedisServer) -> Self {
        Self::Tcp(server.address())
    }
}

impl From<SocketAddr> for Upstream {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

impl From<&Path> for Upstream {
    fn from(path: &Path) -> Self {
        Self::Unix(path.to_owned())
    }
}
