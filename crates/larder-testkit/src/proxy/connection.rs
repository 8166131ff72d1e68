//! One connection: a client, the server behind, and the two ways between them.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::link::End;
use super::pump::Pump;
use super::upstream::Connection;
use super::{ProxyLink, Shared, Way};

/// Carries `client` until either side or the test ends it.
pub(super) async fn carry(mut client: TcpStream, shared: Arc<Shared>) {
    let link = shared.open();
    let _leaves = Leaves { link: &link, shared: &shared };
    let mut server = None;
    let end = tokio::select! {
        biased;
        end = link.ending() => end,
        result = connect(&mut client, &mut server, &shared, &link) => {
            if result.is_ok() { End::Close } else { End::Reset }
        }
    };
    finish(&mut client, end).await;
    if let Some(server) = &mut server {
        finish(server.as_mut(), end).await;
    }
    // Before anybody is told that it is over.
    drop((client, server));
}

async fn finish(side: &mut dyn Connection, end: End) {
    match end {
        End::Close => drop(side.shutdown().await),
        End::Reset => side.break_off(),
    }
}

async fn connect(
    client: &mut TcpStream,
    server: &mut Option<Box<dyn Connection>>,
    shared: &Shared,
    link: &ProxyLink,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    if shared.faults.is_blackhole() {
        link.blackhole();
        return swallow(client).await;
    }
    let server = server.insert(shared.faults.upstream().connect().await?);
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = tokio::io::split(server.as_mut());
    let pump = |way| Pump { way, shared, link };
    let (requests, replies) = (pump(Way::Requests), pump(Way::Replies));
    tokio::try_join!(requests.run(from_client, to_server), replies.run(from_server, to_client)).map(drop)
}

/// Takes everything and answers nothing, until the client has enough.
async fn swallow(client: &mut TcpStream) -> io::Result<()> {
    let mut bytes = vec![0; 16 * 1024];
    while client.read(&mut bytes).await? > 0 {}
    Ok(())
}

/// Takes the connection off the list, however it ends.
struct Leaves<'a> {
    link: &'a ProxyLink,
    shared: &'a Shared,
}

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.shared.leave(self.link);
    }
}
