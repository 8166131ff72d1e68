//! A clock that moves only when it is told to.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use larder_core::{Clock, Moment, Sleep, WallTime};
use larder_testkit::{ManualClock, run};

const HOUR: Duration = Duration::from_secs(3600);

fn poll(sleep: &mut Sleep) -> Poll<()> {
    sleep.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn e79_the_date_may_jump_an_hour_and_no_time_passes() {
    let clock = ManualClock::new();
    let (now, wall) = (clock.now(), clock.wall());
    clock.set_wall(WallTime::from_millis(wall.as_millis() + 3_600_000));
    assert_eq!(clock.now(), now);
    clock.set_wall(wall.before(HOUR));
    assert_eq!((clock.now(), clock.wall()), (now, wall.before(HOUR)));
    clock.advance(HOUR);
    assert_eq!((clock.now(), clock.wall()), (now + HOUR, wall));
}

#[test]
fn a_sleep_ends_exactly_at_its_deadline() {
    let clock = ManualClock::new();
    let mut sleep = clock.sleep_until(clock.now() + Duration::from_nanos(10));
    assert_eq!(clock.sleepers(), 0, "it was not polled yet");
    assert_eq!(poll(&mut sleep), Poll::Pending);
    assert_eq!(clock.sleepers(), 1);
    clock.advance(Duration::from_nanos(9));
    assert_eq!(poll(&mut sleep), Poll::Pending);
    assert_eq!(clock.sleepers(), 1, "polled twice, it is one sleep");
    clock.advance(Duration::from_nanos(1));
    assert_eq!(clock.sleepers(), 0);
    assert_eq!(poll(&mut sleep), Poll::Ready(()));
    assert_eq!(poll(&mut clock.sleep_until(clock.now())), Poll::Ready(()), "a passed deadline needs no waiting");
}

#[test]
fn a_dropped_sleep_is_pending_no_more() {
    let clock = ManualClock::new();
    let mut sleep = clock.sleep_until(Moment::NEVER);
    assert_eq!(poll(&mut sleep), Poll::Pending);
    drop(sleep);
    assert_eq!(clock.sleepers(), 0);
    clock.advance(HOUR);
}

#[test]
fn sleepers_wake_in_the_order_of_their_deadlines() {
    run(async {
        let (clock, (woken, mut order)) = (ManualClock::new(), tokio::sync::mpsc::unbounded_channel());
        for seconds in [3, 1, 2] {
            let (clock, woken) = (clock.clone(), woken.clone());
            tokio::spawn(async move {
                clock.sleep_until(clock.now() + Duration::from_secs(seconds)).await;
                woken.send(seconds).unwrap();
            });
        }
        clock.wait_for_sleepers(3).await;
        for expected in 1..=3 {
            clock.advance(Duration::from_secs(1));
            assert_eq!(order.recv().await, Some(expected));
            assert_eq!(clock.sleepers(), 3 - usize::try_from(expected).unwrap());
        }
    });
}

#[test]
fn no_wake_is_lost_between_threads() {
    run(async {
        for _ in 0..500 {
            let clock = ManualClock::new();
            let sleeping = tokio::spawn(clock.sleep_until(clock.now() + HOUR));
            let waiting = {
                let clock = clock.clone();
                tokio::spawn(async move { clock.wait_for_sleepers(1).await })
            };
            waiting.await.unwrap();
            clock.advance(HOUR);
            sleeping.await.unwrap();
        }
    });
}

#[test]
fn time_ends_at_never() {
    let clock = ManualClock::new();
    clock.advance(Duration::MAX);
    assert_eq!(clock.now(), Moment::NEVER);
    let mut sleep = pin!(clock.sleep_until(Moment::NEVER));
    assert_eq!(poll(&mut sleep), Poll::Ready(()));
}
