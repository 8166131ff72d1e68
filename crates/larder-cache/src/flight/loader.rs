//! A loader without its type; only a call that really loads makes one.

use std::error::Error as StdError;
use std::sync::Arc;

use larder_core::BoxFuture;

use super::LoadContext;
use crate::revalidated::Revalidated;

/// What a loader brings.
pub(crate) enum Brought<V> {
    Value(V),
    /// There is no such value.
    Nothing,
    /// The value that it was given still holds.
    NotModified,
}

type Run<V> = dyn FnOnce(LoadContext, Option<Arc<V>>) -> BoxFuture<'static, Result<Brought<V>, Arc<dyn StdError + Send + Sync>>>
    + Send;

pub(crate) struct Loader<V> {
    pub(super) run: Box<Run<V>>,
    /// It wants the previous value.
    pub(super) revalidates: bool,
}

impl<V> Loader<V> {
    /// One that brings a value or finds that there is none.
    pub(crate) fn new<L, F, E>(load: L) -> Self
    where
        L: FnOnce(LoadContext) -> F + Send + 'static,
        F: Future<Output = Result<Option<V>, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let run: Box<Run<V>> = Box::new(|context, _| {
            Box::pin(async {
                let brought = load(context).await.map_err(|error| Arc::from(error.into()))?;
                Ok(brought.map_or(Brought::Nothing, Brought::Value))
            })
        });
        Self { run, revalidates: false }
    }

    /// One that may find that the previous value still holds.
    pub(crate) fn revalidating<L, F, E>(load: L) -> Self
    where
        L: FnOnce(LoadContext, Option<Arc<V>>) -> F + Send + 'static,
        F: Future<Output = Result<Revalidated<V>, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
        V: Send + Sync + 'static,
    {
        let run: Box<Run<V>> = Box::new(|context, previous| {
            Box::pin(async {
                Ok(match load(context, previous).await.map_err(|error| Arc::from(error.into()))? {
                    Revalidated::New(value) => Brought::Value(value),
                    Revalidated::NotModified => Brought::NotModified,
                })
            })
        });
        Self { run, revalidates: true }
    }
}
