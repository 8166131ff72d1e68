//! Fuzz targets of Larder, and the loop that runs them on stable Rust.
//!
//! A [`Target`] takes any bytes and panics when a property does not hold for them: what was read can be written and read
//! again, nothing wrong is ever `Ok`, no more is allocated than was allowed. [`Fuzz`] feeds it: seeds first, then what
//! [`Mutator`] makes of them. `cargo xtask fuzz` runs the targets side by side, each in a process of its own.
//!
//! Every target carries a planted bug: the same property on a subject that is wrong in one place. A target that does not
//! find it is worth nothing, and a test says so.
//!
//! | to | read |
//! | --- | --- |
//! | add a target | [`targets`], [`Target`] |
//! | know how inputs are made | [`Mutator`], [`Fuzz`] |
//! | know what becomes of a finding | [`Finding`] |

mod corpus;
mod crew;
mod finding;
mod fuzz;
mod input;
mod mutator;
mod page;
mod smallest;
mod stopwatch;
mod target;
pub mod targets;
mod trial;
mod worker;

pub use corpus::{read as read_corpus, seeds};
pub use crew::{Plan, Row, Verdict, run};
pub use finding::Finding;
pub use fuzz::Fuzz;
pub use mutator::{LONGEST, Mutator};
pub use page::{page, table};
pub use target::{Check, Seen, Target};
pub use trial::{Failure, trial};
pub use worker::{Job, work};
