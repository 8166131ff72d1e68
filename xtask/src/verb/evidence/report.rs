//! The report: a row for each claim, kept until it is shown again.

use std::fmt::Write as _;

use super::claims::{CLAIMS, Claim};

/// From this age on a row should be shown again.
pub(super) const OLD_DAYS: i64 = 60;

const HEADINGS: &str =
    "| rule | what | | time, build included | by | date | commit |\n| --- | --- | --- | --- | --- | --- | --- |\n";

/// What was shown of one claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// By what it was shown: this makes two rows the same claim.
    by: String,
    verdict: String,
    took: String,
    date: String,
    commit: String,
}

impl Row {
    pub(super) fn new(claim: &Claim, holds: bool, took: &str, date: &str, commit: &str) -> Self {
        let verdict = if holds { "holds" } else { "**fails**" };
        let [verdict, took, date, commit] = [verdict, took, date, commit].map(str::to_owned);
        Self { by: claim.shown.by(), verdict, took, date, commit }
    }

    /// Reads a row of the table; none for any other line.
    fn read(line: &str) -> Option<Self> {
        let cells: Vec<&str> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
        let [_, _, verdict, took, by, date, commit] = cells[..] else { return None };
        let by = by.strip_prefix('`')?.strip_suffix('`')?.to_owned();
        let date = date.trim_end_matches(" (old)");
        let [verdict, took, date, commit] = [verdict, took, date, commit].map(str::to_owned);
        Some(Self { by, verdict, took, date, commit })
    }
}

/// All rows.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<Row>);

impl Report {
    /// The rows of an earlier report.
    pub(super) fn read(text: &str) -> Self {
        Self(text.lines().filter_map(Row::read).collect())
    }

    /// Takes the place of what was shown of the same claim before.
    pub(super) fn set(&mut self, row: Row) {
        self.0.retain(|other| other.by != row.by);
        self.0.push(row);
    }

    /// The page, in the order of the claims. What is no claim any more is left out.
    pub(super) fn text(&self, head: &str, today: &str) -> String {
        let mut text = format!("{head}\n{HEADINGS}");
        for claim in CLAIMS {
            let by = claim.shown.by();
            let Some(row) = self.0.iter().find(|row| row.by == by) else { continue };
            let Row { verdict, took, date, commit, .. } = row;
            let old = if is_old(date, today) { " (old)" } else { "" };
            let (rule, says) = (claim.rule, claim.says);
            writeln!(text, "| {rule} | {says} | {verdict} | {took} | `{by}` | {date}{old} | {commit} |")
                .expect("a string takes all");
        }
        text
    }
}

fn is_old(date: &str, today: &str) -> bool {
    matches!((days(date), days(today)), (Some(date), Some(today)) if today - date > OLD_DAYS)
}

/// Days since some day, of a date as `2026-01-31`: months of 31 days are near enough for an age.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    Some(year * 365 + month * 30 + day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_kept_until_its_claim_is_shown_again() {
        let [first, second] = [&CLAIMS[0], &CLAIMS[1]];
        let mut report = Report::default();
        report.set(Row::new(first, true, "1.0 s", "2026-01-01", "aaa"));
        let page = report.text("# head\n", "2026-01-02");
        let mut again = Report::read(&page);
        again.set(Row::new(second, false, "2.0 s", "2026-03-20", "bbb"));
        let page = again.text("# head\n", "2026-03-20");
        assert!(page.contains("| 2026-01-01 (old) | aaa |") && page.contains("| **fails** | 2.0 s |"), "{page}");
        let mut third = Report::read(&page);
        third.set(Row::new(first, false, "3.0 s", "2026-03-21", "ccc"));
        let page = third.text("# head\n", "2026-03-21");
        assert!(!page.contains("aaa") && page.contains("ccc") && page.contains("bbb"), "{page}");
    }

    #[test]
    fn what_is_no_row_is_passed_over() {
        assert!(Report::read("# head\n\n* a | b\n| rule | what |\n| --- | --- |\n").0.is_empty());
    }
}
