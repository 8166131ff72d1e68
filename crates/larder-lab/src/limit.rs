//! What was to hold, and whether it does.

use std::time::Duration;

use crate::Figures;

/// One thing that was to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What was measured.
    pub what: String,
    /// How much is allowed.
    pub allowed: String,
    /// How much it was.
    pub measured: String,
    /// Whether that is within what is allowed.
    pub holds: bool,
}

impl Limit {
    /// There were to be none of these.
    pub(crate) fn none(what: impl Into<String>, count: usize, of: usize) -> Self {
        Self { what: what.into(), allowed: "0".into(), measured: format!("{count} of {of}"), holds: count == 0 }
    }

    /// It was to happen, and within this time.
    pub(crate) fn within(what: impl Into<String>, limit: Duration, took: Option<Duration>) -> Self {
        let measured = took.map_or_else(|| "never".to_owned(), |took| format!("{:.2} s", took.as_secs_f64()));
        let holds = took.is_some_and(|took| took <= limit);
        Self { what: what.into(), allowed: format!("≤ {} s", limit.as_secs()), measured, holds }
    }

    /// 999 of 1000 were to be at most this.
    pub(crate) fn at_most(what: impl Into<String>, limit: Duration, figures: &Figures) -> Self {
        let (judged, above) = (figures.per_mille(999), figures.above(limit));
        let measured = format!(
            "p99 {}, p99.9 {}, max {} ms; {above} of {} above the limit",
            millis(figures.per_mille(990)),
            millis(judged),
            millis(figures.max()),
            figures.count()
        );
        Self {
            what: what.into(),
            allowed: format!("p99.9 ≤ {} ms", limit.as_millis()),
            measured,
            holds: judged <= limit,
        }
    }
}

/// Milliseconds, to a hundredth.
pub(crate) fn millis(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_says_what_was_measured_and_judges_it() {
        assert!(Limit::none("failures", 0, 9).holds && !Limit::none("failures", 1, 9).holds);
        let late = Limit::within("a hit", Duration::from_secs(3), Some(Duration::from_millis(3_010)));
        assert_eq!((late.measured.as_str(), late.allowed.as_str(), late.holds), ("3.01 s", "≤ 3 s", false));
        assert!(!Limit::within("a hit", Duration::from_secs(3), None).holds, "what never happened is not in time");
        let figures: Figures = (1..=2000).map(Duration::from_micros).collect();
        let cost = Limit::at_most("cost", Duration::from_millis(1), &figures);
        assert_eq!(cost.measured, "p99 1.98, p99.9 2.00, max 2.00 ms; 1000 of 2000 above the limit");
        assert!(!cost.holds && Limit::at_most("cost", Duration::from_millis(2), &figures).holds);
    }
}
