use std::fmt;

use crate::digest::Digest;
use crate::error::{KeyError, KeyFault};

/// The identity of a request: 256 bits that differ whenever the answer may differ.
///
/// It is kept beside the answer and compared on every hit. `Display` is 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity(Digest);

impl Identity {
    /// An identity read back from where it was kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Digest::from_bytes(bytes))
    }

    /// All 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The id to show outside, in headers or logs: 64 hex digits that only the tenant's secret can tie to a request.
    ///
    /// A plain hash of a guessable request can be guessed; this one cannot be computed without the secret, and two
    /// tenants see unrelated ids.
    #[must_use]
    pub fn external_id(&self, secret: &TenantSecret) -> String {
        Digest::keyed(&secret.key, self.as_bytes()).to_string()
    }
}

impl From<Digest> for Identity {
    fn from(digest: Digest) -> Self {
        Self(digest)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({self})")
    }
}

/// What makes a tenant's external ids its own. `Debug` never shows it.
#[derive(Clone)]
pub struct TenantSecret {
    key: [u8; 32],
}

impl TenantSecret {
    /// The fewest bytes a secret may have.
    pub const LEAST: usize = 16;

    /// A secret from random bytes of any length from [`LEAST`](Self::LEAST) up.
    ///
    /// # Errors
    /// [`KeyFault::ShortSecret`].
    pub fn new(secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() < Self::LEAST {
            return Err(KeyError::new("tenant secret", KeyFault::ShortSecret { least: Self::LEAST }));
        }
        Ok(Self { key: blake3::derive_key("larder key 1 external id", secret) })
    }
}

impl fmt::Debug for TenantSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TenantSecret(***)")
    }
}
