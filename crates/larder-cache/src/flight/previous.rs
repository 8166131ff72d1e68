//! The value that a loader may find to hold still.

use std::sync::{Arc, PoisonError};

use larder_core::{Error, Tags, Version};

use super::context::Said;
use super::pilot::Departed;
use super::{Brought, Plan};
use crate::cache::Read;
use crate::l2::{Begun, CacheTier, Look};
use crate::revalidated::NothingToProlong;
use crate::value::Value;

/// A value that is cached and that nothing has invalidated.
#[derive(Debug)]
pub(super) struct Previous<V> {
    pub(super) value: Arc<V>,
    tags: Tags,
    version: Version,
}

/// What a loader brought, and what there was before if that is it.
pub(super) struct Harvest<V> {
    pub(super) value: Option<Arc<V>>,
    pub(super) previous: Option<Previous<V>>,
}

impl<V> Harvest<V> {
    pub(super) fn new(value: Option<V>) -> Self {
        Self { value: value.map(Arc::new), previous: None }
    }

    pub(super) const fn unchanged(&self) -> bool {
        self.previous.is_some()
    }

    /// Whether the shared tier holds just this, with these tags, unless something came since the load began.
    pub(super) fn is_in_place(&self, begun: &Begun, tags: &Tags) -> bool {
        self.previous.as_ref().is_some_and(|previous| previous.is_in_place(begun) && previous.tags == *tags)
    }
}

impl<V> Previous<V> {
    fn is_in_place(&self, begun: &Begun) -> bool {
        begun.version != Version::NONE && self.version == begun.version
    }
}

impl<V: Value> Departed<V> {
    /// What the loader may find to hold still. When the shared tier knows of the load, that is what the tier has, so that it
    /// can live on there.
    pub(super) async fn previous(&self, begun: Option<&Begun>) -> Option<Previous<V>> {
        // A call that goes around the cache looks at nothing.
        self.plan.ticket.as_ref()?;
        let here = self.previous_here();
        let (Some(tier), Some(begun)) = (&self.plan.core.tier, begun) else { return here };
        if begun.version == Version::NONE || here.as_ref().is_some_and(|here| here.is_in_place(begun)) {
            return here;
        }
        let noted = self.there.lock().unwrap_or_else(PoisonError::into_inner).take();
        match noted.filter(|there| there.is_in_place(begun)) {
            Some(there) => Some(there),
            None => self.previous_there(tier).await.filter(|there| there.is_in_place(begun)),
        }
    }

    fn previous_here(&self) -> Option<Previous<V>> {
        let core = &self.plan.core;
        let held = core.memory.read(self.plan.key.as_str(), core.clock.now()).found()?.value;
        let valid = core.cache_clock.is_valid(held.as_of, &held.tags);
        // What this process loaded is under another version there, if it got there.
        let version = if held.shared { held.version } else { Version::NONE };
        valid.then_some(Previous { value: held.value?, tags: held.tags, version })
    }

    async fn previous_there(&self, tier: &CacheTier) -> Option<Previous<V>> {
        let (core, since) = (&self.plan.core, self.plan.core.clock.now());
        match tier.look(self.plan.key.as_str(), self.plan.flight.need).await {
            Look::Found(entry) => previous(&core.decode_counted(&entry, self.plan.flight.as_of, since)?),
            Look::Nothing(..) | Look::Newer | Look::Away => None,
        }
    }

    /// Notes what the shared tier has and what does not answer the call.
    pub(super) fn note_there(&self, read: &Read<V>) {
        *self.there.lock().unwrap_or_else(PoisonError::into_inner) = previous(read);
    }

    /// What the loader's answer means.
    ///
    /// # Errors
    /// `Load` for a "not modified" of nothing, or of what has been invalidated meanwhile.
    pub(super) fn brought(
        &self,
        brought: Brought<V>,
        previous: Option<Previous<V>>,
        said: &Said,
    ) -> Result<Harvest<V>, Error> {
        match brought {
            Brought::Value(value) => Ok(Harvest::new(Some(value))),
            Brought::Nothing => Ok(Harvest::new(None)),
            Brought::NotModified => {
                let nothing = || self.nothing_to_prolong(NothingToProlong::NothingGiven);
                let previous = previous.ok_or_else(nothing)?;
                if !self.is_valid(&self.tags(said, Some(&previous))) {
                    return Err(self.nothing_to_prolong(NothingToProlong::Overtaken));
                }
                Ok(Harvest { value: Some(Arc::clone(&previous.value)), previous: Some(previous) })
            }
        }
    }

    /// Whether what bears `tags` may be kept by this load, as far as is known now.
    fn is_valid(&self, tags: &Tags) -> bool {
        let Plan { core, ticket, flight, .. } = &self.plan;
        let valid = || core.cache_clock.is_valid(flight.as_of, tags);
        ticket.as_ref().and_then(|ticket| core.flights.during(ticket, valid)).unwrap_or(false)
    }

    /// The labels of what is kept: those of the call, of the loader, and of the value that holds still.
    pub(super) fn tags(&self, said: &Said, previous: Option<&Previous<V>>) -> Tags {
        let tags = self.plan.call.tags.and(&said.tags);
        match previous {
            Some(previous) => previous.tags.and(&tags),
            None => tags,
        }
    }

    pub(super) fn nothing_to_prolong(&self, why: NothingToProlong) -> Error {
        Error::load("get_or_load", Arc::new(why)).at(self.plan.core.name.to_string())
    }
}

fn previous<V>(read: &Read<V>) -> Option<Previous<V>> {
    let held = &read.held;
    let value = Arc::clone(held.value.as_ref()?);
    Some(Previous { value, tags: held.tags.clone(), version: held.version })
}
