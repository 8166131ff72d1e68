//! Loads that wait for loads: a chain, inherited by every load that a loader starts.

use std::sync::{Arc, Mutex, PoisonError};

use larder_core::Reentry;

tokio::task_local! {
    static INNERMOST: Arc<Link>;
}

/// One load in the chain.
#[derive(Debug)]
pub(crate) struct Link {
    cache: Arc<str>,
    key: Arc<str>,
    outer: Option<Arc<Link>>,
    /// What this load's loader waits for at the moment, for the error of a load that waits too long.
    waits_for: Mutex<Option<String>>,
}

impl Link {
    /// The load of `key` in `cache`, inside the loader that this task runs, if it runs one.
    pub(crate) fn new(cache: &Arc<str>, key: &Arc<str>) -> Self {
        let (cache, key) = (Arc::clone(cache), Arc::clone(key));
        Self { cache, key, outer: Self::innermost(), waits_for: Mutex::new(None) }
    }

    /// A load that stands for all of `links`, which one loader brings.
    pub(crate) fn joining<'a>(links: impl IntoIterator<Item = &'a Arc<Self>>) -> Option<Arc<Self>> {
        links.into_iter().fold(None, |outer, link| {
            let (cache, key) = (Arc::clone(&link.cache), Arc::clone(&link.key));
            let outer = outer.or_else(|| link.outer.clone());
            Some(Arc::new(Self { cache, key, outer, waits_for: Mutex::new(None) }))
        })
    }

    /// The load whose loader runs on this task.
    pub(crate) fn innermost() -> Option<Arc<Self>> {
        INNERMOST.try_with(Arc::clone).ok()
    }

    /// Runs `loader` as the loader of this load.
    pub(crate) async fn scope<F: Future>(self: Arc<Self>, loader: F) -> F::Output {
        INNERMOST.scope(self, loader).await
    }

    /// An error if the loader that runs on this task is, through any number of loads, the loader of this key itself.
    pub(crate) fn check(cache: &Arc<str>, key: &str) -> Result<(), Reentry> {
        let innermost = Self::innermost();
        let links = || std::iter::successors(innermost.as_deref(), |link| link.outer.as_deref());
        let Some(length) = links().position(|link| Arc::ptr_eq(&link.cache, cache) && &*link.key == key) else {
            return Ok(());
        };
        let mut chain: Vec<String> = links().take(length + 1).map(Self::name).collect();
        chain.reverse();
        chain.push(name(cache, key));
        Err(Reentry { chain })
    }

    pub(crate) fn name(&self) -> String {
        name(&self.cache, &self.key)
    }

    /// What this load's loader waits for.
    pub(crate) fn waits_for(&self) -> Option<String> {
        self.waits_for.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes, until the guard is dropped, that the loader on this task waits for `other`.
    pub(crate) fn waiting_for(other: &Self) -> Option<Waiting> {
        let waiter = Self::innermost()?;
        waiter.set_waits_for(Some(other.name()));
        Some(Waiting(waiter))
    }

    fn set_waits_for(&self, other: Option<String>) {
        *self.waits_for.lock().unwrap_or_else(PoisonError::into_inner) = other;
    }
}

fn name(cache: &str, key: &str) -> String {
    format!("{cache}/{key}")
}

/// A loader waits; until this is dropped.
pub(crate) struct Waiting(Arc<Link>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.set_waits_for(None);
    }
}
