//! The commands, one file (or folder) per verb.

pub(crate) mod ablate;
pub(crate) mod advisories;
pub(crate) mod chaos;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod evidence;
pub(crate) mod fuzz;
pub(crate) mod layers;
pub(crate) mod rules;
pub(crate) mod setup;
pub(crate) mod test;
pub(crate) mod tidy;
