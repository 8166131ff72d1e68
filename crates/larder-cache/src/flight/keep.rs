//! What becomes of what a load brought: here, and in the shared tier.

use std::sync::Arc;

use larder_core::{Error, Event, Lifetime, LoadMark, Moment, Version, ablation};

use super::context::Said;
use super::pilot::Departed;
use super::previous::Harvest;
use super::{Landed, Plan, Ticket};
use crate::cache::Core;
use crate::held::Held;
use crate::l2::{Begun, Change, Filled, KeyChange};
use crate::revalidated::NothingToProlong;
use crate::value::Value;
use crate::written::{SkipReason, TierWrite};

/// What is kept of a load that ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// Nothing, and what was there stays.
    Nothing(SkipReason),
    /// Nothing, and what was there goes: there is no value, or it changed and is not to be kept.
    Absence(SkipReason),
    /// What it brought.
    For(Lifetime),
}

/// What a load brought, and what is to be kept of it.
pub(super) struct Kept<V> {
    pub(super) landed: Landed<V>,
    keep: Keep,
    /// The shared tier holds it already, and is to hold it for longer.
    prolongs: bool,
}

impl<V: Value> Departed<V> {
    /// Stores the value here if it may be stored and nothing overtook the load.
    ///
    /// # Errors
    /// `Load` when a value that was said to be unchanged was overtaken.
    pub(super) fn store(&self, harvest: Harvest<V>, said: &Said, begun: Option<&Begun>) -> Result<Kept<V>, Error> {
        let Plan { core, ticket, key, .. } = &self.plan;
        let (unchanged, tags) = (harvest.unchanged(), self.tags(said, harvest.previous.as_ref()));
        let prolongs = begun.is_some_and(|begun| harvest.is_in_place(begun, &tags));
        let (value, born) = (harvest.value, core.clock.now());
        let written = TierWrite::Skipped(SkipReason::Bypass);
        let took = Some(born.since(self.began));
        let mut landed = Landed { value, tags, born, took, source: None, written };
        let keep = self.keep(landed.value.is_some(), said);
        if let Some(ticket) = ticket {
            landed.written = self.settle(ticket, &landed, keep, begun);
        }
        if unchanged && landed.written == TierWrite::Skipped(SkipReason::Superseded) {
            return Err(self.nothing_to_prolong(NothingToProlong::Overtaken));
        }
        if landed.written == TierWrite::Stored {
            core.voice.tell(&Event::Insert { cache: &core.name, key: key.as_str() });
        }
        Ok(Kept { landed, keep, prolongs })
    }

    fn settle(&self, ticket: &Ticket, landed: &Landed<V>, keep: Keep, begun: Option<&Begun>) -> TierWrite {
        let core = &self.plan.core;
        match keep {
            Keep::Nothing(why) => TierWrite::Skipped(why),
            Keep::Absence(why) => {
                // What was there is wrong now. It is dropped out here, without the lock.
                let old = core.flights.settle(ticket, || core.memory.remove(self.plan.key.as_str()));
                TierWrite::Skipped(if old.is_some() { why } else { SkipReason::Superseded })
            }
            Keep::For(lifetime) => {
                let version = begun.map_or(Version::NONE, |begun| begun.version);
                let held = self.held(ticket, landed, version);
                let arrival = core.arrival(&self.plan.key.clone().into_text(), held, lifetime, landed.born);
                core.settle(core.flights.settle(ticket, || core.place(arrival)).flatten())
            }
        }
    }

    fn held(&self, ticket: &Ticket, landed: &Landed<V>, version: Version) -> Held<V> {
        let (value, tags, load_time) = (landed.value.clone(), landed.tags.clone(), landed.took);
        Held {
            value,
            tags,
            as_of: if ablation::off("tag_moment") { self.plan.core.cache_clock.now() } else { self.plan.flight.as_of },
            load_time,
            version,
            shared: false,
            since: self.began,
            refresh_at: Moment::NEVER,
            by: ticket.id(),
        }
    }

    /// What is kept of a load that ended well.
    fn keep(&self, found: bool, said: &Said) -> Keep {
        let Plan { core, call, .. } = &self.plan;
        let (policy, random) = (&core.policy, &*core.root.random);
        let ttl = said.ttl.or(call.ttl).unwrap_or(policy.ttl);
        if core.root.is_off() {
            Keep::Nothing(SkipReason::Disabled)
        } else if said.skip {
            Keep::Nothing(SkipReason::NotWanted)
        } else if ttl.is_zero() {
            Keep::Absence(SkipReason::ZeroTtl)
        } else if !found {
            policy.negative_lifetime(ttl, random).map_or(Keep::Absence(SkipReason::NoValue), Keep::For)
        } else {
            Keep::For(policy.lifetime(ttl, said.grace.or(call.grace), random))
        }
    }

    /// What the shared tier is to be told of the load.
    pub(super) fn share(&self, kept: &Kept<V>, begun: Option<Begun>) -> Share<V> {
        let Plan { core, ticket, key, .. } = &self.plan;
        let (core, key, landed) = (Arc::clone(core), key.clone().into_text(), &kept.landed);
        let superseded = landed.written == TierWrite::Skipped(SkipReason::Superseded);
        let what = match (kept.keep, begun, ticket) {
            (_, _, None) => What::Nothing,
            // The origin is being changed: what was loaded may be from before that.
            (Keep::For(_), Some(begun), _) if core.flights.is_mutating(&key) => What::Leave(begun),
            (Keep::For(lifetime), Some(begun), Some(ticket)) => {
                if kept.prolongs && !ablation::off("prolong") {
                    What::Prolong { begun, lifetime, by: ticket.id() }
                } else {
                    let held = self.held(ticket, landed, begun.version);
                    What::Fill { begun, held, lifetime, born: landed.born }
                }
            }
            // Something newer came: it is not for this load to say that there is nothing.
            (Keep::Absence(_), Some(begun), _) if superseded || begun.version == Version::NONE => What::Leave(begun),
            (Keep::Absence(_), None, _) if superseded => What::Nothing,
            (Keep::Absence(_), begun, _) => What::Remove(begun),
            (Keep::Nothing(_), Some(begun), _) => What::Leave(begun),
            (Keep::For(_) | Keep::Nothing(_), None, _) => What::Nothing,
        };
        Share { core, key, what }
    }
}

/// What the shared tier is to be told of a load.
pub(super) struct Share<V> {
    core: Arc<Core<V>>,
    key: Arc<str>,
    what: What<V>,
}

enum What<V> {
    Nothing,
    /// The load leaves no value.
    Leave(Begun),
    /// What is there is wrong, unless something came between since the load began.
    Remove(Option<Begun>),
    /// The value.
    Fill {
        begun: Begun,
        held: Held<V>,
        lifetime: Lifetime,
        born: Moment,
    },
    /// The value that is there lives on.
    Prolong {
        begun: Begun,
        lifetime: Lifetime,
        by: u64,
    },
}

impl<V: Value> Share<V> {
    pub(super) async fn send(self) {
        let Self { core, key, what } = self;
        let Some(tier) = &core.tier else { return };
        match what {
            What::Nothing => {}
            What::Leave(begun) => drop(tier.leave(&key, begun, LoadMark::NoShare).await),
            What::Remove(begun) => {
                let ours = match begun {
                    Some(begun) => tier.leave(&key, begun, LoadMark::NoShare).await,
                    None => true,
                };
                if ours && tier.remove(&key, tier.l2.write()).await.is_none() {
                    tier.pending.mark(Change::Key(key, KeyChange::Remove));
                }
            }
            What::Prolong { begun, lifetime, by } => {
                if tier.prolong(&key, begun, lifetime).await == Filled::Superseded {
                    core.take_back(&key, by);
                }
            }
            What::Fill { begun, held, lifetime, born } => {
                let filled = match core.parcel(tier, &held, lifetime, born) {
                    Ok(parcel) => tier.fill(&key, begun, parcel).await,
                    Err(_) => {
                        tier.leave(&key, begun, LoadMark::NoShare).await;
                        return;
                    }
                };
                if filled == Filled::Superseded {
                    core.take_back(&key, held.by);
                }
            }
        }
    }
}
