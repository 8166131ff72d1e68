//! Whether a server remembers this node's heartbeats: one that lost them lost more.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use larder_core::Moment;

/// What the last acknowledged heartbeat wrote.
#[derive(Debug, Default)]
pub(crate) struct Pulse(Mutex<Option<Beat>>);

#[derive(Clone, Copy, Debug)]
struct Beat {
    sent: Moment,
    written: u64,
}

impl Pulse {
    /// A heartbeat sent at `sent` wrote `written` and found `before` from the one before it. True when the server has
    /// forgotten what it acknowledged: it was flushed, or another server took its place that had not got all.
    ///
    /// What was acknowledged longer ago than `alive` may be forgotten.
    pub(crate) fn lost(&self, sent: Moment, written: u64, before: u64, alive: Duration) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Answers may come in another order than the heartbeats were done.
        if last.is_some_and(|last| written <= last.written && before < last.written) {
            return false;
        }
        let lost = last.is_some_and(|last| before < last.written && sent.since(last.sent) < alive);
        *last = Some(Beat { sent, written });
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALIVE: Duration = Duration::from_secs(60);

    fn at(seconds: u64) -> Moment {
        Moment::ORIGIN + Duration::from_secs(seconds)
    }

    #[test]
    fn e39_a_server_that_forgot_a_heartbeat_lost_writes() {
        let pulse = Pulse::default();
        assert!(!pulse.lost(at(0), 100, 0, ALIVE), "the first finds nothing");
        assert!(!pulse.lost(at(1), 200, 100, ALIVE));
        assert!(!pulse.lost(at(2), 400, 300, ALIVE), "one whose answer was lost came between");
        assert!(pulse.lost(at(3), 500, 100, ALIVE), "an older state came back");
        assert!(pulse.lost(at(4), 600, 0, ALIVE), "everything was flushed");
        assert!(!pulse.lost(at(5), 700, 600, ALIVE), "told once");
    }

    #[test]
    fn what_expired_or_was_overtaken_is_no_loss() {
        let pulse = Pulse::default();
        assert!(!pulse.lost(at(0), 100, 0, ALIVE));
        assert!(!pulse.lost(at(60), 900, 0, ALIVE), "it had expired by then");
        assert!(!pulse.lost(at(59), 800, 100, ALIVE), "an answer that was overtaken");
    }
}
