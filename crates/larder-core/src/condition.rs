//! When a put may be done, and what became of it.

use crate::{Moment, Token, Version, WriteId};

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

/// When a put may be done, until when, and by which number its writer knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What must hold.
    pub when: When,
    /// After this moment the put is refused as late; none means no limit.
    pub deadline: Option<Moment>,
    /// The writer's number of this put, for the notice of it; a fill has no notice and needs none.
    pub write: Option<WriteId>,
}

impl Condition {
    /// Replace whatever is there.
    pub const ALWAYS: Self = Self { when: When::Always, deadline: None, write: None };
    /// Only where nothing is.
    pub const IF_ABSENT: Self = Self { when: When::IfAbsent, deadline: None, write: None };

    /// Only while `token` is in place.
    #[must_use]
    pub const fn if_token(token: Token) -> Self {
        Self { when: When::IfToken(token), deadline: None, write: None }
    }

    /// Only over `version`.
    #[must_use]
    pub const fn if_version(version: Version) -> Self {
        Self { when: When::IfVersion(version), deadline: None, write: None }
    }

    /// The same, and not after `deadline`.
    #[must_use]
    pub const fn by(self, deadline: Moment) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// The same, under the writer's number `write`.
    #[must_use]
    pub const fn as_write(self, write: WriteId) -> Self {
        Self { write: Some(write), ..self }
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
    /// Nothing was stored; but for [`Refusal::Full`], what was there is still there.
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
    /// The store is full and prefers what it holds, or the entry alone is more than it may hold. What was there may have had
    /// to go too.
    Full,
}
