//! When a put may be done, and what became of it.

use crate::{Moment, Token, Version};

/// What must hold for a put to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nothing: it replaces what is there.
    Always,
    /// The load token is still in place.
    IfToken(Token),
    /// Nothing is there.
    IfAbsent,
    /// What is there has this version.
    IfVersion(Version),
}

/// When a put may be done, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What must hold.
    pub when: When,
    /// After this moment the put is refused as late; none means no limit.
    pub deadline: Option<Moment>,
}

impl Condition {
    /// Replace whatever is there.
    pub const ALWAYS: Self = Self { when: When::Always, deadline: None };
    /// Only where nothing is.
    pub const IF_ABSENT: Self = Self { when: When::IfAbsent, deadline: None };

    /// Only while `token` is in place.
    #[must_use]
    pub const fn if_token(token: Token) -> Self {
        Self { when: When::IfToken(token), deadline: None }
    }

    /// Only over `version`.
    #[must_use]
    pub const fn if_version(version: Version) -> Self {
        Self { when: When::IfVersion(version), deadline: None }
    }

    /// The same, and not after `deadline`.
    #[must_use]
    pub const fn by(self, deadline: Moment) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Whether `now` is after the deadline.
    #[must_use]
    pub fn is_late(&self, now: Moment) -> bool {
        self.deadline.is_some_and(|deadline| now > deadline)
    }
}

/// What became of a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a refused put stored nothing"]
pub enum Put {
    /// It is stored, under this version.
    Stored(Version),
    /// Nothing was stored, and what was there is still there.
    Refused(Refusal),
}

impl Put {
    /// Whether it is stored.
    pub const fn is_stored(self) -> bool {
        matches!(self, Self::Stored(_))
    }
}

/// Why a put stored nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Something newer came first: the token is gone or the version is another.
    Superseded,
    /// Something is there already.
    Present,
    /// The deadline had passed.
    Late,
    /// The store is full and prefers what it holds.
    Full,
}
