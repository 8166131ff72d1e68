//! Where values come from.

use std::collections::HashMap;

use larder_core::Moment;

use crate::chaos::history::{Change, History, Life, Load, Told};
use crate::chaos::number::Number;

/// Who made a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Made<'a> {
    Loaded(&'a Load),
    Inserted(&'a Change),
}

/// Everybody who made a value.
pub(super) struct Makers<'a>(HashMap<u64, Made<'a>>);

impl<'a> Makers<'a> {
    pub(super) fn of(history: &'a History) -> Self {
        let loads = history.loads.iter().map(|load| (load.by, Made::Loaded(load)));
        let inserts = history.changes.iter().filter(|change| matches!(change.told, Told::Insert(_)));
        Self(loads.chain(inserts.map(|change| (change.by, Made::Inserted(change)))).collect())
    }

    /// Who made this value, as it is.
    pub(super) fn find(&self, value: &Number) -> Option<Made<'a>> {
        self.0.get(&value.by).copied().filter(|made| match made {
            Made::Loaded(load) => load.key == value.key && load.number == value.number,
            Made::Inserted(change) => change.keys.contains(&value.key) && change.number == value.number,
        })
    }
}

impl Made<'_> {
    /// The latest moment from which its lifetime can count.
    pub(super) fn born(&self) -> Option<Moment> {
        match self {
            Self::Loaded(load) => load.returned,
            Self::Inserted(change) => Some(change.end),
        }
    }

    pub(super) fn life(&self, history: &History) -> Life {
        match self {
            Self::Inserted(Change { told: Told::Insert(life), .. }) => *life,
            _ => history.life,
        }
    }
}
