//! One error for every crate: its kind says what a caller can do.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// A result with Larder's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a caller can do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The store cannot be reached: answer without it, or try again.
    Unavailable,
    /// The bytes are not what was written: treat as a miss and overwrite.
    Corrupt,
    /// The store does not offer this; its capabilities said so beforehand.
    Unsupported,
    /// An argument or a setting is wrong: mend it.
    Invalid,
    /// The loader failed; its own error is the source.
    Load,
    /// A deadline passed.
    Timeout,
    /// Refused to protect the origin from overload.
    Shed,
}

impl ErrorKind {
    /// The kind in snake case, as metrics and logs show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Corrupt => "corrupt",
            Self::Unsupported => "unsupported",
            Self::Invalid => "invalid",
            Self::Load => "load",
            Self::Timeout => "timeout",
            Self::Shed => "shed",
        }
    }
}

/// What went wrong: kind, operation, place, words for people, source.
///
/// `Display` is one line, `Debug` tells the chain. Larder puts no value, prompt or secret into either; a loader's own error is
/// in the chain as the loader made it. Cloning is cheap, so that every caller who joined a failed load gets the same error.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    operation: &'static str,
    store: Option<Cow<'static, str>>,
    message: Cow<'static, str>,
    context: Vec<(&'static str, String)>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind` in `operation` (a verb, such as `get`); `message` says why and how to mend it.
    #[must_use]
    pub fn new(kind: ErrorKind, operation: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self(Arc::new(Inner { kind, operation, store: None, message, context: Vec::new(), source: None }))
    }

    /// A wrong argument or setting.
    #[must_use]
    pub fn invalid(operation: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Invalid, operation, message)
    }

    /// Something this store does not offer.
    #[must_use]
    pub fn unsupported(operation: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Unsupported, operation, message)
    }

    /// The failure of a loader, with the loader's own error as the source.
    #[must_use]
    pub fn load(operation: &'static str, source: Arc<dyn StdError + Send + Sync>) -> Self {
        Self::new(ErrorKind::Load, operation, "the loader failed").because(source)
    }

    /// Names the store or cache in which it happened.
    #[must_use]
    pub fn at(self, store: impl Into<Cow<'static, str>>) -> Self {
        self.change(|inner| inner.store = Some(store.into()))
    }

    /// Adds a fact; never a value, a prompt or a secret.
    #[must_use]
    pub fn with(self, name: &'static str, fact: impl fmt::Display) -> Self {
        self.change(|inner| inner.context.push((name, fact.to_string())))
    }

    /// Sets the error that caused this one.
    #[must_use]
    pub fn because(self, source: Arc<dyn StdError + Send + Sync>) -> Self {
        self.change(|inner| inner.source = Some(source))
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// What a caller can do.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The verb that failed.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// The store or cache in which it happened, when it is known.
    #[must_use]
    pub fn store(&self) -> Option<&str> {
        self.0.store.as_deref()
    }

    /// The words for people, without operation and place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The facts that were added, oldest first.
    pub fn context(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.context.iter().map(|(name, fact)| (*name, fact.as_str()))
    }

    /// The loader's own error by its type, when this is the failure of a load.
    #[must_use]
    pub fn load_error<E: StdError + 'static>(&self) -> Option<&E> {
        if self.0.kind != ErrorKind::Load {
            return None;
        }
        let mut source = self.source();
        while let Some(error) = source {
            if let Some(found) = error.downcast_ref::<E>() {
                return Some(found);
            }
            source = error.source();
        }
        None
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.operation)?;
        if let Some(store) = &self.0.store {
            write!(f, " in {store}")?;
        }
        write!(f, ": {}", self.0.message)?;
        for (index, (name, fact)) in self.0.context.iter().enumerate() {
            let open = if index == 0 { " (" } else { ", " };
            write!(f, "{open}{name}: {fact}")?;
        }
        if self.0.context.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {self}", self.0.kind.as_str())?;
        let mut source = self.source();
        while let Some(error) = source {
            write!(f, "; because {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// A loader panicked. Its message stays with the panic hook: it may hold anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadPanic;

impl fmt::Display for LoadPanic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the loader panicked; the panic hook has its message")
    }
}

impl StdError for LoadPanic {}

/// A loader asked, directly or through other loaders, for the key it is loading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reentry {
    /// The chain of `cache/key`, from the outermost load to the key that was asked again.
    pub chain: Vec<String>,
}

impl fmt::Display for Reentry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a load waits for itself: {}; let the loader compute the value without this cache",
            self.chain.join(" → ")
        )
    }
}

impl StdError for Reentry {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_one_line_and_debug_tells_the_chain() {
        let error = Error::load("get_or_load", Arc::new(LoadPanic)).at("users").with("after_ms", 12);
        assert_eq!(error.to_string(), "get_or_load in users: the loader failed (after_ms: 12)");
        assert_eq!(
            format!("{error:?}"),
            "[load] get_or_load in users: the loader failed (after_ms: 12); because the loader panicked; the panic hook has its message"
        );
    }

    #[test]
    fn the_loaders_own_error_comes_back_by_type() {
        let error = Error::load("get_or_load", Arc::new(std::io::Error::other("disk")));
        assert_eq!(error.load_error::<std::io::Error>().map(ToString::to_string), Some("disk".into()));
        assert!(error.load_error::<LoadPanic>().is_none());
        let other = Error::invalid("insert", "no").because(Arc::new(LoadPanic));
        assert!(other.load_error::<LoadPanic>().is_none(), "only the failure of a load has a loader's error");
    }
}
