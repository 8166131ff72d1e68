//! What the server acknowledged of this node's heartbeats: one that forgot it lost more.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use larder_core::{Moment, ablation};

/// The newest acknowledged heartbeat.
#[derive(Debug, Default)]
pub(crate) struct Pulse(Mutex<Option<Beat>>);

#[derive(Clone, Copy, Debug)]
struct Beat {
    sent: Moment,
    written: u64,
}

impl Pulse {
    /// What the server has to remember at `now`; 0 when what it acknowledged may have expired after `alive`.
    pub(crate) fn expected(&self, now: Moment, alive: Duration) -> u64 {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let remembered = |last: &Beat| now.since(last.sent) < alive && !ablation::off("pulse");
        last.filter(remembered).map_or(0, |last| last.written)
    }

    /// The server acknowledged that it wrote `written`. When it had `lost` what it acknowledged before, it begins anew here.
    pub(crate) fn acknowledged(&self, sent: Moment, written: u64, lost: bool) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lost || last.is_none_or(|last| written > last.written) {
            *last = Some(Beat { sent, written });
        }
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
    fn e39_what_was_acknowledged_is_expected_until_it_may_have_expired() {
        let pulse = Pulse::default();
        assert_eq!(pulse.expected(at(0), ALIVE), 0);
        pulse.acknowledged(at(1), 200, false);
        pulse.acknowledged(at(0), 100, false);
        assert_eq!(pulse.expected(at(2), ALIVE), 200, "answers may come in another order");
        assert_eq!(pulse.expected(at(61), ALIVE), 0);
        pulse.acknowledged(at(3), 150, true);
        assert_eq!(pulse.expected(at(4), ALIVE), 150, "another server, whose clock is behind, took its place");
    }
}
