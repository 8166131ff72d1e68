//! Writes on a condition: the shared tier decides, or nobody does.

use std::sync::atomic::{AtomicBool, Ordering};

use larder_core::envelope::ClockStamp;
use larder_core::{Condition, Moment, Put, Refusal, Store, Version, When, WriteId, ablation};

use super::{Beginning, CacheTier, Look, Parcel};
use crate::degrade::Asked;

/// What became of a write on a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decided {
    Stored(Version),
    /// Something is there.
    Present,
    /// What is there has another version, or there is nothing.
    Changed,
    /// Refused for another reason, and certainly not stored.
    Refused,
    /// Not asked, and certainly not stored.
    Away,
    /// It may have been stored or not; after this moment it will not be any more.
    Unknown(Moment),
}

impl CacheTier {
    /// Stores what a caller brought at `stamp`, if `when` holds.
    pub(crate) async fn store_if(
        &self,
        key: &str,
        parcel: Parcel,
        when: When,
        stamp: ClockStamp,
        write: WriteId,
    ) -> Decided {
        let Some(full) = self.key(key).ok().filter(|_| !self.pending.concerns(key)) else { return Decided::Away };
        let when = if ablation::off("conditional") { When::Always } else { when };
        let limit = self.l2.settings.write_timeout;
        let deadline = self.l2.clock.now() + limit;
        let condition = Condition { when, deadline: Some(deadline), write: Some(write) };
        let (entry, sent) = (self.entry(parcel, stamp), AtomicBool::new(false));
        let put = async {
            sent.store(true, Ordering::Relaxed);
            self.l2.store.put(&full, entry, condition).await
        };
        match self.ask(limit, put).await {
            Asked::Answered(Put::Stored(version)) => {
                self.figures.stored.up();
                Decided::Stored(version)
            }
            Asked::Answered(Put::Refused(Refusal::Present)) => Decided::Present,
            Asked::Answered(Put::Refused(Refusal::Superseded)) => Decided::Changed,
            Asked::Answered(Put::Refused(_)) | Asked::Unusable | Asked::Newer => Decided::Refused,
            Asked::Away if sent.load(Ordering::Relaxed) => Decided::Unknown(deadline),
            Asked::Away => Decided::Away,
        }
    }

    /// What is under `key` when its bytes cannot even be read: its version, from the scripts that keep it. Looked at again
    /// after that, so that a value which comes between is not taken for what was unreadable. None when the scripts cannot
    /// read it either: a later release wrote it.
    pub(crate) async fn look_past_corruption(&self, key: &str) -> Option<Look> {
        match self.begin(key, false, None).await {
            Beginning::Begun(begun) => Some(match self.look(key, None).await {
                Look::Nothing(reason, Version::NONE) => Look::Nothing(reason, begun.version),
                look => look,
            }),
            Beginning::Held(_) | Beginning::Newer => None,
            Beginning::Away => Some(Look::Away),
        }
    }

    /// Whether the tier answers for `key` at all, so that everything sent before has been done or never will be.
    pub(crate) async fn answers_for(&self, key: &str) -> bool {
        let Ok(full) = self.key(key) else { return true };
        let asked = self.ask(self.l2.settings.read_timeout, self.l2.store.get(&full)).await;
        !matches!(asked, Asked::Away)
    }
}
