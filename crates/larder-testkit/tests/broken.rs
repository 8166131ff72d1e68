//! Every law rejects the store that was made to break it, and accepts the same kind of store unbroken.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::panic::{AssertUnwindSafe, catch_unwind};

use larder_testkit::laws::LAWS;
use larder_testkit::{CoordinatedStore, Fixture, ManualClock, for_each_law, run};

fn working() -> Fixture {
    let clock = ManualClock::new();
    let store = CoordinatedStore::new(clock.shared());
    let other = store.another_node();
    Fixture::new(store, clock).with_another_node(other)
}

/// Why the law rejected its broken store.
fn rejection(name: &str) -> String {
    let law = LAWS.iter().find(|law| law.name == name).unwrap();
    run(async { (law.check)(&working()).await });
    let fixture = (law.broken)();
    let panic = catch_unwind(AssertUnwindSafe(|| run(async { (law.check)(&fixture).await })));
    let panic = panic.expect_err("the law accepts a store that breaks it");
    panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap()
}

macro_rules! rejections {
    ([] $($law:ident, $clause:literal, $broken:ident;)*) => {
        /// One test for each law.
        mod every_law_rejects_its_broken_store {$(
            #[test]
            fn $law() {
                let why = super::rejection(stringify!($law));
                assert!(!why.contains("a working"), "broken otherwise than meant: {why}");
            }
        )*}
    };
}

for_each_law! { [rejections] }
