//! The two ways through a proxy.

/// A way that bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// From the client to the server.
    Requests,
    /// From the server to the client.
    Replies,
}

impl Way {
    /// Both, for a fault that is to act each way.
    pub const BOTH: [Self; 2] = [Self::Requests, Self::Replies];

    pub(super) fn index(self) -> usize {
        match self {
            Self::Requests => 0,
            Self::Replies => 1,
        }
    }
}
