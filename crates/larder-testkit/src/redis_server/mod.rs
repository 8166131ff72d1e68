//! A real Redis of a test's own.

mod builder;
mod configuration;
mod fault;
mod foreground;
mod keeper;
mod process;
mod program;

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use larder_core::Result;

pub use builder::RedisServerBuilder;
pub use foreground::keep_redis_server;
pub use program::find_redis_server;

pub(crate) use fault::broken;

use crate::resp::Reply;
use process::Process;

/// A real Redis in a process of the test's own, in memory only.
///
/// It listens at a port and at a unix socket of its own. The server dies with this value, and also with the process of the test when that is killed. The program is the one
/// that [`find_redis_server`] finds.
///
/// # Examples
/// ```no_run
/// # larder_testkit::run(async {
/// use larder_testkit::RedisServer;
///
/// let server = RedisServer::start().await?;
/// server.command(&["SET", "key", "value"]).await?;
/// server.kill()?;
/// server.start_again().await?;
/// assert_eq!(server.command(&["DBSIZE"]).await?.integer(), Some(0));
/// # Ok::<(), larder_core::Error>(())
/// # }).unwrap();
/// ```
pub struct RedisServer {
    process: Process,
    password: Option<String>,
    unix: bool,
}

impl RedisServer {
    /// Starts a server and waits until it answers.
    ///
    /// # Errors
    /// `Unavailable` when no server is found or it does not start; the message says how to mend it.
    pub async fn start() -> Result<Self> {
        Self::builder().start().await
    }

    /// Starts a server with settings of the test's own.
    #[must_use]
    pub fn builder() -> RedisServerBuilder {
        RedisServerBuilder::default()
    }

    async fn launch(builder: &RedisServerBuilder, program: &Path) -> Result<Self> {
        let process = Process::launch(program, &builder.choices).await?;
        Ok(Self { process, password: builder.choices.password.clone(), unix: builder.unix })
    }

    /// Where it listens, on this machine only; the same after [`start_again`](Self::start_again).
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.process.address()
    }

    /// The port of [`address`](Self::address).
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address().port()
    }

    /// The unix socket on which it listens too.
    #[must_use]
    pub fn socket(&self) -> &Path {
        self.process.socket()
    }

    /// The folder of its own, which is gone with it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.process.folder()
    }

    /// The number of the server's process, to look at what the system tells of it.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// The URL, with the password; it names the socket if the server was built with `unix`.
    #[must_use]
    pub fn url(&self) -> String {
        let password = self.password.as_ref().map(|password| format!(":{}@", escaped(password))).unwrap_or_default();
        if self.unix {
            format!("unix://{password}{}", self.socket().display())
        } else {
            format!("redis://{password}{}", self.address())
        }
    }

    /// Kills the server (SIGKILL) and waits for its end; its clients are cut off.
    ///
    /// # Errors
    /// `Invalid` when it does not run.
    pub fn kill(&self) -> Result<()> {
        self.process.kill()
    }

    /// Starts the server again, empty, at the same port and socket.
    ///
    /// A server that still runs is killed before.
    ///
    /// # Errors
    /// `Unavailable` when it does not start.
    pub async fn start_again(&self) -> Result<()> {
        self.process.start_again().await
    }

    /// Stops the server as it stands (SIGSTOP): its connections live, and nothing answers.
    ///
    /// # Errors
    /// `Invalid` when it does not run.
    pub fn pause(&self) -> Result<()> {
        self.process.pause()
    }

    /// Lets a paused server go on (SIGCONT).
    ///
    /// # Errors
    /// `Invalid` when it does not run.
    pub fn resume(&self) -> Result<()> {
        self.process.resume()
    }

    /// Gives one command over a connection of its own, as an almighty user.
    ///
    /// # Errors
    /// `Unavailable` when the server does not run, `Timeout` when it does not answer, `Invalid` when it refuses.
    pub async fn command(&self, words: &[impl AsRef<[u8]> + Sync]) -> Result<Reply> {
        self.process.command(words.iter().map(AsRef::as_ref).collect()).await
    }
}

impl fmt::Debug for RedisServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisServer")
            .field("port", &self.port())
            .field("socket", &self.socket())
            .finish_non_exhaustive()
    }
}

/// A password as it stands in a URL.
fn escaped(password: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    password.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_escaped_in_a_url() {
        assert_eq!(escaped("a-Z.0_~"), "a-Z.0_~");
        assert_eq!(escaped("p@ss:w/rd%ä"), "p%40ss%3Aw%2Frd%25%C3%A4");
    }
}
