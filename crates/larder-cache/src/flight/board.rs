//! One load in flight: where those who wait for it learn how it ended.

use std::sync::Arc;
use std::time::Duration;

use larder_core::{AsOf, Error, Moment, Tags, Tier, Version};
use tracing::Span;

use super::{Channel, Link};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Notify, OnceLock};
use crate::token::Need;
use crate::written::TierWrite;

/// How a load ended. Everybody who joined gets the same.
pub(crate) type Landing<V> = Result<Landed<V>, Error>;

/// What a load brought.
#[derive(Debug)]
pub(crate) struct Landed<V> {
    /// The value; none when the loader found that there is none.
    pub(crate) value: Option<Arc<V>>,
    pub(crate) tags: Tags,
    pub(crate) born: Moment,
    /// How long the load took; none when that is not known of a value that another process loaded.
    pub(crate) took: Option<Duration>,
    /// Where it was found; none when the loader brought it.
    pub(crate) source: Option<Tier>,
    /// What the tier in this process did of it.
    pub(crate) written: TierWrite,
}

/// One load in flight.
#[derive(Debug)]
pub(crate) struct Flight<V> {
    /// The cache's clock before the load looked anywhere.
    pub(crate) as_of: AsOf,
    /// This load in the chain of loads that wait for each other.
    pub(crate) link: Arc<Link>,
    /// What the call that started the load must not miss.
    pub(crate) need: Option<Need>,
    /// Changes up to this version are older than the load; none is known before the shared tier was asked.
    granted: AtomicU64,
    /// The load waits for its turn: too many run already.
    queued: AtomicBool,
    /// Where the load runs; none before it departed, and where nobody listens to spans.
    span: OnceLock<Span>,
    /// What the loader tells before it ends.
    pub(crate) channel: Arc<Channel>,
    ended: OnceLock<Landing<V>>,
    news: Notify,
}

impl<V> Flight<V> {
    pub(crate) fn new(as_of: AsOf, link: Arc<Link>) -> Self {
        Self {
            as_of,
            link,
            need: None,
            granted: AtomicU64::new(0),
            queued: AtomicBool::new(false),
            span: OnceLock::new(),
            channel: Arc::default(),
            ended: OnceLock::new(),
            news: Notify::new(),
        }
    }

    /// The same, started by a call that must not miss this.
    pub(crate) fn needing(self, need: Option<Need>) -> Self {
        Self { need, ..self }
    }

    /// The load runs in `span`.
    pub(crate) fn runs_in(&self, span: &Span) {
        if !span.is_disabled() {
            self.span.set(span.clone()).ok();
        }
    }

    /// Links the span of a caller that joined: its answer follows from the load.
    pub(crate) fn link_caller(&self) {
        if let Some(span) = self.span.get() {
            Span::current().follows_from(span);
        }
    }

    /// The shared tier knows of the load: changes up to `version` came before it.
    pub(crate) fn grant(&self, version: Version) {
        self.granted.store(version.get(), Ordering::Release);
    }

    /// Whether the load began after the change with this version.
    pub(crate) fn began_after(&self, change: Version) -> bool {
        self.granted.load(Ordering::Acquire) >= change.get()
    }

    /// Whether what the load brings is late enough for a call with this need.
    pub(crate) fn serves(&self, need: Option<Need>) -> bool {
        need.is_none_or(|need| {
            let began_later = need.clock.is_none() && self.began_after(need.here);
            began_later || self.need.is_some_and(|own| own.covers(need))
        })
    }

    pub(crate) fn set_queued(&self, queued: bool) {
        self.queued.store(queued, Ordering::Release);
    }

    /// Whether the load has not begun because too many run already.
    pub(crate) fn is_queued(&self) -> bool {
        self.queued.load(Ordering::Acquire)
    }

    /// Tells everybody how the load ended. Only the first word counts.
    pub(crate) fn land(&self, landing: Landing<V>) {
        if self.ended.set(landing).is_ok() {
            self.channel.end();
            self.news.notify_waiters();
        }
    }

    /// Waits until the load has ended. Dropping the future changes nothing.
    pub(crate) async fn landing(&self) -> &Landing<V> {
        loop {
            let news = self.news.notified();
            if let Some(landing) = self.ended.get() {
                return landing;
            }
            news.await;
        }
    }

    /// The tags of what the load brought, once it has ended well.
    pub(crate) fn landed_tags(&self) -> Option<&Tags> {
        self.ended.get().and_then(|landing| landing.as_ref().ok()).map(|landed| &landed.tags)
    }
}
