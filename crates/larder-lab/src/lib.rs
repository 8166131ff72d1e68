//! Proofs that need several nodes, real servers and real faults.
//!
//! [`chaos`] lets nodes share a server while everything goes wrong, and checks what they were given. [`Outage`] puts the
//! demo service under load and takes its Redis away; [`Boot`] starts the service before there is a Redis. Both end in a page
//! of Markdown with the figures and what they were to be. [`measure`] has figures of several nodes. The program `larder-lab` runs them.
//! The tests of this crate drive the engine on several nodes over one real server.

mod clock;
mod machine;

mod fault;
mod service;

mod connection;
mod workload;

mod load;
mod watch;

mod figures;
mod limit;

mod boot;
mod outage;
mod page;

pub mod chaos;
pub mod measure;

pub mod cli;

pub use boot::{Boot, Booted};
pub use fault::Fault;
pub use figures::Figures;
pub use limit::Limit;
pub use machine::Machine;
pub use outage::{Outage, Part, Survived};
pub use page::page;
