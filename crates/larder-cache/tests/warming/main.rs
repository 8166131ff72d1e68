//! Warming: what is loaded before anybody asks, how a run ends, and where its keys come from.

#![allow(clippy::unwrap_used, unreachable_pub)] // A test that cannot go on says so.

mod batches;
#[path = "../common/mod.rs"]
mod common;
mod ends;
mod hot_keys;
mod list;
mod nodes;
mod origin;
mod runs;
