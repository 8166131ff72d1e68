//! Gates and conditions: order without time.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use larder_testkit::{Gate, eventually, eventually_async, run};

#[test]
fn nobody_passes_a_closed_gate_and_everybody_an_open_one() {
    run(async {
        let (gate, passed) = (Gate::new(), Arc::new(AtomicUsize::new(0)));
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let (gate, passed) = (gate.clone(), Arc::clone(&passed));
                tokio::spawn(async move {
                    gate.arrive().await;
                    passed.fetch_add(1, Ordering::SeqCst);
                })
            })
            .collect();
        gate.arrivals(20).await;
        assert_eq!((gate.count(), passed.load(Ordering::SeqCst)), (20, 0));
        gate.open();
        for task in tasks {
            task.await.unwrap();
        }
        gate.arrive().await;
        assert_eq!(gate.count(), 21);
    });
}

#[test]
fn a_gate_closes_again() {
    run(async {
        let gate = Gate::new();
        gate.open();
        gate.arrive().await;
        gate.close();
        assert_eq!(gate.count(), 0);
        let waiting = tokio::spawn({
            let gate = gate.clone();
            async move { gate.arrive().await }
        });
        gate.arrived().await;
        assert!(!waiting.is_finished());
        gate.open();
        waiting.await.unwrap();
    });
}

#[test]
fn a_condition_of_another_thread_comes_true() {
    run(async {
        let flag = Arc::new(AtomicBool::new(false));
        let setter = Arc::clone(&flag);
        let thread = std::thread::spawn(move || setter.store(true, Ordering::SeqCst));
        eventually("the other thread sets the flag", || flag.load(Ordering::SeqCst)).await;
        eventually_async("it stays set", async || flag.load(Ordering::SeqCst)).await;
        thread.join().unwrap();
    });
}

#[test]
fn a_panic_at_the_gate_leaves_the_gate_usable() {
    let gate = Gate::new();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        run(async {
            gate.open();
            gate.arrive().await;
            panic!("a loader that fails");
        })
    }));
    assert!(panicked.is_err());
    run(gate.arrive());
}
