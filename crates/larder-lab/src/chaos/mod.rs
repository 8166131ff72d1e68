//! Seeded chaos: nodes that read and change the same keys over one real server while everything goes wrong, and a checker
//! that reads afterwards what they were given.
//!
//! A [`Schedule`] is drawn from a seed: what the caches are like, which faults and which small scenes come when. A run of it
//! records a [`History`], and [`check`] judges that by the [`Law`]s. A [`Campaign`] runs many schedules; its [`Coverage`]
//! shows that they saw what they were to see. The same campaign on a naive cache has to fail.

mod acts;
mod campaign;
mod checker;
mod coverage;
mod draw;
mod engine;
mod faults;
mod history;
mod house;
mod keys;
mod landings;
mod naive;
mod number;
mod origin;
mod profile;
mod report;
mod run;
mod scenes;
mod schedule;
mod servers;
mod subject;
mod words;
mod workload;

pub use campaign::{Campaign, Outcome, Tested, Until};
pub use checker::{Law, SLACK, Violation, check, shrink};
pub use coverage::Coverage;
pub use history::{Change, Done, History, Life, Load, Read, Span, Told};
pub use keys::KEYS;
pub use number::Number;
pub use report::{page, story};
pub use run::Ran;
pub use schedule::Schedule;
