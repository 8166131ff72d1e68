//! The service over real HTTP, and the models it asks.

#![allow(clippy::unwrap_used, reason = "a test that cannot set up its scene fails")]

mod errors;
mod openai;
mod operations;
mod page;
mod program;
mod running;
mod sharing;
mod shutdown;
mod smoke;
