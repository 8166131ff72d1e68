//! How to get in.

use std::fmt;
use std::future::ready;
use std::pin::Pin;

use fred::types::config::{CredentialProvider, Server};

/// A user and a password; neither is ever shown.
#[derive(Clone)]
pub struct Credentials {
    username: Option<String>,
    password: String,
}

impl Credentials {
    /// The password of `username`, or of the server's default user.
    #[must_use]
    pub fn new(username: Option<String>, password: impl Into<String>) -> Self {
        Self { username, password: password.into() }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(***)")
    }
}

type Fetched = Result<(Option<String>, Option<String>), fred::error::Error>;

/// The client asks for them when it connects; its own configuration, which shows what it holds, never has them.
#[derive(Debug)]
pub(crate) struct Login(pub(crate) Credentials);

impl CredentialProvider for Login {
    fn fetch<'a, 'b, 'c>(&'a self, _: Option<&'b Server>) -> Pin<Box<dyn Future<Output = Fetched> + Send + 'c>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        let Credentials { username, password } = &self.0;
        Box::pin(ready(Ok((username.clone(), Some(password.clone())))))
    }
}
