//! The one place where a failure of the shared tier becomes an answer without it.

use std::future::Future;
use std::time::Duration;

use larder_core::envelope::Unreadable;
use larder_core::{Error, ErrorKind, Event, Moment, Result, SharedClock, ablation};
use tokio::runtime::Handle;

use crate::l2::{L2, Permit};
use crate::voice::Voice;

/// What asking the shared tier came to.
#[derive(Debug)]
pub(crate) enum Asked<T> {
    /// It answered.
    Answered(T),
    /// It answered with what cannot be used: bytes that are no entry, a request that it does not offer.
    Unusable,
    /// It answered with what a later release wrote, or a node that knows more.
    Newer,
    /// It did not answer, or was not asked because it did not answer before. What was asked of it may have been done.
    Away,
}

impl L2 {
    /// Asks the shared tier, for at most `limit`, unless the breaker is open. Every failure is told as an event.
    pub(crate) async fn ask<T>(
        &self,
        (cache, voice): (&str, &Voice),
        limit: Duration,
        call: impl Future<Output = Result<T>>,
    ) -> Asked<T> {
        let Some(permit) = self.breaker.admit() else { return Asked::Away };
        if Handle::try_current().is_err() {
            let why = "the shared tier is asked with a limit of time: call it inside a tokio runtime";
            voice.tell(&Event::Degrade { cache, error: &Error::invalid("ask", why).at(self.name()) });
            return Asked::Away;
        }
        let asking = Asking { permit: Some(permit), clock: &self.clock, slow_at: self.clock.now() + limit / 2 };
        let ended = self.within(limit, call).await;
        let permit = asking.ended();
        let error = match ended {
            Ok(answer) => {
                permit.succeeded();
                return Asked::Answered(answer);
            }
            Err(error) => error,
        };
        let answered = matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Unsupported | ErrorKind::Invalid);
        if answered {
            permit.succeeded();
        } else if permit.failed() {
            tracing::warn!(target: "larder", store = self.name(), %error, "the shared tier is left alone until it answers");
        }
        voice.tell(&Event::Degrade { cache, error: &error });
        match Unreadable::of(&error) {
            Some(why) if why.may_be_newer() => Asked::Newer,
            _ if answered => Asked::Unusable,
            _ => Asked::Away,
        }
    }

    /// Waits for `call`, but no longer than `limit`.
    pub(crate) async fn within<T>(&self, limit: Duration, call: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            answer = call => answer,
            () = self.clock.sleep_until(self.clock.now() + limit), if !ablation::off("timeouts") => {
                let why = "the store did not answer in time; its own state is not known";
                Err(Error::new(ErrorKind::Timeout, "ask", why).at(self.name()).with("limit", format!("{limit:?}")))
            }
        }
    }
}

/// A call under way. A caller who goes away after half of the limit has seen a slow tier, and that counts.
struct Asking<'a> {
    permit: Option<Permit<'a>>,
    clock: &'a SharedClock,
    slow_at: Moment,
}

impl<'a> Asking<'a> {
    fn ended(mut self) -> Permit<'a> {
        self.permit.take().expect("it ends once")
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take()
            && self.clock.now() >= self.slow_at
        {
            permit.failed();
        }
    }
}
