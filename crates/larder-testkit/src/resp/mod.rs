//! Just enough of Redis' protocol: where replies end, what they say, one question.

mod connection;
mod framer;
mod reply;

pub(crate) use connection::ask;
pub(crate) use framer::Framer;
pub use reply::Reply;
