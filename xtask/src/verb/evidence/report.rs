//! The report: a row for each claim, kept until it is shown again.

use std::fmt::Write as _;

use super::claims::{CLAIMS, Claim};
use crate::date;
use crate::verdict::{Fault, Result};

/// From this age on a row should be shown again.
pub(super) const OLD_DAYS: i64 = 60;

const HEADINGS: &str =
    "| rule | what | | time, build included | by | date | commit |\n| --- | --- | --- | --- | --- | --- | --- |\n";

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    Holds,
    Fails,
    /// It could not even be tried, and why.
    NotAtAll(String),
}

/// What was shown of one claim, in the words that it had then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    rule: String,
    says: String,
    verdict: String,
    took: String,
    /// By what it was shown: this makes two rows the same claim.
    by: String,
    date: String,
    commit: String,
}

impl Row {
    pub(super) fn new(claim: &Claim, shown: &Shown, took: &str, date: &str, commit: &str) -> Self {
        let verdict = match shown {
            Shown::Holds => "holds".to_owned(),
            Shown::Fails => "**fails**".to_owned(),
            Shown::NotAtAll(why) => format!("**could not be shown**: {}", cell(why)),
        };
        let [rule, says, took, date, commit] = [claim.rule, claim.says, took, date, commit].map(str::to_owned);
        Self { rule, says, verdict, took, by: claim.shown.by(), date, commit }
    }

    /// Reads a row; one of an early report has neither date nor commit, which stand in its `head` then.
    fn read(line: &str, head: &Head<'_>) -> Option<Self> {
        let cells: Vec<&str> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
        let (shown, date, commit) = match cells[..] {
            [rule, says, verdict, took, by, date, commit] => ([rule, says, verdict, took, by], date, commit),
            [rule, says, verdict, took, by] => ([rule, says, verdict, took, by], head.date?, head.commit?),
            _ => return None,
        };
        let [rule, says, verdict, took, by] = shown.map(str::to_owned);
        let by = by.strip_prefix('`')?.strip_suffix('`')?.to_owned();
        let date = date.trim_end_matches(" (old)");
        date::days(date)?;
        let [date, commit] = [date, commit].map(str::to_owned);
        Some(Self { rule, says, verdict, took, by, date, commit })
    }
}

/// What the head of an early report says of all of its rows.
#[derive(Debug, Default)]
struct Head<'a> {
    date: Option<&'a str>,
    commit: Option<&'a str>,
}

impl<'a> Head<'a> {
    fn read(text: &'a str) -> Self {
        let value = |name| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let date = value("* date:").map(|date| date.split(';').next().unwrap_or(date).trim());
        Self { date, commit: value("* commit:") }
    }
}

/// All rows.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<Row>);

impl Report {
    /// The rows of an earlier report.
    ///
    /// # Errors
    /// Names the line of the table at `path` that cannot be read: it is not dropped in silence.
    pub(super) fn read(path: &str, text: &str) -> Result<Self> {
        let head = Head::read(text);
        let rows = text.lines().enumerate().filter(|(_, line)| line.starts_with('|') && !is_heading(line));
        let read = |(index, line): (usize, &str)| {
            Row::read(line, &head).ok_or_else(|| {
                let why = "is no row of seven cells, or of five below a date and a commit, with a date as `2026-01-31`";
                let place = index + 1;
                Fault::new(format!("{path}:{place}: `{line}` {why}; mend it, or take it out and show it again"))
            })
        };
        Ok(Self(rows.map(read).collect::<Result<_>>()?))
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
            let Row { rule, says, verdict, took, date, commit, .. } = row;
            let old = if is_old(date, today) { " (old)" } else { "" };
            writeln!(text, "| {rule} | {says} | {verdict} | {took} | `{by}` | {date}{old} | {commit} |")
                .expect("a string takes all");
        }
        text
    }
}

fn is_heading(line: &str) -> bool {
    line.starts_with("| rule |") || line.chars().all(|letter| "|- ".contains(letter))
}

/// A text that fits into a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "/").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_old(date: &str, today: &str) -> bool {
    matches!((date::days(date), date::days(today)), (Some(date), Some(today)) if today - date > OLD_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Report {
        Report::read("page.md", text).expect("a report")
    }

    #[test]
    fn a_row_is_kept_until_its_claim_is_shown_again() {
        let [first, second] = [&CLAIMS[0], &CLAIMS[1]];
        let mut report = Report::default();
        report.set(Row::new(first, &Shown::Holds, "1.0 s", "2026-01-01", "aaa"));
        let mut again = read(&report.text("# head\n", "2026-01-02"));
        again.set(Row::new(second, &Shown::Fails, "2.0 s", "2026-03-20", "bbb"));
        let page = again.text("# head\n", "2026-03-20");
        assert!(page.contains("| 2026-01-01 (old) | aaa |") && page.contains("| **fails** | 2.0 s |"), "{page}");
        let mut third = read(&page);
        third.set(Row::new(first, &Shown::Holds, "3.0 s", "2026-03-21", "ccc"));
        let page = third.text("# head\n", "2026-03-21");
        assert!(!page.contains("aaa") && page.contains("ccc") && page.contains("bbb"), "{page}");
    }

    #[test]
    fn the_rows_of_an_early_report_take_date_and_commit_from_its_head() {
        let by = CLAIMS[0].shown.by();
        let old = format!(
            "# What was shown\n\n* date: 2026-11-21; what is older than 60 days should be shown again\n\
             * commit: 15253237685b\n\n| rule | what | | time | by |\n| --- | --- | --- | --- | --- |\n\
             | E1 | the words of then | holds | 39.2 s | `{by}` |\n"
        );
        let page = read(&old).text("# head\n", "2026-11-28");
        let row = format!("| E1 | the words of then | holds | 39.2 s | `{by}` | 2026-11-21 | 15253237685b |");
        assert!(page.contains(&row), "{page}");
    }

    #[test]
    fn the_report_in_the_repository_can_be_read_and_loses_no_row() {
        let text = include_str!("../../../../docs/reliability.md");
        let rows = text.lines().filter(|line| line.starts_with('|') && !is_heading(line)).count();
        let read = read(text);
        assert_eq!(read.0.len(), rows);
        let page = read.text("# head\n", "2026-11-28");
        assert_eq!(page.lines().filter(|line| line.starts_with('|') && !is_heading(line)).count(), rows, "{page}");
    }

    #[test]
    fn a_line_that_is_no_row_is_named_with_its_place() {
        let row = "| E1 | what | holds | 1 s | `by` | 2026-01-01 | aaa |\n";
        for wrong in ["| E1 | what | holds |\n", "| E1 | what | holds | 1 s | `by` | 2026-13-01 | aaa |\n"] {
            let fault = Report::read("docs/page.md", &format!("# head\n\n{HEADINGS}{row}{wrong}")).expect_err(wrong);
            let said = fault.to_string();
            assert!(said.starts_with("docs/page.md:6: ") && said.contains("no row"), "{said}");
        }
        let no_date = "| rule | what | | time | by |\n| E1 | what | holds | 1 s | `by` |\n";
        assert!(Report::read("docs/page.md", no_date).is_err(), "whose date nobody knows");
    }

    #[test]
    fn what_is_outside_the_table_is_passed_over() {
        assert!(read("# head\n\n* a | b\n| rule | what |\n| --- | --- |\n").0.is_empty());
    }

    #[test]
    fn why_something_could_not_be_shown_stands_in_its_row() {
        let mut report = Report::default();
        let why = Shown::NotAtAll("there is no\nserver | here".to_owned());
        report.set(Row::new(&CLAIMS[0], &why, "1.0 s", "2026-01-01", "aaa"));
        let page = report.text("# head\n", "2026-01-02");
        assert!(page.contains("| **could not be shown**: there is no server / here | 1.0 s |"), "{page}");
        assert_eq!(read(&page).0, report.0);
    }

    #[test]
    fn a_row_is_old_after_sixty_days_over_new_year_too() {
        assert!(!is_old("2025-12-01", "2026-01-30") && is_old("2025-12-01", "2026-01-31"));
        assert!(!is_old("2024-01-01", "2024-03-01") && is_old("2024-01-01", "2024-03-02"), "February had 29 days");
    }
}
