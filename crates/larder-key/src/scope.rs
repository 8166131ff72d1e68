use std::fmt;
use std::sync::Arc;

use crate::canonical::Canonical;
use crate::digest::{self, Digest};
use crate::encoder::Encoder;
use crate::error::{KeyError, KeyFault};
use crate::sink::HashSink;

/// Whose data it is: everybody's, a tenant's, or a user's.
///
/// A scope is always named: there is no default. Two scopes never share a key. Ids are compared as they are; an empty id
/// is refused when a key is made. Build a scope once and clone it: clones are cheap and its hash is computed once.
///
/// `Debug` shows the hash of the ids, not the ids.
///
/// ```
/// use larder_key::Scope;
///
/// assert_ne!(Scope::tenant("acme").hash(), Scope::user("acme").hash());
/// assert_ne!(Scope::user("ann").hash(), Scope::user_of("acme", "ann").hash());
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    tenant: Option<Arc<str>>,
    user: Option<Arc<str>>,
    digest: Digest,
}

impl Scope {
    /// Data that anybody may see.
    #[must_use]
    pub fn public() -> Self {
        Self::of(None, None)
    }

    /// Data of a tenant, for all its users.
    #[must_use]
    pub fn tenant(tenant: impl Into<Arc<str>>) -> Self {
        Self::of(Some(tenant.into()), None)
    }

    /// Data of one user, where users have no tenant.
    #[must_use]
    pub fn user(user: impl Into<Arc<str>>) -> Self {
        Self::of(None, Some(user.into()))
    }

    /// Data of one user of a tenant.
    #[must_use]
    pub fn user_of(tenant: impl Into<Arc<str>>, user: impl Into<Arc<str>>) -> Self {
        Self::of(Some(tenant.into()), Some(user.into()))
    }

    /// The tenant's id, if the scope has one.
    #[must_use]
    pub fn tenant_id(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// The user's id, if the scope has one.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Whether anybody may see the data.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.tenant.is_none() && self.user.is_none()
    }

    /// What keys and tags show of the scope: 128 bits of its hash in hex.
    #[must_use]
    pub fn hash(&self) -> String {
        self.digest.short()
    }

    pub(crate) fn digest(&self) -> &Digest {
        &self.digest
    }

    fn of(tenant: Option<Arc<str>>, user: Option<Arc<str>>) -> Self {
        let mut sink = HashSink::new(&digest::SCOPE);
        Encoder::run(&mut sink, |encoder| write(encoder, tenant.as_deref(), user.as_deref()))
            .expect("two texts have a canonical form");
        let digest = sink.whole.expect("an encoding that did not fail has an end");
        Self { tenant, user, digest }
    }
}

/// Ids are length-prefixed, so no id can be crafted to read as another scope.
impl Canonical for Scope {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        let (tenant, user) = (self.tenant_id(), self.user_id());
        if tenant == Some("") {
            return Err(KeyError::new("tenant", KeyFault::Empty));
        }
        if user == Some("") {
            return Err(KeyError::new("user", KeyFault::Empty));
        }
        write(encoder, tenant, user)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match (&self.tenant, &self.user) {
            (None, None) => return f.write_str("Public"),
            (Some(_), None) => "Tenant",
            (None, Some(_)) => "User",
            (Some(_), Some(_)) => "UserOfTenant",
        };
        write!(f, "{kind}({})", self.hash())
    }
}

fn write(encoder: &mut Encoder<'_>, tenant: Option<&str>, user: Option<&str>) -> Result<(), KeyError> {
    encoder.record(|record| {
        record.optional(1, "tenant", tenant)?;
        record.optional(2, "user", user)
    })
}
