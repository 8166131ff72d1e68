//! An observer that remembers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use larder_core::{Count, Departure, Error, Event, Observer, Outcome, StoreVerb};
use tokio::sync::Notify;

/// An event as it was told, owned. What its kind does not have is none.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// The event's kind, such as `lookup`.
    pub name: &'static str,
    /// The cache or store it happened in.
    pub source: String,
    /// The key.
    pub key: Option<String>,
    /// How a lookup ended.
    pub outcome: Option<Outcome>,
    /// Why an entry left.
    pub cause: Option<Departure>,
    /// Whether something was there.
    pub existed: Option<bool>,
    /// How many entries it touched.
    pub count: Option<Count>,
    /// What was asked of a store.
    pub verb: Option<StoreVerb>,
    /// How long it took.
    pub took: Option<Duration>,
    /// What went wrong.
    pub error: Option<Error>,
}

impl Recorded {
    fn of(event: &Event<'_>) -> Self {
        let mut recorded = Self { name: event.name(), source: event.source().to_owned(), ..Self::default() };
        recorded.fill(event);
        recorded
    }

    fn fill(&mut self, event: &Event<'_>) {
        let key = match *event {
            Event::Lookup { key, outcome, .. } => {
                self.outcome = Some(outcome);
                key
            }
            Event::Remove { key, existed, .. } | Event::Expire { key, existed, .. } => {
                self.existed = Some(existed);
                key
            }
            Event::Left { key, cause, .. } => {
                self.cause = Some(cause);
                key
            }
            Event::Load { key, took, error, .. } => {
                (self.took, self.error) = (Some(took), error.cloned());
                key
            }
            Event::Refrain { key, error, .. } => {
                self.error = Some(error.clone());
                key
            }
            Event::Insert { key, .. } => key,
            _ => return self.fill_without_key(event),
        };
        self.key = Some(key.to_owned());
    }

    fn fill_without_key(&mut self, event: &Event<'_>) {
        match *event {
            Event::Invalidate { count, .. } => self.count = Some(count),
            Event::Degrade { error, .. } | Event::Failure { error, .. } => self.error = Some(error.clone()),
            Event::Store { verb, took, error, .. } => {
                (self.verb, self.took, self.error) = (Some(verb), Some(took), error.cloned());
            }
            _ => {}
        }
    }
}

/// An observer that keeps every event, for assertions. Clones share the list.
///
/// # Examples
/// ```
/// use larder_core::{Event, Observers, Outcome, Tier};
/// use larder_testkit::RecordingObserver;
///
/// let (observers, recording) = (Observers::new(), RecordingObserver::new());
/// let _attached = observers.attach(recording.clone());
/// observers.tell(&Event::Lookup { cache: "users", key: "1", outcome: Outcome::Hit(Tier::L1) });
/// assert_eq!(recording.names(), ["lookup"]);
/// assert_eq!(recording.outcomes(), [Outcome::Hit(Tier::L1)]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct RecordingObserver(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    events: Mutex<Vec<Recorded>>,
    added: Notify,
}

impl RecordingObserver {
    /// An observer that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every event so far, oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<Recorded> {
        self.lock().clone()
    }

    /// The kinds of the events so far, oldest first.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.lock().iter().map(|event| event.name).collect()
    }

    /// The outcomes of the lookups so far, oldest first.
    #[must_use]
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.lock().iter().filter_map(|event| event.outcome).collect()
    }

    /// How many events of this kind were told.
    #[must_use]
    pub fn count_of(&self, name: &str) -> usize {
        self.lock().iter().filter(|event| event.name == name).count()
    }

    /// Forgets every event.
    pub fn forget(&self) {
        self.lock().clear();
    }

    /// Waits until the events so far satisfy `condition`.
    pub async fn wait_for(&self, condition: impl Fn(&[Recorded]) -> bool) {
        loop {
            let mut added = std::pin::pin!(self.0.added.notified());
            added.as_mut().enable();
            if condition(&self.events()) {
                return;
            }
            added.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.0.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for RecordingObserver {
    fn observe(&self, event: &Event<'_>) {
        self.lock().push(Recorded::of(event));
        self.0.added.notify_waiters();
    }
}
