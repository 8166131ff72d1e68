use std::error::Error;
use std::fmt;
use std::io;

/// Why a key could not be made: which field, what is wrong, what to do.
///
/// It names fields and option names, never a value: no text, prompt or credential can reach a log through it.
#[derive(Debug)]
pub struct KeyError {
    field: String,
    fault: KeyFault,
}

/// What is wrong with a field.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyFault {
    /// A name or id that must say something is empty.
    Empty,
    /// A number is NaN or infinite.
    NotFinite,
    /// A map has the same name twice.
    Repeated,
    /// Lists and maps are nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    TooDeep,
    /// Bytes that should be text are not UTF-8.
    NotUtf8 {
        /// Offset of the first byte that is not UTF-8.
        at: u64,
    },
    /// A text is longer than its reader allows.
    TooLong {
        /// Bytes allowed.
        limit: u64,
    },
    /// A secret is shorter than it must be to protect anything.
    ShortSecret {
        /// Bytes required.
        least: usize,
    },
    /// The source of a text could not be read.
    Unreadable(io::Error),
}

impl KeyError {
    pub(crate) fn new(field: impl Into<String>, fault: KeyFault) -> Self {
        Self { field: field.into(), fault }
    }

    pub(crate) fn nameless(fault: KeyFault) -> Self {
        Self::new("", fault)
    }

    /// The same error, one level further out.
    pub(crate) fn within(mut self, outer: &str) -> Self {
        self.field = if self.field.is_empty() { outer.to_owned() } else { format!("{outer}.{}", self.field) };
        self
    }

    /// The field at fault, such as `options.temperature` or `messages[3].content`.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What is wrong with the field.
    #[must_use]
    pub fn fault(&self) -> &KeyFault {
        &self.fault
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = if self.field.is_empty() { "value" } else { &self.field };
        write!(f, "no key: `{field}` {}", self.fault)
    }
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty; give it a name or leave it out where it is optional"),
            Self::NotFinite => f.write_str("is NaN or infinite; give a finite number or leave it out"),
            Self::Repeated => f.write_str("has the same name twice; give every name once"),
            Self::TooDeep => write!(f, "is nested deeper than {} levels; flatten it", crate::MAX_DEPTH),
            Self::NotUtf8 { at } => write!(f, "is not UTF-8 at byte {at}; decode it before asking for a key"),
            Self::TooLong { limit } => write!(f, "is longer than {limit} bytes; raise the limit or do not cache it"),
            Self::ShortSecret { least } => write!(f, "is too short to protect anything; use {least} bytes or more"),
            Self::Unreadable(error) => write!(f, "could not be read ({:?}); try again", error.kind()),
        }
    }
}

impl Error for KeyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.fault {
            KeyFault::Unreadable(error) => Some(error),
            KeyFault::Empty
            | KeyFault::NotFinite
            | KeyFault::Repeated
            | KeyFault::TooDeep
            | KeyFault::NotUtf8 { .. }
            | KeyFault::TooLong { .. }
            | KeyFault::ShortSecret { .. } => None,
        }
    }
}
