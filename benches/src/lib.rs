//! What the benchmarks of Larder share: the caches and keys under measure, counted instructions, recorded baselines.
//!
//! Every figure stands beside that of the map below the cache, used bare ([`raw_moka`]) in the same run: the ratio is what
//! a change moves, the figure what a machine makes of it. How to run and to read them is told in the `README.md` here.

pub mod json;
mod keys;
pub mod page;
mod subject;
mod user;

mod operation;

mod baseline;
mod callgrind;
mod report;

pub use baseline::{Baseline, Finding};
pub use callgrind::{Callgrind, CallgrindError};
pub use json::Kind;
pub use keys::Keys;
pub use operation::Operation;
pub use report::report;
pub use subject::{RawMoka, first_poll, larder, raw_moka};
pub use user::User;
