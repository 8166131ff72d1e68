use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::entries::Entries;
use crate::error::KeyError;
use crate::identity::Identity;
use crate::key_text::KeyStyle;
use crate::request::{Hashes, Request};
use crate::scope::Scope;
use crate::statistics::{KeyStatistics, Ledger};
use crate::text::Text;

/// Characters up to which a readable key shows a text, unless said otherwise.
pub const DEFAULT_THRESHOLD: usize = 1000;

type Now = Arc<dyn Fn() -> Duration + Send + Sync>;

/// Makes keys of model requests, and counts what it made.
///
/// ```
/// use larder_key::{KeyGenerator, Scope};
///
/// let generator = KeyGenerator::builder().readable(true).build();
/// let key = generator.generate(&Scope::public(), "summarize", "Short text", &[("max_length", 100)], None)?;
///
/// assert!(key.text.contains("|op:summarize|txt:Short text|opts:"));
/// assert_eq!(generator.statistics().count, 1);
/// # Ok::<(), larder_key::KeyError>(())
/// ```
pub struct KeyGenerator {
    style: KeyStyle,
    now: Option<Now>,
    ledger: Mutex<Ledger>,
}

/// A key, and the identity it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedKey {
    /// `s:<scope>|op:<operation>|txt:<text or hash>|opts:<hash>[|q:<hash>]`: one printable line.
    pub text: String,
    /// What is kept beside the answer and compared on every hit.
    pub identity: Identity,
}

impl KeyGenerator {
    /// A generator that shows no text; see [`KeyGeneratorBuilder`] for what can be chosen.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Chooses how keys look and where time comes from.
    pub fn builder() -> KeyGeneratorBuilder {
        let style = KeyStyle { threshold: DEFAULT_THRESHOLD, readable: false, reserved: 0 };
        KeyGeneratorBuilder { style, now: None }
    }

    /// The key of a request that has only these; `&()` is no options.
    ///
    /// # Errors
    /// As [`Request::identity`].
    pub fn generate<'a>(
        &self,
        scope: &'a Scope,
        operation: &'a str,
        text: impl Into<Text<'a>>,
        options: &'a dyn Entries,
        question: Option<&'a str>,
    ) -> Result<GeneratedKey, KeyError> {
        self.generate_request(&Request { options, question, ..Request::new(scope, operation, text) })
    }

    /// The key of a request.
    ///
    /// # Errors
    /// As [`Request::identity`].
    pub fn generate_request(&self, request: &Request<'_>) -> Result<GeneratedKey, KeyError> {
        let start = self.now.as_ref().map(|now| now());
        let made = Hashes::of(request)
            .map(|hashes| GeneratedKey { text: self.style.render(request, &hashes), identity: hashes.identity });
        let time = self.now.as_ref().zip(start).map(|(now, start)| now().saturating_sub(start));
        match &made {
            Ok(_) => self.ledger().record(request.operation, request.text.bytes(), time),
            Err(_) => self.ledger().refuse(),
        }
        made
    }

    /// What was made so far.
    #[must_use]
    pub fn statistics(&self) -> KeyStatistics {
        self.ledger().statistics()
    }

    /// Counters stay usable after a panic: nothing is half written between two of them.
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for KeyGenerator {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for KeyGenerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyGenerator").field("style", &self.style).finish_non_exhaustive()
    }
}

/// What a [`KeyGenerator`] can be told. Nothing here changes an identity.
#[derive(Clone)]
#[must_use]
pub struct KeyGeneratorBuilder {
    style: KeyStyle,
    now: Option<Now>,
}

impl KeyGeneratorBuilder {
    /// Shows texts of at most this many characters ([`DEFAULT_THRESHOLD`]), if keys are readable.
    pub fn threshold(mut self, characters: usize) -> Self {
        self.style.threshold = characters;
        self
    }

    /// Whether keys show short texts (no): for development, where nothing is confidential.
    pub fn readable(mut self, readable: bool) -> Self {
        self.style.readable = readable;
        self
    }

    /// Bytes that will stand before the key, such as prefix and cache name (0); they count towards the longest key
    /// that shows its text.
    pub fn reserved(mut self, bytes: usize) -> Self {
        self.style.reserved = bytes;
        self
    }

    /// Where time comes from: a monotonic reading since any start. Without it there are no times in the statistics.
    pub fn clock(mut self, now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.now = Some(Arc::new(now));
        self
    }

    /// The generator.
    #[must_use]
    pub fn build(self) -> KeyGenerator {
        KeyGenerator { style: self.style, now: self.now, ledger: Mutex::new(Ledger::new()) }
    }
}

impl fmt::Debug for KeyGeneratorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyGeneratorBuilder").field("style", &self.style).finish_non_exhaustive()
    }
}
