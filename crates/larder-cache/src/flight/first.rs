//! What a load does before it loads: it asks the shared tier.

use std::time::Duration;

use larder_core::{Entry, Error, ErrorKind, Freshness, LoadMark, MissReason, Moment, Tier, Version, ablation};

use super::pilot::Departed;
use super::{Errand, Landed, Plan, Ticket, Wanted};
use crate::cache::{Read, Seen};
use crate::l2::{Beginning, Begun, CacheTier, Look, Looked};
use crate::value::Value;

/// How long a lease lives without being renewed.
pub(super) const LEASE: Duration = Duration::from_secs(2);

/// How often a node that waits asks whether the lease is free: five commands a second.
const LEASE_POLL: Duration = Duration::from_millis(200);

/// What the shared tier said.
pub(super) enum First<V> {
    /// The value: there is no need to load.
    Found(Landed<V>),
    /// Not to load: it failed a moment ago.
    Refrain(Error),
    /// Load, and fill it in if the tier knows of the load.
    Load(Option<Begun>),
}

impl<V: Value> Departed<V> {
    /// Asks the shared tier for the value, then for the right to fill it in. A tier that fails is asked nothing more.
    pub(super) async fn ask_first(&self) -> First<V> {
        let (Some(tier), Some(ticket)) = (&self.plan.core.tier, &self.plan.ticket) else {
            return self.recall().map_or(First::Load(None), First::Refrain);
        };
        // What another node stored meanwhile is better than an error that this one remembers.
        let looked = match self.look_first(tier, ticket).await {
            Ok(landed) => return First::Found(landed),
            Err(looked) => looked,
        };
        if let Some(error) = self.recall() {
            return First::Refrain(error);
        }
        let Some(mut known) = looked else { return First::Load(None) };
        let begun = match self.begin(tier, ticket, &mut known).await {
            Ok(begun) => begun,
            Err(first) => return first,
        };
        if let Some(begun) = begun {
            self.plan.flight.grant(begun.version);
            // Another node stored it since the look, or removed it.
            let changed = begun.version > known && self.plan.errand != Errand::Refresh;
            if changed {
                match self.look(tier, ticket).await {
                    Ok(landed) => return First::Found(landed),
                    // What has a version and is no entry is the memory of a removal, maybe of one that made way for what
                    // is here.
                    Err(Some(Version::NONE)) if self.is_older_here(begun.version) => self.drop_here(ticket),
                    Err(_) => {}
                }
            }
            if let Some(error) = self.failed_elsewhere(tier, begun).await {
                return First::Refrain(error);
            }
        }
        First::Load(begun)
    }

    /// What the shared tier has, unless the caller looked there already, or does not want to.
    async fn look_first(&self, tier: &CacheTier, ticket: &Ticket) -> Result<Landed<V>, Option<Version>> {
        match self.plan.looked {
            None if self.plan.errand == Errand::Refresh => Err(Some(Version::NONE)),
            None => self.look(tier, ticket).await,
            // What it brings stays here: what is there is for those who can read it.
            Some(Looked::Away | Looked::Newer) => Err(None),
            Some(Looked::Useless { version, invalidated }) => {
                if invalidated {
                    self.drop_here(ticket);
                }
                Err(Some(version))
            }
        }
    }

    /// Whether nodes take turns at loading the key. A batch does not wait for one key with the others in its hands.
    pub(super) fn takes_turns(&self) -> bool {
        self.plan.core.policy.lease && !self.plan.batched && !ablation::off("lease")
    }

    /// Begins the load there. With leases, waits while another node loads, and takes its value when it is there.
    async fn begin(&self, tier: &CacheTier, ticket: &Ticket, known: &mut Version) -> Result<Option<Begun>, First<V>> {
        let core = &self.plan.core;
        let refresh = self.plan.errand == Errand::Refresh;
        let lease = if ablation::off("lease_end") { core.policy.max_load_time } else { LEASE };
        let poll = if ablation::off("lease_poll") { Duration::from_millis(1) } else { LEASE_POLL };
        loop {
            match tier.begin(self.plan.key.as_str(), refresh, self.takes_turns().then_some(lease)).await {
                Beginning::Begun(begun) => return Ok(Some(begun)),
                Beginning::Newer | Beginning::Away => return Ok(None),
                Beginning::Held(version) if version > *known => {
                    if let Ok(landed) = self.look(tier, ticket).await {
                        return Err(First::Found(landed));
                    }
                    *known = version;
                }
                Beginning::Held(_) => {}
            }
            let (now, limit) = (core.clock.now(), self.departed + core.policy.max_load_time);
            if now >= limit || core.root.is_off() {
                let why = "another node was still loading the key after `max_load_time`";
                return Err(First::Refrain(core.error(ErrorKind::Timeout, why)));
            }
            core.clock.sleep_until((now + poll).min(limit)).await;
        }
    }

    /// What the shared tier has; else the version of what is of no use, or none when it is away.
    async fn look(&self, tier: &CacheTier, ticket: &Ticket) -> Result<Landed<V>, Option<Version>> {
        let since = self.plan.core.clock.now();
        match tier.look(self.plan.key.as_str(), self.plan.flight.need).await {
            Look::Found(entry) => self.take(ticket, &entry, since).ok_or(Some(entry.version)),
            Look::Nothing(MissReason::Invalidated, version) => {
                self.drop_here(ticket);
                Err(Some(version))
            }
            Look::Nothing(_, version) => Err(Some(version)),
            Look::Newer | Look::Away => Err(None),
        }
    }

    fn is_older_here(&self, version: Version) -> bool {
        self.plan.core.held_version(self.plan.key.as_str()) < version
    }

    /// Drops what is here: the shared tier says that it is wrong, and the notice is on its way or was missed.
    fn drop_here(&self, ticket: &Ticket) {
        let core = &self.plan.core;
        let dropped = core.flights.during(ticket, || core.memory.remove(self.plan.key.as_str()));
        drop(dropped);
    }

    /// Why not to load: another node's load failed, and there is something to serve instead. A call that wants a load now gets one.
    async fn failed_elsewhere(&self, tier: &CacheTier, begun: Begun) -> Option<Error> {
        if self.plan.errand == Errand::Refresh && !ablation::off("refresh_loads") {
            return None;
        }
        let (Some(mark @ LoadMark::FailedFor(pause)), true) = (begun.mark, self.can_do_without()) else { return None };
        let core = &self.plan.core;
        let now = core.clock.now();
        core.backoff.heard(&self.plan.key.clone().into_text(), now, now + pause);
        if self.takes_turns() {
            tier.leave(self.plan.key.as_str(), begun, mark).await;
        }
        Some(core.error(ErrorKind::Unavailable, "a load of this key failed on another node a moment ago"))
    }

    /// Whether something is here that this call takes when nothing is loaded.
    fn can_do_without(&self) -> bool {
        let Plan { core, key, call, flight, .. } = &self.plan;
        match core.look(key.as_str(), flight.need) {
            Seen::Fresh(_) => true,
            Seen::Stale(_, by) | Seen::Unverified(_, by) => call.accepts(by),
            Seen::Negative | Seen::Nothing(_) => false,
        }
    }

    /// Whether something is here that can be served when the load fails.
    pub(super) fn has_something(&self) -> bool {
        let seen = self.plan.core.look(self.plan.key.as_str(), self.plan.flight.need);
        matches!(seen, Seen::Fresh(_) | Seen::Stale(..) | Seen::Unverified(..))
    }

    /// Promotes what was found. None when it does not answer the call: it is stale, and here now for the case that the
    /// load fails, or a "not found" that the call does not take.
    fn take(&self, ticket: &Ticket, entry: &Entry, since: Moment) -> Option<Landed<V>> {
        let core = &self.plan.core;
        let read = core.decode_counted(entry, self.plan.flight.as_of, since)?;
        let (value, tags, born, took) =
            (read.held.value.clone(), read.held.tags.clone(), read.born, read.held.load_time);
        let fresh = read.freshness(core.clock.now()) == Freshness::Fresh;
        let answers = fresh
            && match self.plan.errand {
                Errand::Find(wanted) => value.is_some() || wanted == Wanted::Optional,
                Errand::Ahead(known) => read.born > known,
                Errand::Refresh | Errand::Apart => false,
            };
        if !answers {
            self.note_there(&read);
            if value.is_none() || fresh {
                return None;
            }
        }
        let Read { held, lifetime, born: _ } = read;
        let arrival = core.arrival(&self.plan.key.clone().into_text(), held, lifetime, born);
        let placed = if answers {
            core.flights.settle(ticket, || core.place(arrival))
        } else {
            core.flights.during(ticket, || core.place(arrival))
        };
        let written = core.settle(placed.flatten());
        core.backoff.forget_error(self.plan.key.as_str());
        answers.then_some(Landed { value, tags, born, took, source: Some(Tier::L2), written })
    }
}
