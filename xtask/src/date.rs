//! Days of the calendar, and how old one is.

use std::time::{SystemTime, UNIX_EPOCH};

const SECONDS_PER_DAY: u64 = 86_400;

/// Days from `date` (`2026-08-20`) until today; nothing for what is no date.
pub(crate) fn days_since(date: &str) -> Option<i64> {
    Some(today()? - days(date)?)
}

#[expect(clippy::disallowed_methods, reason = "the age of a file is measured against the calendar of this machine")]
fn today() -> Option<i64> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    i64::try_from(seconds / SECONDS_PER_DAY).ok()
}

/// Days from 1970-01-01 until `date` (`2026-08-20`) in the Gregorian calendar; nothing for what is no day of it.
///
/// Years begin in March, so that leap days come last.
pub(crate) fn days(date: &str) -> Option<i64> {
    let numbers: Vec<i64> = date.split('-').map(str::parse).collect::<Result<_, _>>().ok()?;
    let &[year, month, day] = numbers.as_slice() else { return None };
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before_month = (153 * month + 2) / 5;
    Some(365 * year + year / 4 - year / 100 + year / 400 + before_month + day - 1 - 719_468)
}

fn days_of(year: i64, month: i64) -> i64 {
    let leaps = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leaps => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_become_days() {
        assert_eq!(days("1970-01-01"), Some(0));
        assert_eq!(days("2000-02-29"), Some(11_016));
        assert_eq!(days("2026-08-20"), Some(20_685));
    }

    #[test]
    fn the_next_day_is_one_day_later_at_new_year_and_at_the_end_of_february() {
        let next = [
            ("2025-12-31", "2026-01-01", 1),
            ("2024-02-28", "2024-02-29", 1),
            ("2024-02-29", "2024-03-01", 1),
            ("2026-02-28", "2026-03-01", 1),
            ("2100-02-28", "2100-03-01", 1),
            ("2000-02-28", "2000-03-01", 2),
            ("2023-12-31", "2024-12-31", 366),
        ];
        for (first, second, apart) in next {
            let [first_day, second_day] = [first, second].map(|date| days(date).expect("a day"));
            assert_eq!(second_day - first_day, apart, "from {first} to {second}");
        }
    }

    #[test]
    fn what_is_no_day_is_none() {
        for date in ["yesterday", "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-01"] {
            assert_eq!(days(date), None, "{date}");
        }
    }

    #[test]
    fn today_is_later_than_the_first_day() {
        assert!(days_since("1970-01-01").is_some_and(|days| days > 20_000));
    }
}
