//! What a test may want of its server.

use std::fmt;
use std::path::PathBuf;

use larder_core::Result;

use super::configuration::Choices;
use super::{RedisServer, find_redis_server};

/// A server that is about to be started; made by [`RedisServer::builder`].
///
/// # Examples
/// ```no_run
/// # larder_testkit::run(async {
/// use larder_testkit::RedisServer;
///
/// let server = RedisServer::builder().unix().password("secret").arg("maxmemory", "2mb").start().await?;
/// assert!(server.url().starts_with("unix://"));
/// # Ok::<(), larder_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Default)]
pub struct RedisServerBuilder {
    pub(super) choices: Choices,
    pub(super) unix: bool,
    pub(super) program: Option<PathBuf>,
}

impl RedisServerBuilder {
    /// Makes [`url`](RedisServer::url) name the unix socket instead of the port.
    #[must_use]
    pub fn unix(self) -> Self {
        Self { unix: true, ..self }
    }

    /// Asks for a password, as the directive `requirepass` does.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.choices.password = Some(password.into());
        self
    }

    /// Adds a user with rules as `ACL SETUSER` takes them, such as `on >secret ~app:* +get`.
    #[must_use]
    pub fn user_acl(mut self, name: impl Into<String>, rules: impl Into<String>) -> Self {
        self.choices.users.push((name.into(), rules.into()));
        self
    }

    /// Adds a directive of the configuration file, such as `maxmemory` and `2mb`.
    #[must_use]
    pub fn arg(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.choices.directives.push((name.into(), value.to_string()));
        self
    }

    /// Starts this program instead of the one found, to test a certain version.
    #[must_use]
    pub fn version_from(self, program: impl Into<PathBuf>) -> Self {
        Self { program: Some(program.into()), ..self }
    }

    /// Starts the server and waits until it answers.
    ///
    /// # Errors
    /// `Unavailable` when no server is found or it does not start; the message says how to mend it.
    ///
    /// # Cancellation
    /// Nothing is left of a server whose start was abandoned.
    pub async fn start(self) -> Result<RedisServer> {
        let program = match &self.program {
            Some(program) => program.clone(),
            // Unpacking a package takes seconds, in which other work of this runtime goes on.
            None => tokio::task::spawn_blocking(find_redis_server).await.expect("finding a program does not panic")?,
        };
        RedisServer::launch(&self, &program).await
    }
}

impl fmt::Debug for RedisServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisServerBuilder").field("unix", &self.unix).finish_non_exhaustive()
    }
}
