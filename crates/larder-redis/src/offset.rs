//! Between which bounds the server's time lies.

use std::time::Duration;

use larder_core::Moment;
use larder_core::envelope::Preamble;

const MILLI: i128 = 1_000_000;
const MICRO: i128 = 1_000;

/// How far the server's clock is ahead of this node's, in nanoseconds: at least and at most.
///
/// An entry's age is told by the bound that makes it older, a deadline by the one that makes it earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offset {
    lower: i128,
    upper: i128,
    at: Moment,
}

/// What a new sample says about the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The server's clock went on as this node's did.
    None,
    /// It was set forward.
    Forward,
    /// It was set back: what was ordered by it can no longer be trusted.
    Back,
}

impl Offset {
    /// Two clocks part by at most this share of the time that passes: twice what a time service may turn one by.
    const DRIFT: i128 = 1_000;
    /// Apart by less than this, samples contradict each other for other reasons than a clock that was set.
    const TOLERANCE: i128 = 2 * MILLI;

    /// The server said `micros`, at some time between `sent` and `received`.
    pub(crate) fn sample(sent: Moment, received: Moment, micros: u64) -> Self {
        let said = i128::from(micros) * MICRO;
        // What it said was cut down to whole microseconds.
        Self { lower: said - nanos(received), upper: said + MICRO - nanos(sent), at: received }
    }

    /// The same bounds at `now`, further apart by what clocks drift.
    pub(crate) fn at(self, now: Moment) -> Self {
        let passed = i128::try_from(now.since(self.at).as_nanos()).unwrap_or(i128::MAX >> 1);
        let drift = passed / Self::DRIFT;
        Self { lower: self.lower - drift, upper: self.upper + drift, at: now.max(self.at) }
    }

    /// What is known after `newer` was heard.
    pub(crate) fn then(self, newer: Self) -> (Self, Step) {
        let old = self.at(newer.at);
        let both = Self { lower: old.lower.max(newer.lower), upper: old.upper.min(newer.upper), at: newer.at };
        if both.lower <= both.upper {
            (both, Step::None)
        } else if newer.upper < old.lower - Self::TOLERANCE {
            (newer, Step::Back)
        } else if newer.lower > old.upper + Self::TOLERANCE {
            (newer, Step::Forward)
        } else {
            (newer, Step::None)
        }
    }

    /// The earliest that the server's clock may show at `moment`, in milliseconds.
    pub(crate) fn earliest_millis(self, moment: Moment) -> u64 {
        bounded((nanos(moment) + self.lower).div_euclid(MILLI))
    }

    /// The latest that the server's clock may show at `moment`, in milliseconds, rounded up.
    pub(crate) fn latest_millis(self, moment: Moment) -> u64 {
        bounded((nanos(moment) + self.upper + MILLI - 1).div_euclid(MILLI))
    }

    /// The earliest that the server's clock may show at `moment`, in microseconds.
    pub(crate) fn earliest_micros(self, moment: Moment) -> u64 {
        bounded((nanos(moment) + self.lower).div_euclid(MICRO))
    }

    /// The earliest moment at which the server's clock may have shown `millis`, and how long before this node's origin
    /// that was, when it was.
    pub(crate) fn earliest_moment(self, millis: u64) -> (Moment, Duration) {
        let nanos = i128::from(millis) * MILLI - self.upper;
        let before = u64::try_from(-nanos).map(Duration::from_nanos).unwrap_or_default();
        (u64::try_from(nanos).map_or(Moment::ORIGIN, Moment::from_nanos), before)
    }

    /// How far the bounds are apart.
    #[cfg(test)]
    pub(crate) fn width(self) -> Duration {
        Duration::from_nanos(u64::try_from(self.upper - self.lower).unwrap_or(u64::MAX))
    }
}

fn nanos(moment: Moment) -> i128 {
    i128::from(moment.as_nanos())
}

fn bounded(number: i128) -> u64 {
    u64::try_from(number.max(0)).map_or(Preamble::NEVER, |number| number.min(Preamble::NEVER))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> Moment {
        Moment::from_nanos(millis * 1_000_000)
    }

    #[test]
    fn the_truth_lies_between_the_bounds() {
        // The server is a million milliseconds ahead and answered somewhere within 10 ms.
        let offset = Offset::sample(at(100), at(110), 1_000_104_000);
        assert!(offset.earliest_millis(at(200)) <= 1_000_200 && offset.latest_millis(at(200)) >= 1_000_200);
        assert!(offset.latest_millis(at(200)) - offset.earliest_millis(at(200)) <= 11);
        let (born, before) = offset.earliest_moment(1_000_150);
        assert!(born <= at(150) && at(150).since(born) <= Duration::from_millis(11) && before.is_zero());
    }

    #[test]
    fn samples_narrow_the_bounds_and_time_widens_them() {
        let first = Offset::sample(at(100), at(120), 1_000_110_000);
        let (both, step) = first.then(Offset::sample(at(130), at(132), 1_000_131_000));
        assert_eq!(step, Step::None);
        assert!(both.width() < Duration::from_millis(3), "{:?}", both.width());
        let later = both.at(at(10_132));
        assert!(later.width() - both.width() >= Duration::from_millis(20), "10 s at 1000 millionths, each way");
    }

    #[test]
    fn e29_a_clock_that_was_set_is_noticed_and_believed() {
        let first = Offset::sample(at(100), at(101), 1_000_100_500);
        let (back, step) = first.then(Offset::sample(at(200), at(201), 1_000_100_500));
        assert_eq!((step, back.latest_millis(at(201)) <= 1_000_102), (Step::Back, true));
        let (_, step) = first.then(Offset::sample(at(200), at(201), 1_000_900_500));
        assert_eq!(step, Step::Forward);
        let (_, step) = first.then(Offset::sample(at(200), at(201), 1_000_198_500));
        assert_eq!(step, Step::None, "a millisecond is no step");
    }

    #[test]
    fn b16_what_lies_before_the_origin_says_how_long_before() {
        let offset = Offset::sample(at(0), at(0), 5_000_000);
        let (born, before) = offset.earliest_moment(2_000);
        assert_eq!(born, Moment::ORIGIN);
        assert!(before >= Duration::from_secs(3) && before < Duration::from_millis(3_001));
        assert_eq!(offset.latest_millis(Moment::NEVER.before(Duration::ZERO)), Preamble::NEVER.min(18_446_744_078_710));
    }
}
