//! For the tests of applications: a clock that a test moves, outages on demand, the laws of a store.
//!
//! ```
//! use std::time::Duration;
//! use larder::testing::TestLarder;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> larder::Result<()> {
//! let test = TestLarder::new();
//! let users = test.cache::<String>("users").ttl(Duration::from_secs(60)).build()?;
//! assert!(users.insert("1", "Ada".into()).await?.is_stored());
//! test.advance(Duration::from_secs(60)).await;
//! assert!(!users.get("1").await?.is_hit());
//! # Ok(()) }
//! ```

pub use larder_cache::testing::TestLarder;
pub use larder_testkit::*;
