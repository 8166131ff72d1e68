//! The bytes of an entry: what is written is read again, and nothing else is.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod allocations;
mod bounds;
mod damage;
mod golden;
mod overhead;
mod preamble;
mod round_trip;
mod samples;
mod unknown;
