//! Stores with one fault each: proof that every law finds what it is there to find.
//!
//! Each function makes a fixture whose store breaks the one law that names it in [`LAWS`](crate::laws::LAWS). A fault is
//! a few lines over a store that works; the suite's own tests show that the law rejects it and accepts the store without.

mod coordination;
mod entries;
mod fault;
mod notices;
mod ranges;
mod writes;

pub use coordination::{
    abandons_nothing, always_says_existed, expires_by_removing, forgets_loads_that_match, forgets_removals,
    forgets_tags, keeps_from_the_first_begin, leases_to_everybody, prolongs_nothing, reuses_tokens,
    stops_the_cache_clock,
};
pub use entries::{always_says_deleted, cuts_payloads, drops_in_silence, forgets_the_time, keeps_the_first};
pub use fault::{Broken, Fault};
pub use notices::{forgets_who_wrote, stamps_heartbeats_on_arrival, tells_of_fills};
pub use ranges::{clears_too_much, scans_by_prefix, sorts_the_answers};
pub use writes::{
    ignores_deadlines, looks_then_puts_if_absent, looks_then_puts_if_version, pretends_tokens, tears_when_cancelled,
};

use crate::{CoordinatedStore, Fixture, ManualClock, MapStore};

fn over_map(fault: impl Fault) -> Fixture {
    let clock = ManualClock::new();
    Fixture::new(Broken::new(MapStore::new(clock.shared()), fault), clock)
}

fn over_coordinated(fault: impl Fault) -> Fixture {
    over_coordinated_at(|_| fault)
}

fn over_coordinated_at<F: Fault>(fault: impl FnOnce(ManualClock) -> F) -> Fixture {
    let clock = ManualClock::new();
    let store = CoordinatedStore::new(clock.shared());
    let other = store.another_node();
    Fixture::new(Broken::new(store, fault(clock.clone())), clock).with_another_node(other)
}
