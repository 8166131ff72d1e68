//! The law of calls whose caller goes away.

use std::pin::pin;

use larder_core::{Condition, Entry, Store};

use super::steps::poll_times;
use crate::Fixture;

/// Points at which calls are dropped: before the first poll, after each of the first polls, then at growing distances.
const POINTS: u64 = 30;
const SIZE: usize = 64 * 1024;

/// It leaves the old or the new entry, never a torn one, and harms no other call.
pub async fn a_cancelled_call(fixture: &Fixture) {
    for point in 0..POINTS {
        let samples = fixture.samples(100 + point);
        let key = fixture.key(&format!("cancelled-{point}"));
        let (old, new) = (samples.entry_of(samples.bytes(SIZE)), samples.entry_of(samples.bytes(SIZE)));
        fixture.stored(&key, &old).await;
        // A read that began before the put is dropped goes on undisturbed.
        let mut bystander = pin!(fixture.store.get(&key));
        let early = poll_times(bystander.as_mut(), 1).await;
        let polls = if point < 16 { point } else { 1 << (point - 12).min(12) };
        let put = poll_times(fixture.store.put(&key, new.clone(), Condition::ALWAYS), polls).await;
        let read = match early {
            Some(read) => read,
            None => bystander.await,
        };
        let either = |found: &Entry| fixture.is_same(found, &old) || fixture.is_same(found, &new);
        let read = read.expect("a get is not harmed by a put that is dropped");
        assert!(read.as_ref().is_some_and(either), "a get beside a dropped put found {read:?}");
        let found = fixture.found(&key).await;
        assert!(found.as_ref().is_some_and(either), "a put dropped after {polls} polls left {found:?}");
        let done = put.is_some_and(|put| put.is_ok_and(larder_core::Put::is_stored));
        let is_new = found.as_ref().is_some_and(|found| fixture.is_same(found, &new));
        assert!(!done || is_new, "a put that ended before it could be dropped is done");
        fixture.store.delete(&key).await.expect("a working store answers a delete");
    }
}
