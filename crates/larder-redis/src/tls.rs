//! How connections are encrypted.

use std::fmt;
use std::path::PathBuf;

/// Encryption of connections: the server's name is always verified, by the system's authorities or by one's own.
///
/// The files are read when the node is built.
#[derive(Clone, Default)]
pub struct Tls {
    pub(crate) authorities: Option<PathBuf>,
    pub(crate) identity: Option<Identity>,
}

/// Whom this side says it is.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) certificates: PathBuf,
    pub(crate) key: PathBuf,
}

impl Tls {
    /// Trusts the authorities that this system trusts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the authorities in this PEM file, and no others.
    #[must_use]
    pub fn authorities(self, file: impl Into<PathBuf>) -> Self {
        Self { authorities: Some(file.into()), ..self }
    }

    /// Shows the server this certificate, with its chain, and proves it with this key; both are PEM files.
    #[must_use]
    pub fn identity(self, certificates: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { identity: Some(Identity { certificates: certificates.into(), key: key.into() }), ..self }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authorities = self.authorities.as_ref().map_or_else(|| "system's".into(), |file| file.to_string_lossy());
        let identity = self.identity.as_ref().map(|identity| (&identity.certificates, &identity.key));
        f.debug_struct("Tls").field("authorities", &authorities).field("identity", &identity).finish()
    }
}
