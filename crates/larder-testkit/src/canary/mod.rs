//! Canaries: marks that must never come out, and the search for them.

mod form;

use std::error::Error as StdError;
use std::fmt::{Debug, Display};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use larder_core::{Event, Observer};

pub use form::Form;
use form::{Needle, needles};

/// A text that occurs nowhere else: put it where a secret is, then search what comes out.
///
/// # Examples
/// ```
/// use larder_testkit::Canary;
///
/// let canary = Canary::new();
/// let password = canary.as_str().to_owned();
/// assert!(canary.find("connected to redis://app:***@localhost").is_none());
/// assert!(canary.find(&format!("password: {password:?}")).is_some());
/// assert!(canary.find(&format!("{:?}", password.as_bytes())).is_some());
/// ```
#[derive(Clone)]
pub struct Canary {
    marker: String,
    needles: Arc<[Needle]>,
}

/// Where a canary was found. It says nothing of what stood around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// In which shape.
    pub form: Form,
    /// At which byte of the text, counted without white space.
    pub at: usize,
}

impl Default for Canary {
    fn default() -> Self {
        Self::new()
    }
}

impl Canary {
    /// A canary unlike any other.
    #[must_use]
    pub fn new() -> Self {
        // Every `RandomState` has new random keys.
        let random = RandomState::new().hash_one("canary");
        let marker = format!("CanarY{random:016X}");
        Self { needles: needles(&marker).into(), marker }
    }

    /// The text to hide.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.marker
    }

    /// Searches `text` for the canary in every [`Form`]. White space is passed over: it may stand within a list.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Leak> {
        let squeezed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let folded = squeezed.to_ascii_lowercase();
        self.needles.iter().find_map(|needle| {
            let at = if needle.any_case {
                folded.find(&needle.text.to_ascii_lowercase())
            } else {
                squeezed.find(&needle.text)
            };
            at.map(|at| Leak { form: needle.form, at })
        })
    }
}

impl Debug for Canary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Its own `Debug` must not be what gives it away.
        f.write_str("Canary(…)")
    }
}

/// A canary and everything that came out of a program while it was inside. Clones share the outputs.
///
/// It is an [`Observer`], too: attached, it takes in every event.
///
/// # Examples
/// ```
/// use larder_core::{Error, Key, Observers};
/// use larder_testkit::Canaries;
///
/// let canaries = Canaries::new();
/// let observers = Observers::new();
/// let _attached = observers.attach(canaries.clone());
/// canaries.take_debug("a key", &Key::new("app:users:1").unwrap());
/// canaries.take_error("a wrong argument", &Error::invalid("insert", "the value is too large"));
/// canaries.assert_silent();
/// ```
#[derive(Clone, Debug, Default)]
pub struct Canaries {
    canary: Canary,
    outputs: Arc<Mutex<Outputs>>,
}

#[derive(Debug, Default)]
struct Outputs {
    taken: usize,
    leaks: Vec<(String, Leak)>,
}

impl Canaries {
    /// A new canary, and nothing that came out yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The text to hide.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.canary.as_str()
    }

    /// Takes in text; `what` names the place in the report.
    pub fn take(&self, what: &str, text: &str) {
        let leak = self.canary.find(text);
        let mut outputs = self.lock();
        outputs.taken += 1;
        outputs.leaks.extend(leak.map(|leak| (what.to_owned(), leak)));
    }

    /// Takes in what `Debug` shows, in one line and in many.
    pub fn take_debug(&self, what: &str, value: &(impl Debug + ?Sized)) {
        self.take(what, &format!("{value:?}"));
        self.take(what, &format!("{value:#?}"));
    }

    /// Takes in what `Display` shows.
    pub fn take_display(&self, what: &str, value: &(impl Display + ?Sized)) {
        self.take(what, &value.to_string());
    }

    /// Takes in an error and all its sources, by `Display` and `Debug`.
    pub fn take_error(&self, what: &str, error: &(dyn StdError + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.take_display(what, error);
            self.take_debug(what, error);
            next = error.source();
        }
    }

    /// How many outputs were taken in.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.lock().taken
    }

    /// Where the canary came out, by the names of the places.
    #[must_use]
    pub fn leaks(&self) -> Vec<(String, Leak)> {
        self.lock().leaks.clone()
    }

    /// Asserts that something was taken in and that the canary was in none of it.
    ///
    /// # Panics
    /// Naming each place, the form, and the position; never the text.
    pub fn assert_silent(&self) {
        let outputs = self.lock();
        assert!(outputs.taken > 0, "nothing was taken in, so nothing was searched");
        let places: Vec<_> =
            outputs.leaks.iter().map(|(what, leak)| format!("{what}: {} at byte {}", leak.form, leak.at)).collect();
        assert!(places.is_empty(), "the canary came out in {} places: {}", places.len(), places.join("; "));
    }

    fn lock(&self) -> MutexGuard<'_, Outputs> {
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Canaries {
    fn observe(&self, event: &Event<'_>) {
        self.take_debug(event.name(), event);
    }
}
