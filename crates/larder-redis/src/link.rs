//! Whether a server can be asked.

/// The state of a node's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Link {
    /// At least one connection is being made; calls that need it fail at once.
    Connecting,
    /// Every connection is there.
    Connected,
    /// The node was closed.
    Closed,
}
