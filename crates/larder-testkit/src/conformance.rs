//! The suite: one test for every law.

use std::future::Future;

/// Makes a module with one test for each law of [`Store`](larder_core::Store), named as the law.
///
/// The expression gives a [`Fixture`](crate::Fixture), or a future of one; every test evaluates it anew, on a runtime
/// with threads and timers. The crate that uses the macro needs no runtime of its own. A store that is wrapped in layers
/// is a store: test it the same way.
///
/// # Examples
/// ```
/// use larder_testkit::{Fixture, ManualClock, MapStore, conformance};
///
/// fn fixture() -> Fixture {
///     let clock = ManualClock::new();
///     Fixture::new(MapStore::new(clock.shared()), clock)
/// }
///
/// conformance!(map_store, fixture());
/// conformance!(map_store_made_later, async { fixture() });
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! conformance {
    ($name:ident, $setup:expr) => {
        mod $name {
            #[allow(unused_imports, clippy::wildcard_imports)]
            use super::*;

            $crate::for_each_law! { [$crate::law_tests] $setup }
        }
    };
}

/// One test for each law of the list.
#[doc(hidden)]
#[macro_export]
macro_rules! law_tests {
    ([$setup:expr] $($law:ident, $clause:literal, $broken:ident;)*) => {$(
        #[test]
        fn $law() {
            $crate::run(async {
                let fixture: $crate::Fixture = ::core::future::IntoFuture::into_future($setup).await;
                $crate::laws::$law(&fixture).await;
            });
        }
    )*};
}

/// Runs `future` to its end on a tokio runtime of its own, with threads, input, output and timers.
///
/// # Panics
/// When the machine refuses the runtime's threads, or `future` panics.
pub fn run<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().expect("a machine that tests has two threads").block_on(future)
}
