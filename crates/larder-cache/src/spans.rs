//! The spans of work in the background: their names, and that each is a root.
//!
//! Work that a caller may leave behind runs in a span of its own, without a parent: a parent would have to stay open for
//! it. The span *follows from* that of the request, which may be closed long before it. All are of the target `larder`. Their
//! fields are those below: never a key, never a value. A hit makes none.
//!
//! | field | of | is |
//! | --- | --- | --- |
//! | `cache` | all but those of the listener | the cache's name |
//! | `key_hash` | loads of one key | a short hash of the key, as in log lines |
//! | `keys` | loads of many keys | how many there are |
//! | `store` | those of the listener | what the shared tier calls itself |

use tracing::{Level, Span};

use larder_core::ablation;

use crate::logging::short;

/// A load of one key, its loader included.
pub const LOAD: &str = "larder.load";
/// The loads of one batch.
pub const LOAD_MANY: &str = "larder.load_many";
/// A load of what is fresh but due.
pub const REFRESH_AHEAD: &str = "larder.refresh_ahead";
/// A write or an invalidation that goes through to the shared tier.
pub const WRITE: &str = "larder.write";
/// A run of warming in the background, from beginning to end.
pub const WARM: &str = "larder.warm";
/// The task that listens to other nodes, from beginning to end.
pub const LISTEN: &str = "larder.listen";
/// One heartbeat, at the level `DEBUG`.
pub const HEARTBEAT: &str = "larder.heartbeat";
/// Reading the clocks of the caches anew, at the level `DEBUG`.
pub const READ_CLOCKS: &str = "larder.read_clocks";
/// Making up for what the shared tier did not acknowledge.
pub const MAKE_UP: &str = "larder.make_up";

/// A root span that follows from that of the caller. Where nobody listens it costs a comparison.
macro_rules! root {
    ($level:expr, $name:expr, $($fields:tt)*) => {{
        let span = if ablation::off("root_span") {
            tracing::span!(target: "larder", $level, $name, $($fields)*)
        } else {
            tracing::span!(target: "larder", parent: None, $level, $name, $($fields)*)
        };
        if !span.is_disabled() {
            span.follows_from(Span::current());
        }
        span
    }};
}

pub(crate) fn load(cache: &str, key: &str) -> Span {
    root!(Level::INFO, LOAD, cache, key_hash = short(key))
}

pub(crate) fn load_many(cache: &str, keys: usize) -> Span {
    root!(Level::INFO, LOAD_MANY, cache, keys)
}

pub(crate) fn refresh_ahead(cache: &str, key: &str) -> Span {
    root!(Level::INFO, REFRESH_AHEAD, cache, key_hash = short(key))
}

pub(crate) fn write(cache: &str) -> Span {
    root!(Level::INFO, WRITE, cache)
}

pub(crate) fn warm(cache: &str) -> Span {
    root!(Level::INFO, WARM, cache)
}

pub(crate) fn listen(store: &str) -> Span {
    root!(Level::INFO, LISTEN, store)
}

pub(crate) fn heartbeat(store: &str) -> Span {
    root!(Level::DEBUG, HEARTBEAT, store)
}

pub(crate) fn read_clocks(store: &str) -> Span {
    root!(Level::DEBUG, READ_CLOCKS, store)
}

pub(crate) fn make_up(store: &str) -> Span {
    root!(Level::INFO, MAKE_UP, store)
}
