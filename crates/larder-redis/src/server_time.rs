//! The server's time, as far as this node knows it.

use std::sync::{Mutex, PoisonError};

use larder_core::Moment;
use tokio::sync::watch;

use crate::offset::{Offset, Step};

/// What was heard of the server's clock, on any connection.
#[derive(Debug, Default)]
pub(crate) struct ServerTime {
    offset: Mutex<Option<Offset>>,
    /// How often the clock was seen to go back.
    setbacks: watch::Sender<u64>,
}

impl ServerTime {
    /// The server said `micros`, at some time between `sent` and `received`.
    pub(crate) fn heard(&self, sent: Moment, received: Moment, micros: u64) {
        let newer = Offset::sample(sent, received, micros);
        let mut known = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        let (offset, step) = known.map_or((newer, Step::None), |old| old.then(newer));
        *known = Some(offset);
        drop(known);
        if step == Step::Back {
            self.setbacks.send_modify(|count| *count += 1);
        }
    }

    /// What is known at `now`; nothing before the first answer.
    pub(crate) fn at(&self, now: Moment) -> Option<Offset> {
        let known = *self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        known.map(|offset| offset.at(now))
    }

    /// Tells when the clock goes back.
    pub(crate) fn setbacks(&self) -> watch::Receiver<u64> {
        self.setbacks.subscribe()
    }
}
