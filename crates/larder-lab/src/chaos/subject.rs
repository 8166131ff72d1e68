//! What is put to the test: a cache on one node, whoever wrote it.

use std::time::Duration;

use futures_util::future::BoxFuture;
use larder_core::Outcome;
use larder_testkit::Gate;

use super::history::{Done, Life};
use super::number::Number;
use super::origin::LoadPlan;

/// A way to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Get,
    GetOrLoad,
    /// The same with a loader that may find nothing.
    GetOrLoadOptional,
    Refresh,
    GetMany,
    GetManyOrLoad,
}

/// What one key was answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) value: Option<Number>,
    pub(super) outcome: Outcome,
}

/// What a cache is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Insert { number: Number, life: Option<Life> },
    Remove(usize),
    Expire(usize),
    Tag(usize),
    Matching(usize),
    Clear,
}

/// How a node is doing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Health {
    /// It hears the others, its shared tier answers, and nothing waits to be made up for.
    pub(super) is_well: bool,
    /// It hears the others.
    pub(super) hears: bool,
    /// Reads that the shared tier did not answer, so far.
    pub(super) away: u64,
}

/// The node's own figures.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    /// None when it does not count.
    pub(super) lookups: Option<u64>,
    pub(super) superseded: u64,
    /// Ways of notices that began.
    pub(super) ways: u64,
    pub(super) made_up: u64,
}

/// What closing a node left.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Left {
    pub(super) loads: usize,
    pub(super) pending: usize,
}

/// A cache on one node.
pub(super) trait Subject: Send + Sync {
    /// Reads `keys` in one way; one key for those ways that take one.
    fn ask<'a>(&'a self, ask: Ask, keys: &'a [usize], plan: LoadPlan) -> BoxFuture<'a, Vec<Answer>>;
    /// Tells it of a change.
    fn tell(&self, order: Order) -> BoxFuture<'_, Done>;
    fn health(&self) -> Health;
    fn figures(&self) -> Figures;
    /// The channel that this node hears and no other does.
    fn own_channel(&self) -> String;
    /// Lets whoever is told that the value of `key` has left take so long, once.
    fn stall(&self, key: usize, time: Duration);
    /// Holds the next write or removal of `key` before the shared tier has it, while others pass; and loses its answer, if wanted.
    /// None when this cache has no way to do so.
    fn hold_change(&self, key: usize, lost: bool) -> Option<Gate>;
    /// Lets heartbeats go that were held from the beginning.
    fn free_heartbeats(&self);
    /// Ends it.
    fn close(&self) -> BoxFuture<'_, Left>;
}
