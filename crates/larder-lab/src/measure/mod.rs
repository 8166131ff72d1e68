//! Figures of the engine over a real server, each with what it was to be.

mod list;
mod node;

mod blackhole;
mod broken_path;
mod healthy_path;
mod memory;
mod path_fault;
mod processes;
mod reconnect;
mod storm;
mod worker;

pub use blackhole::Blackhole;
pub use broken_path::BrokenPath;
pub use healthy_path::HealthyPath;
pub use list::{Measure, Scale};
pub use path_fault::PathFault;
pub use processes::Processes;
pub use reconnect::Reconnect;
pub use storm::Storm;

pub(crate) use worker::work;
