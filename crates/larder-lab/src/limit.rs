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
        Self { what: what.into(), allowed: format!("≤ {} s", limit.as_secs_f64()), measured, holds }
    }

    /// 99 of 100 were to be at most this.
    pub(crate) fn p99(what: impl Into<String>, limit: Duration, figures: &Figures) -> Self {
        let judged = figures.per_mille(990);
        let (p50, longest) = (millis(figures.per_mille(500)), millis(figures.max()));
        let measured = format!("p50 {p50}, p99 {}, max {longest} ms of {}", millis(judged), figures.count());
        let holds = judged <= limit && figures.count() > 0;
        Self { what: what.into(), allowed: format!("p99 ≤ {} ms", limit.as_millis()), measured, holds }
    }

    /// Every one was to be at most this.
    pub(crate) fn longest(what: impl Into<String>, limit: Duration, figures: &Figures) -> Self {
        let measured = format!("p99 {}, max {} ms", millis(figures.per_mille(990)), millis(figures.max()));
        let holds = figures.max() <= limit && figures.count() > 0;
        Self { what: what.into(), allowed: format!("≤ {} ms", limit.as_millis()), measured, holds }
    }

    /// It was to be just so many.
    pub(crate) fn exactly(what: impl Into<String>, wanted: u64, count: u64) -> Self {
        Self { what: what.into(), allowed: wanted.to_string(), measured: count.to_string(), holds: count == wanted }
    }

    /// It was to be so many, or fewer.
    pub(crate) fn most(what: impl Into<String>, most: u64, count: u64) -> Self {
        Self { what: what.into(), allowed: format!("≤ {most}"), measured: count.to_string(), holds: count <= most }
    }

    /// It was to be so many, or more: fewer would show nothing.
    pub(crate) fn at_least(what: impl Into<String>, least: usize, count: usize) -> Self {
        Self { what: what.into(), allowed: format!("≥ {least}"), measured: count.to_string(), holds: count >= least }
    }

    /// One was to be at most so many times the other.
    pub(crate) fn ratio(what: impl Into<String>, most: f64, one: f64, other: f64) -> Self {
        let ratio = one / other;
        let measured = format!("{ratio:.2} ({one:.0} by {other:.2})");
        Self { what: what.into(), allowed: format!("≤ {most}"), measured, holds: ratio <= most }
    }

    /// Memory was to grow by so many KiB at most.
    pub(crate) fn memory(what: impl Into<String>, most: u64, before: u64, growth: u64) -> Self {
        let mib = |kib: u64| format!("{:.1}", f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) / 1024.0);
        let measured = format!("{} MiB, from {} MiB", mib(growth), mib(before));
        Self { what: what.into(), allowed: format!("≤ {} MiB", most / 1024), measured, holds: growth <= most }
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

impl Limit {
    /// It could not be measured, and why; so it does not hold.
    pub(crate) fn unmeasured(what: impl Into<String>, why: impl Into<String>) -> Self {
        let (allowed, measured) = ("to be measured".to_owned(), format!("could not be: {}", why.into()));
        Self { what: what.into(), allowed, measured, holds: false }
    }

    /// One line, for the process that [reads](Limit::read) it.
    pub(crate) fn line(&self) -> String {
        let Self { what, allowed, measured, holds } = self;
        let texts = [what, allowed, measured].map(|text| text.replace(['\t', '\n'], " "));
        format!("{}\t{holds}", texts.join("\t"))
    }

    /// What such a line says; none for another one.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let parts: Vec<&str> = line.split('\t').collect();
        let &[what, allowed, measured, holds] = parts.as_slice() else { return None };
        let holds = holds.parse().ok()?;
        Some(Self { what: what.to_owned(), allowed: allowed.to_owned(), measured: measured.to_owned(), holds })
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
    fn a_limit_is_told_to_another_process_in_a_line() {
        let limit = Limit::most("loads, of\tall", 4, 5);
        let told = Limit::read(&limit.line()).expect("a line");
        assert_eq!(told, Limit { what: "loads, of all".to_owned(), ..limit });
        assert_eq!(Limit::read("something else"), None);
        assert!(!Limit::unmeasured("storm", "no server").holds);
    }

    #[test]
    fn a_limit_says_what_was_measured_and_judges_it() {
        assert!(Limit::none("failures", 0, 9).holds && !Limit::none("failures", 1, 9).holds);
        let late = Limit::within("a hit", Duration::from_secs(3), Some(Duration::from_millis(3_010)));
        assert_eq!((late.measured.as_str(), late.allowed.as_str(), late.holds), ("3.01 s", "≤ 3 s", false));
        assert!(!Limit::within("a hit", Duration::from_secs(3), None).holds, "what never happened is not in time");
        assert_eq!(Limit::within("a loss", Duration::from_millis(500), None).allowed, "≤ 0.5 s");
        assert!(Limit::exactly("loads", 1, 1).holds && !Limit::exactly("loads", 1, 0).holds);
        assert!(Limit::most("loads", 4, 4).holds && !Limit::most("loads", 4, 5).holds);
        assert!(Limit::at_least("attempts", 2, 2).holds && !Limit::at_least("attempts", 2, 1).holds);
        assert!(Limit::ratio("peak", 3.0, 6.0, 2.0).holds && !Limit::ratio("peak", 3.0, 1.0, 0.0).holds);
        assert_eq!(Limit::memory("growth", 16 * 1024, 2048, 1536).measured, "1.5 MiB, from 2.0 MiB");
        let none = Figures::default();
        assert!(!Limit::p99("seen", Duration::MAX, &none).holds && !Limit::longest("seen", Duration::MAX, &none).holds);
        let figures: Figures = (1..=2000).map(Duration::from_micros).collect();
        let cost = Limit::at_most("cost", Duration::from_millis(1), &figures);
        assert_eq!(cost.measured, "p99 1.98, p99.9 2.00, max 2.00 ms; 1000 of 2000 above the limit");
        assert!(!cost.holds && Limit::at_most("cost", Duration::from_millis(2), &figures).holds);
    }
}
