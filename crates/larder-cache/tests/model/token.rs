//! What a call must not miss: the board knows the type, and no schedule uses it.

#[path = "../../src/token/need.rs"]
mod need;

pub(crate) use need::Need;
