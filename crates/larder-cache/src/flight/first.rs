//! What a load does before it loads: it asks the shared tier.

use larder_core::{Entry, Freshness, Tier, Version};

use super::pilot::Departed;
use super::{Errand, Landed, Ticket, Wanted};
use crate::cache::Read;
use crate::l2::{Begun, CacheTier, Look};
use crate::value::Value;

/// What the shared tier said.
pub(super) enum First<V> {
    /// The value: there is no need to load.
    Found(Landed<V>),
    /// Load, and fill it in if the tier knows of the load.
    Load(Option<Begun>),
}

impl<V: Value> Departed<V> {
    /// Asks the shared tier for the value, then for the right to fill it in. A tier that fails is asked nothing more.
    pub(super) async fn ask_first(&self) -> First<V> {
        let (Some(tier), Some(ticket)) = (&self.plan.core.tier, &self.plan.ticket) else { return First::Load(None) };
        let mut known = Version::NONE;
        if let Errand::Find(wanted) = self.plan.errand {
            match self.look(tier, ticket, wanted).await {
                Ok(landed) => return First::Found(landed),
                Err(Some(version)) => known = version,
                Err(None) => return First::Load(None),
            }
        }
        let begun = tier.begin(self.plan.key.as_str(), self.plan.errand == Errand::Refresh).await;
        if let Some(begun) = begun {
            self.plan.flight.grant(begun.version);
            if begun.version > known
                && let Errand::Find(wanted) = self.plan.errand
                // Another node stored it since the look, or removed it.
                && let Ok(landed) = self.look(tier, ticket, wanted).await
            {
                return First::Found(landed);
            }
        }
        First::Load(begun)
    }

    /// What the shared tier has; else the version of what is of no use, or none when it is away.
    async fn look(&self, tier: &CacheTier, ticket: &Ticket, wanted: Wanted) -> Result<Landed<V>, Option<Version>> {
        match tier.look(self.plan.key.as_str()).await {
            Look::Found(entry) => self.take(ticket, wanted, &entry).ok_or(Some(entry.version)),
            Look::Nothing(_) => Err(Some(Version::NONE)),
            Look::Away => Err(None),
        }
    }

    /// Promotes what was found. None when it does not answer the call: it is stale, and here now for the case that the
    /// load fails, or a "not found" that the call does not take.
    fn take(&self, ticket: &Ticket, wanted: Wanted, entry: &Entry) -> Option<Landed<V>> {
        let core = &self.plan.core;
        let read = core.decode(entry, self.plan.flight.as_of)?;
        let (value, tags, born, took) =
            (read.held.value.clone(), read.held.tags.clone(), read.born, read.held.load_time);
        let fresh = read.freshness(core.clock.now()) == Freshness::Fresh;
        let answers = fresh && (value.is_some() || wanted == Wanted::Optional);
        if !answers && value.is_none() {
            return None;
        }
        let Read { held, lifetime, born: _ } = read;
        let arrival = core.arrival(&self.plan.key.clone().into_text(), held, lifetime, born);
        let placed = if answers {
            core.flights.settle(ticket, || core.place(arrival))
        } else {
            core.flights.during(ticket, || core.place(arrival))
        };
        let written = core.settle(placed.flatten());
        answers.then_some(Landed { value, tags, born, took, source: Some(Tier::L2), written })
    }
}
