//! The laws of [`Store`](larder_core::Store) and [`Coordinator`](larder_core::Coordinator) as tests: one function for each, its doc the clause that it proves.
//!
//! [`conformance!`](crate::conformance) makes a test of every one. Each may be called by hand as well, on any
//! [`Fixture`]; it panics when the law is broken. A law on a condition or a coordinator that the store does not offer
//! passes: [`unsupported_is_said_beforehand`] proves that the store then says so.

mod cancellation;
mod capacity;
mod conditions;
mod coordination;
mod entries;
mod invalidation;
mod lifetimes;
mod notices;
mod ranges;
mod steps;

use std::fmt;

use larder_core::BoxFuture;

use crate::Fixture;

pub use cancellation::a_cancelled_call;
pub use capacity::a_full_store_may_refuse;
pub use conditions::{if_absent, if_version, late_is_refused, unsupported_is_said_beforehand};
pub use coordination::{
    abandon_leaves_a_mark, cache_clock_grows, expire_leaves_stale, lease_is_exclusive, prolong_moves_nothing,
    tags_have_positions, token_is_kept, token_is_spent_once, token_is_superseded,
};
pub use entries::{delete_tells, get_many_keeps_order, put_replaces, put_then_get};
pub use invalidation::{matching_is_gone, remove_tells};
pub use lifetimes::expired_is_gone;
pub use notices::{heartbeat_comes_back, notices_are_in_order, own_notice_is_recognisable};
pub use ranges::{clear_keeps_to_its_range, scan_matches};

/// The one list of laws: gives `law, "clause", broken fixture;` of each to the macro in brackets, after `context`.
#[doc(hidden)]
#[macro_export]
macro_rules! for_each_law {
    ([$($each:tt)*] $($context:tt)*) => {
        $($each)*! {
            [$($context)*]
            put_then_get, "put then get", cuts_payloads;
            put_replaces, "put replaces", keeps_the_first;
            a_full_store_may_refuse, "a full store may refuse", drops_in_silence;
            delete_tells, "delete tells", always_says_deleted;
            expired_is_gone, "expired is gone", forgets_the_time;
            clear_keeps_to_its_range, "clear keeps to its range", clears_too_much;
            scan_matches, "scan matches", scans_by_prefix;
            get_many_keeps_order, "`get_many` keeps order", sorts_the_answers;
            if_absent, "if absent, if version", looks_then_puts_if_absent;
            if_version, "if absent, if version", looks_then_puts_if_version;
            late_is_refused, "late is refused", ignores_deadlines;
            a_cancelled_call, "a cancelled call", tears_when_cancelled;
            unsupported_is_said_beforehand, "unsupported is said beforehand", pretends_tokens;
            token_is_spent_once, "a token is spent once", reuses_tokens;
            token_is_superseded, "a change supersedes", forgets_removals;
            token_is_kept, "a token is kept", keeps_from_the_first_begin;
            lease_is_exclusive, "a lease is exclusive", leases_to_everybody;
            abandon_leaves_a_mark, "an abandoned load leaves a mark", abandons_nothing;
            prolong_moves_nothing, "prolong moves nothing", prolongs_nothing;
            expire_leaves_stale, "expire leaves stale", expires_by_removing;
            remove_tells, "remove tells", always_says_existed;
            cache_clock_grows, "the clock grows", stops_the_cache_clock;
            tags_have_positions, "tags have positions", forgets_tags;
            matching_is_gone, "matching is gone", forgets_loads_that_match;
            notices_are_in_order, "notices come in order", tells_of_fills;
            own_notice_is_recognisable, "own notices are known", forgets_who_wrote;
            heartbeat_comes_back, "a heartbeat comes back", stamps_heartbeats_on_arrival;
        }
    };
}

/// A law as a value: what it proves, how, and a store that breaks it.
#[derive(Clone, Copy)]
pub struct Law {
    /// The name of its function and of its test.
    pub name: &'static str,
    /// The clause in the docs of `Store` or `Coordinator` that it proves.
    pub clause: &'static str,
    /// Panics when the store of the fixture breaks the law.
    pub check: for<'a> fn(&'a Fixture) -> BoxFuture<'a, ()>,
    /// A store with the one fault that this law is there to find.
    pub broken: fn() -> Fixture,
}

impl fmt::Debug for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Law").field("name", &self.name).field("clause", &self.clause).finish_non_exhaustive()
    }
}

macro_rules! list {
    ([] $($law:ident, $clause:literal, $broken:ident;)*) => {
        /// Every law, in the order of the contract.
        pub const LAWS: &[Law] = &[$(Law {
            name: stringify!($law),
            clause: $clause,
            check: |fixture| Box::pin($law(fixture)),
            broken: crate::broken::$broken,
        },)*];
    };
}

for_each_law! { [list] }
