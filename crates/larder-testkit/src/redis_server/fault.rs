//! The errors of a server under test, in one form.

use std::error::Error as StdError;
use std::sync::Arc;

use larder_core::{Error, ErrorKind};

/// What errors name as their place.
pub(crate) const PLACE: &str = "redis-server";

/// An error of `kind`; `message` says why and how to mend it.
pub(crate) fn fault(kind: ErrorKind, operation: &'static str, message: impl Into<String>) -> Error {
    Error::new(kind, operation, message.into()).at(PLACE)
}

/// An error that the operating system caused.
pub(crate) fn broken(operation: &'static str, message: &str, error: impl StdError + Send + Sync + 'static) -> Error {
    let message = format!("{message}: {error}");
    fault(ErrorKind::Unavailable, operation, message).because(Arc::new(error))
}
