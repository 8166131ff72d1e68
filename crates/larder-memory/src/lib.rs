//! Values in this process: bounded, with a lifetime.
//!
//! [`Memory<V>`] holds values of any type that is cheap to clone (an `Arc`, say) under text keys. It is synchronous: a
//! read awaits nothing, and allocates nothing. Time is the injected [`Clock`](larder_core::Clock)'s; what is past ttl and
//! grace is never returned, whether it was swept yet or not. `Memory<Entry>` is a [`Store`](larder_core::Store).
//!
//! Admission and eviction are moka's. A full tier may refuse a newcomer that is asked for less often than what it would
//! push out; [`Memory::insert`] says so, and observers are told every departure with its cause.
//!
//! # Examples
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use larder_core::Lifetime;
//! use larder_memory::{Admission, Capacity, Memory};
//! # #[derive(Debug)] struct Fixed;
//! # impl larder_core::Clock for Fixed {
//! #     fn now(&self) -> larder_core::Moment { larder_core::Moment::ORIGIN }
//! #     fn wall(&self) -> larder_core::WallTime { larder_core::WallTime::from_millis(0) }
//! #     fn sleep_until(&self, _: larder_core::Moment) -> larder_core::Sleep { Box::pin(async {}) }
//! # }
//! # fn main() -> larder_core::Result<()> {
//! # let clock = Arc::new(Fixed);
//! let memory = Memory::builder("users", Capacity::Entries(100)).clock(clock).build()?;
//! let admission = memory.insert("1", Arc::new("Ada"), Lifetime::new(Duration::from_secs(60)));
//! assert_eq!(admission, Admission::Stored);
//! assert_eq!(*memory.get("1").expect("it was just inserted").value, "Ada");
//! # Ok(()) }
//! ```

mod builder;
mod capacity;

mod leaving;
mod slot;
mod stripes;
mod under_way;

mod change;
mod memory;
mod store;

pub use builder::MemoryBuilder;
pub use capacity::{Capacity, Eviction};
pub use change::{Admission, Placed, Prepared, Verdict};
pub use memory::Memory;
pub use slot::{Found, Read};
