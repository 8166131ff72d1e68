//! For how long what a later release wrote is left alone.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use larder_core::envelope::{CipherId, CriticalFlags, Header, Unreadable};
use larder_core::{Event, MissReason, Moment, Version, ablation};

use super::{CacheTier, Look};
use crate::codec::Codec;

/// Since when one cache meets what a later release wrote, or a node that knows more.
///
/// Nodes of two releases run side by side while a fleet is upgraded. Were each to replace what it cannot read, they would do so
/// in turns. A fleet is not mixed for ever: after a release was taken back, what it left has to be replaced by somebody.
#[derive(Debug, Default)]
pub(crate) struct MixedFleet(Mutex<Option<Met>>);

#[derive(Clone, Copy, Debug)]
struct Met {
    first: Moment,
    last: Moment,
}

impl MixedFleet {
    /// Notes that it was met at `now`; whether it is left alone. That is so for `grace`, counted from the first time; once none was
    /// met for as long, the next is the first.
    pub(crate) fn meet(&self, now: Moment, grace: Duration) -> bool {
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = met.filter(|met| now.since(met.last) <= grace).map_or(now, |met| met.first);
        *met = Some(Met { first, last: now });
        now.since(first) < grace && !ablation::off("mixed_fleet")
    }
}

impl CacheTier {
    /// What of an entry no layer has undone and no codec here knows: another node is made for it.
    pub(super) fn unknown(&self, header: &Header) -> Option<Unreadable> {
        let codec = header.codec;
        if !header.is_as_encoded() && !ablation::off("missing_layer") {
            return Some(missing_layer(header));
        }
        let known = Codec::of(codec).is_some() || codec == self.codec.id() || self.is_negative(header);
        (!known).then_some(Unreadable::UnknownCodec(codec.0))
    }

    fn is_negative(&self, header: &Header) -> bool {
        header.critical.contains(CriticalFlags::NEGATIVE)
    }

    /// Tells `why` an entry is for others, and says what is to be done about it.
    pub(super) fn left_to_others(&self, why: Unreadable, version: Version) -> Look {
        let error = why.into_error("get").at(self.cache.to_string());
        self.voice.tell(&Event::Degrade { cache: &self.cache, error: &error });
        self.newer(version)
    }

    /// What is to be done about what a later release wrote, or a node that knows more, under `version`.
    pub(super) fn newer(&self, version: Version) -> Look {
        if self.mixed_fleet.meet(self.l2.clock.now(), self.l2.settings.mixed_fleet_grace) {
            Look::Newer
        } else {
            Look::Nothing(MissReason::Corrupt, version)
        }
    }
}

/// What of an entry no layer has undone.
const fn missing_layer(header: &Header) -> Unreadable {
    if header.cipher.0 != CipherId::NONE.0 {
        Unreadable::UnknownCipher(header.cipher.0)
    } else if header.dictionary_id != 0 {
        Unreadable::UnknownDictionary(header.dictionary_id)
    } else {
        Unreadable::UnknownCompression(header.compression.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(60);

    fn at(seconds: u64) -> Moment {
        Moment::ORIGIN + Duration::from_secs(seconds)
    }

    #[test]
    fn f39_what_is_met_is_left_alone_for_the_grace_and_again_after_a_pause() {
        let fleet = MixedFleet::default();
        assert!([5, 30, 64].iter().all(|second| fleet.meet(at(*second), GRACE)));
        assert!([65, 100, 150].iter().all(|second| !fleet.meet(at(*second), GRACE)));
        assert!(fleet.meet(at(211), GRACE), "another fleet is mixed");
    }

    #[test]
    fn f39_without_a_grace_nothing_is_left_alone() {
        let fleet = MixedFleet::default();
        assert!([0, 0, 1].iter().all(|second| !fleet.meet(at(*second), Duration::ZERO)));
    }
}
