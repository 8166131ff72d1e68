//! How old a date is.

use std::time::{SystemTime, UNIX_EPOCH};

const SECONDS_PER_DAY: u64 = 86_400;

/// Days from `date` (`2026-08-20`) until today; nothing for what is no date.
pub(super) fn days_since(date: &str) -> Option<i64> {
    Some(today()? - days(date)?)
}

#[expect(clippy::disallowed_methods, reason = "the age of a file is measured against the calendar of this machine")]
fn today() -> Option<i64> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    i64::try_from(seconds / SECONDS_PER_DAY).ok()
}

/// Days from 1970-01-01 in the Gregorian calendar, with years that begin in March so that leap days come last.
fn days(date: &str) -> Option<i64> {
    let numbers: Vec<i64> = date.split('-').map(str::parse).collect::<Result<_, _>>().ok()?;
    let &[year, month, day] = numbers.as_slice() else { return None };
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before_month = (153 * month + 2) / 5;
    Some(365 * year + year / 4 - year / 100 + year / 400 + before_month + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_become_days() {
        assert_eq!(days("1970-01-01"), Some(0));
        assert_eq!(days("2000-02-29"), Some(11_016));
        assert_eq!(days("2026-08-20"), Some(20_685));
        assert_eq!(days("yesterday"), None);
    }

    #[test]
    fn today_is_later_than_the_first_day() {
        assert!(days_since("1970-01-01").is_some_and(|days| days > 20_000));
    }
}
