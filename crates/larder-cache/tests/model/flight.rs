//! The files of the engine themselves.

#![allow(dead_code)] // What the model has no use for is used elsewhere.

#[path = "../../src/flight/board.rs"]
mod board;
#[path = "../../src/flight/channel.rs"]
mod channel;
#[path = "../../src/flight/claim.rs"]
mod claim;
#[path = "../../src/flight/table.rs"]
mod table;

pub(crate) use board::{Flight, Landed};
pub(crate) use channel::Channel;
pub(crate) use claim::Claim;
pub(crate) use table::{Entered, FlightTable, Ticket, UNORDERED};

/// In the place of the chain of loads that wait for each other, which the table has no part in.
#[derive(Debug)]
pub(crate) struct Link;
