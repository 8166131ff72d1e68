//! What was wrong, and what it takes to see it.

use std::fmt;

use crate::chaos::history::{Change, Load, Read};

use super::made::Made;

/// What must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// Every value read was loaded or inserted for that very key.
    Foreign,
    /// Nothing that a node's own change superseded is read there after that change returned.
    Own,
    /// Nothing is a hit for longer than the bound after a change was acknowledged anywhere.
    Bound,
    /// What is past its ttl is flagged as stale, and what is past its grace is gone.
    Lifetime,
    /// What a call says it loaded was read from the origin during that call.
    OldLoad,
    /// What the shared tier knows to be removed is not served as stale by who asks it.
    Removed,
    /// When all is healed and made up for, nothing superseded is served anywhere.
    Convergence,
    /// In a process nothing older takes the place of something newer that is still fresh.
    Backwards,
    /// When all is healed and made up for, no two nodes serve different inserted values as hits.
    Agreement,
    /// The run itself: figures that do not add up, nodes that do not recover, what is left behind.
    Run,
}

/// One law, broken.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which.
    pub law: Law,
    /// By this read.
    pub read: Option<Read>,
    /// By what made the value.
    pub load: Option<Load>,
    /// The same, when it was an insert.
    pub insert: Option<Change>,
    /// And by what superseded it.
    pub change: Option<Change>,
    /// In words.
    pub words: String,
}

impl Violation {
    pub(super) fn new(law: Law, read: &Read, made: Option<&Made<'_>>, change: Option<&Change>) -> Self {
        let (load, insert) = match made {
            Some(Made::Loaded(load)) => (Some(**load), None),
            Some(Made::Inserted(insert)) => (None, Some((*insert).clone())),
            None => (None, None),
        };
        Self { law, read: Some(*read), load, insert, change: change.cloned(), words: law.words().to_owned() }
    }

    /// Something that no read shows.
    pub(in crate::chaos) fn of_run(words: String) -> Self {
        Self { law: Law::Run, read: None, load: None, insert: None, change: None, words }
    }
}

impl Law {
    const fn words(self) -> &'static str {
        match self {
            Self::Foreign => "a value was read that nobody made for this key",
            Self::Own => "a node served what its own change had superseded",
            Self::Bound => "a hit was superseded longer ago than the bound",
            Self::Lifetime => "a value outlived its lifetime",
            Self::OldLoad => "a call was given as loaded what was not loaded during it",
            Self::Removed => "a stale value was served though the shared tier was asked and knew better",
            Self::Convergence => "when all was healed, something superseded was served",
            Self::Backwards => "a process went back to something older than what it had served",
            Self::Agreement => "when all was healed, two nodes served different inserts",
            Self::Run => "the run did not end as it must",
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.law, self.words)?;
        if let Some(load) = &self.load {
            write!(f, "\n    {load}")?;
        }
        if let Some(insert) = &self.insert {
            write!(f, "\n    {insert}")?;
        }
        if let Some(change) = &self.change {
            write!(f, "\n    {change}")?;
        }
        if let Some(read) = &self.read {
            write!(f, "\n    {read}")?;
        }
        Ok(())
    }
}
