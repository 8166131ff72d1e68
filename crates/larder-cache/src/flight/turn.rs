//! When a load may run: its turn at the origin, and the pause after a failure.

use std::time::Duration;

use larder_core::{Error, ErrorKind, LoadMark, ablation};
use tokio::sync::SemaphorePermit;

use super::pilot::Departed;
use crate::cache::Core;
use crate::l2::{Begun, CacheTier, Phase};
use crate::value::Value;

impl<V: Value> Departed<V> {
    /// Waits for the turn of a load while the shared tier is away: then all that it answered goes to the origin.
    ///
    /// # Errors
    /// `Shed` when there is something stale to serve instead, and when the turn did not come within `max_load_time`.
    pub(super) async fn turn<'a>(&self, core: &'a Core<V>, shared: bool) -> Result<Option<SemaphorePermit<'a>>, Error> {
        if !self.is_capped(shared) {
            return Ok(None);
        }
        if let Ok(turn) = core.origin.try_acquire() {
            return Ok(Some(turn));
        }
        if self.has_something() {
            return Err(core.shed());
        }
        self.plan.flight.set_queued(true);
        let turn = self.wait_for_turn(core).await?;
        self.plan.flight.set_queued(false);
        Ok(turn)
    }

    /// Whether the load needs a turn; a `shared` one is known to the shared tier, so that answers.
    pub(super) fn is_capped(&self, shared: bool) -> bool {
        let away = |tier: &CacheTier| !shared && tier.l2.breaker.phase() != Phase::Closed;
        let capped = self.plan.ticket.is_some() && self.plan.core.tier.as_ref().is_some_and(away);
        capped && !ablation::off("origin_cap")
    }

    pub(super) async fn wait_for_turn<'a>(&self, core: &'a Core<V>) -> Result<Option<SemaphorePermit<'a>>, Error> {
        tokio::select! {
            biased;
            turn = core.origin.acquire() => Ok(turn.ok()),
            () = core.clock.sleep_until(self.departed + core.policy.max_load_time) => Err(core.shed()),
            () = core.root.closing(self.plan.begun_open) => {
                Err(core.error(ErrorKind::Unavailable, "the cache was closed before the load began"))
            }
        }
    }

    /// Notes that the load failed; how long it is not to be tried again, if there is something to serve instead.
    pub(super) fn failed(&self, core: &Core<V>) -> Option<Duration> {
        let held = self.plan.ticket.is_some() && self.has_something();
        let key = self.plan.key.clone().into_text();
        held.then(|| core.backoff.failed(&key, core.clock.now(), &*core.root.random))
    }

    /// Tells the other nodes that the load failed.
    pub(super) async fn say_failed(&self, begun: Option<Begun>, pause: Option<Duration>) {
        if let (Some(tier), Some(begun), Some(pause)) = (&self.plan.core.tier, begun, pause) {
            // Whether it is heard is not for this load to know.
            tier.leave(self.plan.key.as_str(), begun, LoadMark::FailedFor(pause)).await;
        }
    }
}

impl<V: Value> Core<V> {
    pub(super) fn shed(&self) -> Error {
        self.error(ErrorKind::Shed, "the shared tier is away and too many loads run already; try again later")
    }
}
