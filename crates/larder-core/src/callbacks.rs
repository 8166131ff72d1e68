//! Closures as an observer.

use std::fmt;

use crate::{Departure, Event, Observer};

type Callback = Box<dyn Fn(&Event<'_>) + Send + Sync>;

/// Closures for the kinds of events one cares about; several of one kind run in the order they were added.
///
/// ```
/// use larder_core::{Callbacks, Observers};
///
/// let observers = Observers::new();
/// let attached = observers.attach(Callbacks::new().on_hit(|event| println!("hit in {}", event.source())));
/// attached.detach();
/// ```
#[derive(Default)]
pub struct Callbacks(Vec<(Kind, Callback)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Any,
    Hit,
    Miss,
    Insert,
    Remove,
    Eviction,
    Expiration,
    Load,
    Error,
    Degrade,
    Invalidation,
}

macro_rules! on {
    ($($(#[$doc:meta])* $method:ident => $kind:ident;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $method(self, callback: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
            self.with(Kind::$kind, callback)
        }
    )*};
}

impl Callbacks {
    /// No closure yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    on! {
        /// Every event.
        on_event => Any;
        /// A lookup answered from a tier, stale values and stored "not found" included.
        on_hit => Hit;
        /// A lookup not answered from a tier.
        on_miss => Miss;
        /// A value was stored.
        on_insert => Insert;
        /// A caller removed a key.
        on_remove => Remove;
        /// An entry left for lack of space, or was not let in.
        on_eviction => Eviction;
        /// An entry left because its time was over, or a caller ended its freshness.
        on_expiration => Expiration;
        /// A load ended, well or not.
        on_load => Load;
        /// A load failed, or a caller was given an error.
        on_error => Error;
        /// A tier failed and the answer was given without it.
        on_degrade => Degrade;
        /// Many entries became invalid at once.
        on_invalidation => Invalidation;
    }

    fn with(mut self, kind: Kind, callback: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.0.push((kind, Box::new(callback)));
        self
    }
}

impl Kind {
    fn takes(self, event: &Event<'_>) -> bool {
        match (self, event) {
            (Self::Any, _)
            | (Self::Insert, Event::Insert { .. })
            | (Self::Remove, Event::Remove { .. })
            | (Self::Expiration, Event::Expire { .. })
            | (Self::Load, Event::Load { .. })
            | (Self::Error, Event::Failure { .. } | Event::Load { error: Some(_), .. })
            | (Self::Degrade, Event::Degrade { .. })
            | (Self::Invalidation, Event::Invalidate { .. }) => true,
            (Self::Hit, Event::Lookup { outcome, .. }) => outcome.is_hit(),
            (Self::Miss, Event::Lookup { outcome, .. }) => outcome.is_miss(),
            (Self::Eviction, Event::Left { cause, .. }) => {
                matches!(cause, Departure::Capacity | Departure::Rejected)
            }
            (Self::Expiration, Event::Left { cause, .. }) => *cause == Departure::Expired,
            _ => false,
        }
    }
}

impl Observer for Callbacks {
    fn observe(&self, event: &Event<'_>) {
        for (kind, callback) in &self.0 {
            if kind.takes(event) {
                callback(event);
            }
        }
    }
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(kind, _)| kind)).finish()
    }
}
