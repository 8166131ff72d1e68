//! What this node knows of a cache's clock in the shared tier.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use larder_core::envelope::ClockStamp;
use larder_core::{AsOf, ClockId, ClockReading, Moment, Tag, Tags, ablation};

/// The clock as it was read and heard. It is never ahead of the truth: what it lets pass may be wrong only by what the
/// notices have not brought yet, and after a gap it lets nothing pass that was not looked up.
#[derive(Debug, Default)]
pub(crate) struct Heard(RwLock<State>);

#[derive(Debug, Default)]
struct State {
    /// None before the first reading.
    id: Option<ClockId>,
    /// The newest position that was seen anywhere: what begins now is as of it.
    now: AsOf,
    /// Every change up to this position was heard of, or read.
    complete: AsOf,
    floor: AsOf,
    /// Positions of tags; `AsOf(0)` of one that was looked up and never invalidated.
    tags: HashMap<Tag, AsOf>,
    /// Every tag invalidated after this position was heard of; of those before, only what `tags` holds is known.
    known_since: AsOf,
    /// Notices are heard since the last reading: nothing after it was missed.
    confirmed: bool,
    /// Which way of notices confirms; another number every time it was lost.
    way: u64,
    /// The newest position that was read, and when.
    read: (AsOf, Moment),
}

/// How a change became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// A notice told it, after everything that was told before.
    Notice,
    /// The shared tier acknowledged it to this node, which made it.
    Answer,
}

/// What the clock says of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    Valid,
    Invalid,
    /// The position of a tag, or the clock itself, has to be read first.
    Unknown,
}

impl Heard {
    /// Above this many tags all are forgotten, and looked up again when they are needed.
    const MAX_TAGS: usize = 100_000;

    /// The position as last heard, for a load that is about to begin; none before the first reading.
    pub(crate) fn stamp(&self) -> Option<ClockStamp> {
        let state = self.read();
        state.id.map(|id| ClockStamp { id, as_of: state.now })
    }

    /// Whether reads need no look at the clock.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.read().confirmed
    }

    /// The number of the way of notices, to be given back with a [reading](Heard::adopt) made after this call.
    pub(crate) fn way(&self) -> u64 {
        self.read().way
    }

    /// Judges an entry that was stamped before its load.
    pub(crate) fn judge(&self, stamp: ClockStamp, tags: &Tags) -> Judged {
        if ablation::off("shared_clock") {
            return Judged::Valid;
        }
        let state = self.read();
        if state.id != Some(stamp.id) {
            return Judged::Unknown;
        }
        if stamp.as_of < state.floor {
            return Judged::Invalid;
        }
        let mut judged = Judged::Valid;
        for tag in tags {
            match state.tags.get(tag) {
                Some(position) if *position > stamp.as_of => return Judged::Invalid,
                Some(_) => {}
                None if stamp.as_of < state.known_since && !ablation::off("unknown_tags") => judged = Judged::Unknown,
                None => {}
            }
        }
        judged
    }

    /// Takes over what was read of the clock and of `tags`. `listening` is the way of notices that was up before the
    /// reading and still is, if one was.
    pub(crate) fn adopt(&self, reading: &ClockReading, tags: &Tags, listening: Option<u64>) {
        let mut state = self.write();
        let clock = reading.clock;
        if state.id != Some(clock.id) {
            // Another clock: whatever the old one said is void, and every entry stamped by it with it.
            let (id, known_since, complete) = (Some(clock.id), clock.now, clock.now);
            *state = State { id, known_since, complete, way: state.way, ..State::default() };
        }
        let confirms = listening == Some(state.way);
        if !state.confirmed {
            // Tags that moved between the last notice heard and this reading may have been missed.
            if clock.now > state.complete {
                state.tags.retain(|_, position| *position > clock.now);
                (state.known_since, state.complete) = (clock.now, clock.now);
            }
            state.confirmed = confirms;
        }
        state.now = state.now.max(clock.now);
        state.floor = state.floor.max(clock.floor);
        for (tag, position) in tags.iter().zip(&reading.tags) {
            state.raise(tag, *position);
        }
    }

    /// The clock was read by now, as far as `position`.
    pub(crate) fn note_read(&self, position: AsOf, now: Moment) {
        let mut state = self.write();
        if position > state.read.0 {
            state.read = (position, now);
        }
    }

    /// Whether everything up to `stamp` has been taken over by this process. It has when the position was read, and then a
    /// heartbeat was sent, at `heard_at`, and came back after all notices of it.
    pub(crate) fn has_reached(&self, stamp: ClockStamp, heard_at: Moment) -> bool {
        let state = self.read();
        let (position, at) = state.read;
        state.id == Some(stamp.id) && position >= stamp.as_of && heard_at > at
    }

    /// Takes over that `tag` was invalidated at `position`.
    pub(crate) fn tag(&self, tag: &Tag, position: AsOf, from: From) {
        let mut state = self.write();
        state.move_to(position, from);
        state.raise(tag, position);
    }

    /// Takes over that everything before `position` is invalid.
    pub(crate) fn clear(&self, position: AsOf, from: From) {
        let mut state = self.write();
        state.move_to(position, from);
        state.floor = state.floor.max(position);
    }

    /// Notices may have been missed: nothing is confirmed until the clock has been read again.
    pub(crate) fn lose_way(&self) {
        let mut state = self.write();
        state.confirmed = false;
        state.way += 1;
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn move_to(&mut self, position: AsOf, from: From) {
        self.now = self.now.max(position);
        // Notices come in order, so there was none between; an answer says nothing of what others did before it.
        if from == From::Notice && self.confirmed {
            self.complete = self.complete.max(position);
        }
    }

    fn raise(&mut self, tag: &Tag, position: AsOf) {
        if let Some(known) = self.tags.get_mut(tag) {
            *known = (*known).max(position);
            return;
        }
        if self.tags.len() >= Heard::MAX_TAGS {
            self.tags.clear();
            self.known_since = self.now;
        }
        self.tags.insert(tag.clone(), position);
    }
}

#[cfg(test)]
mod tests {
    use larder_core::CacheClock;

    use super::*;

    fn reading(id: u64, now: u64, floor: u64, tags: &[u64]) -> ClockReading {
        let clock = CacheClock { id: ClockId(id), now: AsOf(now), floor: AsOf(floor) };
        ClockReading { clock, tags: tags.iter().map(|position| AsOf(*position)).collect() }
    }

    fn stamp(id: u64, as_of: u64) -> ClockStamp {
        ClockStamp { id: ClockId(id), as_of: AsOf(as_of) }
    }

    #[test]
    fn e70_what_was_not_heard_has_to_be_looked_up() {
        let (heard, tags) = (Heard::default(), Tags::new(["a"]).unwrap());
        assert_eq!(heard.judge(stamp(1, 9), &Tags::NONE), Judged::Unknown, "no clock was read");
        heard.adopt(&reading(1, 10, 5, &[]), &Tags::NONE, Some(heard.way()));
        assert!(heard.is_confirmed());
        assert_eq!(heard.judge(stamp(1, 4), &Tags::NONE), Judged::Invalid, "below the floor");
        assert_eq!(heard.judge(stamp(1, 9), &Tags::NONE), Judged::Valid);
        assert_eq!(heard.judge(stamp(2, 9), &Tags::NONE), Judged::Unknown, "another clock");
        assert_eq!(heard.judge(stamp(1, 9), &tags), Judged::Unknown, "its tag may have moved before the reading");
        assert_eq!(heard.judge(stamp(1, 10), &tags), Judged::Valid, "since the reading it would have been heard");
        heard.adopt(&reading(1, 10, 5, &[7]), &tags, Some(heard.way()));
        assert_eq!(heard.judge(stamp(1, 9), &tags), Judged::Valid);
        assert_eq!(heard.judge(stamp(1, 6), &tags), Judged::Invalid);
    }

    #[test]
    fn e69_a_heard_tag_counts_and_a_gap_forgets_who_was_looked_up() {
        let (heard, tags) = (Heard::default(), Tags::new(["a"]).unwrap());
        let tag = tags.iter().next().unwrap();
        heard.adopt(&reading(1, 10, 0, &[0]), &tags, Some(heard.way()));
        assert_eq!(heard.judge(stamp(1, 3), &tags), Judged::Valid);
        heard.tag(tag, AsOf(12), From::Notice);
        assert_eq!(heard.judge(stamp(1, 11), &tags), Judged::Invalid);
        assert_eq!(heard.stamp(), Some(stamp(1, 12)));
        let before = heard.way();
        heard.lose_way();
        heard.adopt(&reading(1, 20, 0, &[]), &Tags::NONE, Some(before));
        assert!(!heard.is_confirmed(), "the way was lost meanwhile");
        assert_eq!(heard.judge(stamp(1, 15), &tags), Judged::Unknown);
        heard.clear(AsOf(30), From::Answer);
        assert_eq!(heard.judge(stamp(1, 29), &Tags::NONE), Judged::Invalid);
    }

    #[test]
    fn f28_another_clock_invalidates_what_the_old_one_stamped() {
        let heard = Heard::default();
        heard.adopt(&reading(1, 10, 0, &[]), &Tags::NONE, Some(heard.way()));
        heard.adopt(&reading(2, 11, 0, &[]), &Tags::NONE, Some(heard.way()));
        assert_ne!(heard.judge(stamp(1, 10), &Tags::NONE), Judged::Valid);
        assert_eq!(heard.judge(stamp(2, 11), &Tags::NONE), Judged::Valid);
    }

    #[test]
    fn e70_what_this_node_did_itself_does_not_hide_what_it_missed() {
        let (heard, tags) = (Heard::default(), Tags::new(["missed"]).unwrap());
        heard.adopt(&reading(1, 10, 0, &[0]), &tags, Some(heard.way()));
        assert_eq!(heard.judge(stamp(1, 5), &tags), Judged::Valid);
        heard.lose_way();
        // Another node invalidated the tag at 11; this one then another at 12.
        heard.tag(Tags::new(["own"]).unwrap().iter().next().unwrap(), AsOf(12), From::Answer);
        heard.adopt(&reading(1, 12, 0, &[]), &Tags::NONE, Some(heard.way()));
        assert!(heard.is_confirmed());
        assert_eq!(heard.judge(stamp(1, 5), &tags), Judged::Unknown);
    }
}
