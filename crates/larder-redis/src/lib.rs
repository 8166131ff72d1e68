//! Entries in Redis: conditional writes, order between nodes, notices.
//!
//! [`Redis`] is one node's view of a server: a [`Store`](larder_core::Store) whose entries every node of an application
//! shares, and a [`Coordinator`](larder_core::Coordinator) that keeps their changes in order by scripts on the server. It
//! keeps bytes and lifetimes; what the bytes mean, and what to do while the server is away, is for those above.
//!
//! | to | use |
//! | --- | --- |
//! | name a server | [`Endpoint`], [`Credentials`], [`Tls`] |
//! | connect | [`Redis::builder`], [`RedisBuilder`], [`Redis::connected`] |
//! | know how it is | [`Redis::state`], [`Link`], [`Redis::ping`] |
//! | end | [`Redis::close`] |
//!
//! Names in Redis: entries `prefix:cache:key`, clocks `prefix::clock:cache`, channels `prefix::n` for notices and
//! `prefix::h:node` for heartbeats. The guide's page on Redis tells the formats, the rights that a user needs and what each
//! error means.

mod credentials;
mod endpoint;
mod link;
mod settings;
mod tls;

mod beat;
mod client;
mod connector;

mod failure;
mod offset;
mod pulse;
mod race;
mod server_identity;
mod server_time;

mod argument;
mod names;
mod notice_bytes;
mod reply;
mod sealed;

mod connection;
mod line;
mod node;
mod script;

mod builder;
mod coordinator;
mod figures;
mod notices;
mod redis;
mod scan;
mod store;

#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;

pub use builder::RedisBuilder;
pub use credentials::Credentials;
pub use endpoint::Endpoint;
pub use link::Link;
pub use redis::Redis;
pub use tls::Tls;

/// The guide's page, so that its examples are compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/redis.md")]
pub struct Guide;
