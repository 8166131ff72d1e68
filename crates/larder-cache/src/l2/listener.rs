//! The one task that listens: to what other nodes change, and to whether the shared tier still answers.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::join_all;
use larder_core::{Coordinator, Notice, NoticeKind, NoticeStream, Result, SharedClock, Store, ablation};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::L2;
use crate::spans;

/// How long after the way was lost it is looked for again, at least; twice as long at most, as many lose it at one time.
const ANEW: Duration = Duration::from_millis(250);

/// Listens until the larder is gone.
pub(super) async fn listen(l2: Weak<L2>, stop: CancellationToken) {
    let _ears = Ears(&l2);
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = listen_on(&l2) => {}
    }
}

async fn listen_on(l2: &Weak<L2>) {
    let Some((store, clock, settings)) = l2.upgrade().map(|l2| (l2.store.clone(), l2.clock.clone(), l2.settings))
    else {
        return;
    };
    let Some(order) = store.coordinator() else { return };
    loop {
        let silence = if ablation::off("silence") { Duration::MAX } else { settings.silence };
        let way = Way { l2, clock: &clock, silence };
        way.follow(order).await;
        let Some(root) = l2.upgrade() else { return };
        root.lose_way();
        let pause = ANEW.mul_f64(1.0 + root.random.next_fraction());
        drop(root);
        clock.sleep_until(clock.now() + pause).await;
    }
}

/// One way of notices, from its beginning to its loss.
struct Way<'a> {
    l2: &'a Weak<L2>,
    clock: &'a SharedClock,
    silence: Duration,
}

impl Way<'_> {
    /// Ends when the way is lost: it broke, fell silent, or the larder is gone.
    async fn follow(&self, order: &dyn Coordinator) {
        let mut notices = order.notices();
        let mut heard_until = self.clock.now() + self.silence;
        let mut beat_at = self.clock.now();
        loop {
            let timer = self.clock.sleep_until(beat_at.min(heard_until));
            tokio::select! {
                biased;
                notice = next(&mut notices) => match notice {
                    Some(Ok(notice)) => {
                        if let NoticeKind::Heartbeat { sent } = notice.kind {
                            heard_until = heard_until.max(sent + self.silence);
                        }
                        let Some(l2) = self.l2.upgrade() else { return };
                        l2.take(&notice);
                    }
                    Some(Err(_)) | None => return,
                },
                () = timer => {
                    let now = self.clock.now();
                    if now >= heard_until {
                        return;
                    }
                    if now >= beat_at {
                        let Some(l2) = self.l2.upgrade() else { return };
                        beat_at = now + l2.beat_every();
                        l2.beat();
                    }
                }
            }
        }
    }
}

async fn next(notices: &mut NoticeStream<'_>) -> Option<Result<Notice>> {
    std::future::poll_fn(|context| notices.as_mut().poll_next(context)).await
}

impl L2 {
    fn take(self: &Arc<Self>, notice: &Notice) {
        match notice.kind {
            NoticeKind::Subscribed | NoticeKind::Gap => self.begin_anew(),
            NoticeKind::Lost => {
                self.caches().iter().for_each(|cache| cache.tell_again());
                self.begin_anew();
            }
            NoticeKind::Heartbeat { sent } => {
                // What was sent before this way began proves nothing of what was told before it.
                if self.is_listening() {
                    self.heard_at.fetch_max(sent.as_nanos(), Ordering::Relaxed);
                }
                self.answers();
            }
            _ => self.caches().iter().for_each(|cache| cache.hear(notice)),
        }
    }

    /// Sends a heartbeat beside the listening: a tier that hangs must not keep its task from hearing its silence.
    fn beat(self: &Arc<Self>) {
        let l2 = Arc::clone(self);
        let beat = async move {
            if l2.within(l2.settings.write_timeout, l2.order().beat()).await.is_ok() {
                l2.answers();
            }
        };
        self.tasks.spawn(beat.instrument(spans::heartbeat(self.name())));
    }

    /// Everything that other nodes change is heard from here on; what they changed before may not have been.
    fn begin_anew(self: &Arc<Self>) {
        self.lose_way();
        let caches = self.caches();
        if !ablation::off("gap") {
            caches.iter().for_each(|cache| cache.forget());
        }
        self.listening.store(true, Ordering::Release);
        self.ways.fetch_add(1, Ordering::Relaxed);
        tracing::info!(target: "larder", store = self.name(), "notices of other nodes are heard");
        self.answers();
        let read = async move {
            for cache in caches {
                cache.read_clock().await;
            }
        };
        self.tasks.spawn(read.instrument(spans::read_clocks(self.name())));
    }

    fn lose_way(&self) {
        if self.listening.swap(false, Ordering::AcqRel) {
            tracing::warn!(target: "larder", store = self.name(), "notices of other nodes do not reach this one");
        }
        self.caches().iter().for_each(|cache| cache.lose_way());
    }

    /// The tier showed that it answers: lets a call through, and makes up for what it did not acknowledge.
    fn answers(self: &Arc<Self>) {
        if self.breaker.let_one_through()
            && let Some(cache) = self.caches().into_iter().next()
        {
            // The one call: nobody waits for it, and none is needed to find out.
            let read = async move { cache.read_clock().await };
            self.tasks.spawn(read.instrument(spans::read_clocks(self.name())));
        }
        if self.pending() > 0 && !self.making_up.swap(true, Ordering::AcqRel) {
            let turn = Turn(Arc::clone(self));
            self.tasks.spawn(turn.make_up().instrument(spans::make_up(self.name())));
        }
    }
}

/// The one turn to make up for changes; given back however it ends.
struct Turn(Arc<L2>);

impl Turn {
    async fn make_up(self) {
        // All at once: a scan for one cache does not hold up the others.
        let caches = self.0.caches();
        join_all(caches.iter().map(|cache| cache.make_up())).await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.making_up.store(false, Ordering::Release);
    }
}

/// However the listening ends, this node is deaf then.
struct Ears<'a>(&'a Weak<L2>);

impl Drop for Ears<'_> {
    fn drop(&mut self) {
        if let Some(l2) = self.0.upgrade() {
            l2.lose_way();
        }
    }
}
