//! A Redis for the demo. It needs none to be installed: the test kit finds a server, or unpacks one.

use std::io::{self, PipeWriter, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{LIMIT, build};
use crate::output;
use crate::process::{self, Ended, Running};
use crate::stopwatch::Stopwatch;
use crate::verdict::{Fault, Result};

const PROGRAM: &str = "larder-redis-server";
const BUILD: &[&str] = &["build", "--package", "larder-testkit", "--features", "redis", "--bin", PROGRAM];

/// Between finding a free port and listening there another program may take it.
const ATTEMPTS: usize = 3;

/// A server on a port of its own. It ends with this value, and with this process.
#[derive(Debug)]
pub(super) struct Redis {
    /// The other end of what the server's keeper reads: it ends when nobody holds it any more.
    held: PipeWriter,
    keeper: Running,
    address: SocketAddr,
}

impl Redis {
    /// Starts a server and waits until it answers.
    pub(super) fn start() -> Result<Self> {
        let program = build(BUILD, PROGRAM)?;
        find(&program)?;
        let mut started = Self::launch(&program);
        for _ in 1..ATTEMPTS {
            started = started.or_else(|_| Self::launch(&program));
        }
        started
    }

    fn launch(program: &Path) -> Result<Self> {
        let failed = |error| Fault::io("start a Redis", &error);
        let address = free_address().map_err(failed)?;
        let (reader, held) = io::pipe().map_err(failed)?;
        let port = address.port().to_string();
        let mut command = Command::new(program);
        command.args(["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no"]);
        command.args(["--loglevel", "warning"]).stdin(reader).stdout(Stdio::null());
        let keeper = process::start(&mut command)?;
        // The command holds the reader; the server's keeper has its own.
        drop(command);
        let mut redis = Self { held, keeper, address };
        redis.wait_until_it_answers()?;
        Ok(redis)
    }

    fn wait_until_it_answers(&mut self) -> Result<()> {
        let watch = Stopwatch::start();
        while !answers(self.address) {
            let failed = |error| Fault::io("wait for the Redis", &error);
            if let Some(status) = self.keeper.child().try_wait().map_err(failed)? {
                return Err(Fault::new(format!("the Redis ended before it answered: {status}")));
            }
            if watch.elapsed() > LIMIT {
                return Err(Fault::new(format!("the Redis did not answer within {} s", LIMIT.as_secs())));
            }
            process::pause();
        }
        Ok(())
    }

    /// How the service finds it.
    pub(super) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// What keeps it alive: given to another process, it lives as long as that one.
    pub(super) fn held(&self) -> Result<PipeWriter> {
        self.held.try_clone().map_err(|error| Fault::io("hold the Redis", &error))
    }

    /// Ends it at once, as a crash would, and waits for its end.
    pub(super) fn end(self) -> Result<()> {
        let Self { held, mut keeper, .. } = self;
        drop(held);
        match keeper.wait(LIMIT)? {
            Ended::Exited(_) => Ok(()),
            Ended::Killed => Err(Fault::new(format!("the Redis did not end within {} s", LIMIT.as_secs()))),
        }
    }
}

/// Makes sure that there is a server, which may have to be fetched first.
fn find(program: &Path) -> Result<()> {
    let found = process::output(Command::new(program).arg("--path").stderr(Stdio::inherit()))?;
    if !found.status.success() {
        return Err(Fault::new("there is no Redis to start; the words above say what helps"));
    }
    output::note(&format!("redis: {}", String::from_utf8_lossy(&found.stdout).trim()));
    Ok(())
}

fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

fn answers(address: SocketAddr) -> bool {
    ping(address).is_ok_and(|answer| answer == *b"+PONG")
}

fn ping(address: SocketAddr) -> io::Result<[u8; 5]> {
    let limit = Duration::from_secs(1);
    let mut stream = TcpStream::connect_timeout(&address, limit)?;
    stream.set_read_timeout(Some(limit))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}
