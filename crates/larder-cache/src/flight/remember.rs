//! Errors that are remembered: given to those who ask next, instead of another load.

use larder_core::{Error, ErrorKind, Event, Reentry, Tags, ablation};

use super::pilot::Departed;
use super::{Errand, Remembered};
use crate::cache::Core;
use crate::value::Value;

impl<V: Value> Departed<V> {
    /// Remembers the error of the loader, if the cache is to, unless there is something to serve or the key was changed.
    ///
    /// What is known of the tags of the value that did not come are those of `tags`.
    pub(super) fn remember(&self, error: &Error, tags: Tags) {
        let plan = &self.plan;
        let (Some(ttl), Some(ticket)) = (plan.core.policy.error_ttl, &plan.ticket) else { return };
        if !is_of_the_origin(error) {
            return;
        }
        let (core, now, as_of) = (&plan.core, plan.core.clock.now(), plan.flight.as_of);
        let remembered = Remembered { error: error.clone(), until: now + ttl, as_of, tags };
        let remember = || {
            let nothing = !self.has_something() && !core.root.is_off();
            nothing.then(|| core.backoff.remember(&plan.key.clone().into_text(), now, remembered))
        };
        let made_way =
            if ablation::off("error_fence") { remember() } else { core.flights.during(ticket, remember).flatten() };
        drop(made_way);
    }

    /// The error of the last load, if it is to be given instead of a load. A call that wants a load now gets one.
    pub(super) fn recall(&self) -> Option<Error> {
        let Errand::Find(_) = self.plan.errand else { return None };
        let (core, key) = (&self.plan.core, self.plan.key.as_str());
        let error = core.remembered(key)?.error;
        core.voice.tell(&Event::Refrain { cache: &core.name, key, error: &error });
        Some(error)
    }
}

impl<V: Value> Core<V> {
    /// The error that is remembered of `key`, if nothing invalidated what failed.
    pub(crate) fn remembered(&self, key: &str) -> Option<Remembered> {
        let remembered = self.backoff.remembered(key, self.clock.now())?;
        self.cache_clock.is_valid(remembered.as_of, &remembered.tags).then_some(remembered)
    }
}

/// Whether the origin failed: not a cache that protected it, nor a loader that waited for itself.
fn is_of_the_origin(error: &Error) -> bool {
    let shed = || error.load_error::<Error>().is_some_and(|inner| inner.kind() == ErrorKind::Shed);
    match error.kind() {
        ErrorKind::Load => error.load_error::<Reentry>().is_none() && !shed(),
        ErrorKind::Timeout => true,
        _ => false,
    }
}
