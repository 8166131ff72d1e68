//! Loads that many callers share, and the fence that keeps overtaken ones out.

mod backoff;
mod batch;
mod board;
mod chain;
mod channel;
mod claim;
mod context;
mod first;
mod keep;
mod loader;
mod pilot;
mod previous;
mod remember;
mod table;
mod turn;

pub(crate) use backoff::{Backoff, Remembered};
pub(crate) use batch::{Batch, BoxLoadMany};
pub(crate) use board::{Flight, Landed, Landing};
pub(crate) use chain::Link;
pub(crate) use channel::Channel;
pub(crate) use claim::Claim;
pub use context::LoadContext;
pub(crate) use loader::{Brought, Loader};
pub(crate) use pilot::{Errand, Plan, Wanted};
pub(crate) use table::{Entered, FlightTable, Ticket, UNORDERED};
