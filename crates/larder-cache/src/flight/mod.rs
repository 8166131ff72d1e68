//! Loads that many callers share, and the fence that keeps overtaken ones out.

mod board;
mod chain;
mod context;
mod pilot;
mod table;

pub(crate) use board::{Flight, Landed, Landing};
pub(crate) use chain::Link;
pub use context::LoadContext;
pub(crate) use pilot::{BoxLoad, Plan};
pub(crate) use table::{Entered, FlightTable, Ticket};
