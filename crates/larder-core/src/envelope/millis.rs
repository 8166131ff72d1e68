//! Durations as milliseconds on the wire.

use std::time::Duration;

/// The number that stands for [`Duration::MAX`].
const FOR_EVER: u64 = u64::MAX;

/// Whole milliseconds, rounded down: a life may get shorter on the wire and never longer.
pub(super) fn of(duration: Duration) -> u64 {
    if duration == Duration::MAX {
        return FOR_EVER;
    }
    u64::try_from(duration.as_millis()).unwrap_or(FOR_EVER).min(FOR_EVER - 1)
}

pub(super) const fn duration(millis: u64) -> Duration {
    if millis == FOR_EVER { Duration::MAX } else { Duration::from_millis(millis) }
}

/// The duration as it is read again.
pub(super) fn rounded(exact: Duration) -> Duration {
    duration(of(exact))
}
