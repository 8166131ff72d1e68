//! The process of a server: launched, told what to do, asked.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use larder_core::{Error, ErrorKind, Result};
use tokio::net::UnixStream;

use super::configuration::{self, ADMIN, Choices};
use super::fault::{broken, fault};
use super::keeper::Keeper;
use crate::port::ReservedPort;
use crate::resp::{self, Reply};
use crate::within::{pause, within};

/// How long a server may take to start or answer: a machine that tests is slow.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks at a server that starts.
const LOOK: Duration = Duration::from_millis(2);

/// How often a port may turn out to be taken after all.
const PORTS: usize = 8;

/// The path of a unix socket has at most about 100 bytes, on every system.
const SHORT: usize = 64;

#[derive(Debug)]
pub(super) struct Process {
    keeper: Mutex<Keeper>,
    id: AtomicU32,
    port: ReservedPort,
    folder: PathBuf,
    socket: PathBuf,
    admin: Secret,
    log: File,
}

impl Process {
    /// Starts `program`, and again at another port when somebody else took the first.
    pub(super) async fn launch(program: &Path, choices: &Choices) -> Result<Self> {
        let mut left = PORTS;
        loop {
            left -= 1;
            let process = Self::prepare(program, choices)
                .map_err(|error| broken("start", "the server's process could not be prepared", error))?;
            process.begin()?;
            match process.ready().await {
                Ok(()) => return Ok(process),
                Err(_) if left > 0 && process.says("Address already in use") => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn prepare(program: &Path, choices: &Choices) -> io::Result<Self> {
        let port = ReservedPort::new()?;
        let folder = tempfile::Builder::new().prefix("larder-redis-").tempdir_in(parent())?;
        let (socket, file) = (folder.path().join("socket"), folder.path().join("redis.conf"));
        let admin = Secret::new();
        std::fs::write(&file, configuration::text(choices, folder.path(), &socket, port.number(), &admin.0))?;
        let log = tempfile::tempfile()?;
        let keeper = Keeper::new(folder.path(), program, [&file], log.try_clone()?.into())?;
        // From here on the keeper removes the folder, also when this process is killed.
        let folder = folder.keep();
        Ok(Self { keeper: Mutex::new(keeper), id: AtomicU32::default(), port, folder, socket, admin, log })
    }

    fn begin(&self) -> Result<()> {
        let id = self.keeper().start().map_err(|error| broken("start", "the server's keeper is gone", error))?;
        self.id.store(id, Ordering::Release);
        Ok(())
    }

    /// Waits until the server answers PONG.
    async fn ready(&self) -> Result<()> {
        let answers = async {
            loop {
                if self.folder.join("ended").exists() {
                    return Err(self.failure("it ended at once"));
                }
                if self.ask(vec![b"PING"]).await.is_ok_and(|reply| reply.text() == Some("PONG")) {
                    return Ok(());
                }
                pause(LOOK).await;
            }
        };
        within(PATIENCE, answers).await.unwrap_or_else(|| Err(self.failure("it does not answer")))
    }

    pub(super) async fn start_again(&self) -> Result<()> {
        self.order("start_again", Keeper::kill)?;
        self.begin()?;
        self.ready().await
    }

    pub(super) fn kill(&self) -> Result<()> {
        self.demand("kill", Keeper::kill)
    }

    pub(super) fn pause(&self) -> Result<()> {
        self.demand("pause", Keeper::stop)
    }

    pub(super) fn resume(&self) -> Result<()> {
        self.demand("resume", Keeper::go_on)
    }

    pub(super) async fn command(&self, words: Vec<&[u8]>) -> Result<Reply> {
        let asked = within(PATIENCE, self.ask(words)).await;
        let reply = asked.ok_or_else(|| {
            fault(ErrorKind::Timeout, "command", "the server does not answer; if it is paused, call `resume` first")
        })?;
        match reply {
            Ok(Reply::Refusal(words)) => {
                Err(fault(ErrorKind::Invalid, "command", format!("the server refused: {words}")))
            }
            Ok(reply) => Ok(reply),
            Err(error) => {
                Err(broken("command", "no connection to the server; if it was killed, call `start_again` first", error))
            }
        }
    }

    pub(super) fn id(&self) -> u32 {
        self.id.load(Ordering::Acquire)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.port.address()
    }

    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    async fn ask(&self, words: Vec<&[u8]>) -> io::Result<Reply> {
        let stream = UnixStream::connect(&self.socket).await?;
        let login: Vec<&[u8]> = vec![b"AUTH", ADMIN.as_bytes(), self.admin.0.as_bytes()];
        let mut replies = resp::ask(stream, &[login, words]).await?;
        match replies.swap_remove(0) {
            Reply::Refusal(words) => Ok(Reply::Refusal(words)),
            _ => Ok(replies.swap_remove(0)),
        }
    }

    /// An order that a server must be there for.
    fn demand(&self, operation: &'static str, order: fn(&mut Keeper) -> io::Result<bool>) -> Result<()> {
        match self.order(operation, order)? {
            true => Ok(()),
            false => Err(fault(ErrorKind::Invalid, operation, "the server does not run; `start_again` starts it")),
        }
    }

    fn order(&self, operation: &'static str, order: fn(&mut Keeper) -> io::Result<bool>) -> Result<bool> {
        order(&mut self.keeper()).map_err(|error| broken(operation, "the server's keeper is gone", error))
    }

    fn keeper(&self) -> MutexGuard<'_, Keeper> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failure(&self, what: &str) -> Error {
        let said: Vec<String> = self.log().lines().map(|line| line.trim().to_owned()).collect();
        let last = said[said.len().saturating_sub(5)..].join(" / ");
        fault(ErrorKind::Unavailable, "start", format!("{what}; correct the program or its settings; it said: {last}"))
    }

    fn says(&self, words: &str) -> bool {
        self.log().contains(words)
    }

    /// What the server printed, without moving where it prints next.
    fn log(&self) -> String {
        let mut bytes = vec![0; 16 * 1024];
        let length = self.log.metadata().map_or(0, |metadata| metadata.len());
        let read = self.log.read_at(&mut bytes, length.saturating_sub(16 * 1024)).unwrap_or(0);
        String::from_utf8_lossy(&bytes[..read]).into_owned()
    }
}

/// The password of the fixture's own user.
struct Secret(String);

impl Secret {
    fn new() -> Self {
        let random = || RandomState::new().hash_one(std::process::id());
        Self(format!("{:016x}{:016x}", random(), random()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Where the folders of servers are: with all that does not last, if that path is short.
fn parent() -> PathBuf {
    let usual = std::env::temp_dir();
    if usual.as_os_str().len() <= SHORT { usual } else { PathBuf::from("/tmp") }
}
