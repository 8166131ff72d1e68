//! Those who are told what happens, attached and detached while everything runs.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;

use crate::Event;

/// Someone who is told what happens.
///
/// Called on the task that caused the event, after every lock is released. A panic is caught, counted, and harms nobody.
pub trait Observer: Send + Sync + 'static {
    /// Takes note of `event`.
    fn observe(&self, event: &Event<'_>);
}

impl<T: Observer + ?Sized> Observer for Arc<T> {
    fn observe(&self, event: &Event<'_>) {
        (**self).observe(event);
    }
}

type Attached = (u64, Arc<dyn Observer>);

/// The observers of one cache, store or application. Cloning shares the list.
#[derive(Clone, Default)]
pub struct Observers(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Those who hear everything that is told here, after the list.
    parent: Option<Observers>,
    /// Read at every event and changed hardly ever: who tells takes no lock, and nobody who attaches holds up a hit.
    list: ArcSwap<Vec<Attached>>,
    /// Read before every event, so that nobody listening costs one load.
    attached: AtomicUsize,
    next_id: AtomicU64,
    panics: AtomicU64,
}

impl Observers {
    /// Nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A list of its own whose events are told to this one too.
    #[must_use]
    pub fn child(&self) -> Self {
        Self(Arc::new(Shared { parent: Some(self.clone()), ..Shared::default() }))
    }

    /// Adds `observer`; it stays until the returned handle detaches it.
    pub fn attach(&self, observer: impl Observer) -> Observation {
        let id = self.0.next_id.fetch_add(1, Ordering::Relaxed);
        let added: Attached = (id, Arc::new(observer));
        self.0.list.rcu(|list| list.iter().cloned().chain([added.clone()]).collect::<Vec<_>>());
        self.0.attached.fetch_add(1, Ordering::Relaxed);
        Observation { shared: Arc::downgrade(&self.0), id }
    }

    /// Whether anybody listens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.attached.load(Ordering::Relaxed) == 0 && self.0.parent.as_ref().is_none_or(Self::is_empty)
    }

    /// Tells everybody. Call it with no lock held.
    pub fn tell(&self, event: &Event<'_>) {
        if self.0.attached.load(Ordering::Relaxed) > 0 {
            for (_, observer) in self.0.list.load().iter() {
                if catch_unwind(AssertUnwindSafe(|| observer.observe(event))).is_err() {
                    self.0.panics.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        if let Some(parent) = &self.0.parent {
            parent.tell(event);
        }
    }

    /// How often an observer that hears what is told here panicked, those of the parent included.
    #[must_use]
    pub fn panics(&self) -> u64 {
        self.0.panics.load(Ordering::Relaxed) + self.0.parent.as_ref().map_or(0, Self::panics)
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Observers({})", self.0.attached.load(Ordering::Relaxed))
    }
}

/// An attached observer. Dropping the handle leaves it attached.
#[derive(Debug)]
pub struct Observation {
    shared: Weak<Shared>,
    id: u64,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

impl Observation {
    /// Removes the observer. An event that is being told at this moment may still reach it.
    pub fn detach(self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.list.rcu(|list| list.iter().filter(|(id, _)| *id != self.id).cloned().collect::<Vec<_>>());
            shared.attached.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
