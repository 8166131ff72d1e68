//! The forms in which standings are shown.

use clap::ValueEnum;

use super::standing::Standing;
use crate::table::Table;

/// For the eye, or for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns of plain text, with the place of each test
    Table,
    /// Tables of Markdown, one for each group
    Markdown,
}

impl Format {
    /// All of `standings`, as one text.
    pub(super) fn show(self, standings: &[&Standing<'_>]) -> String {
        match self {
            Self::Table => table(standings).to_string(),
            Self::Markdown => {
                standings.chunk_by(|one, next| one.rule.group == next.rule.group).map(group).collect::<String>()
            }
        }
    }
}

/// The tests stand below the sentence, because each of them is as long as a line.
fn table(standings: &[&Standing<'_>]) -> Table {
    let mut table = Table::new(&["rule", "status", "protection", "what must hold, and its tests"]);
    for standing in standings {
        let (number, protections) = (standing.rule.number.to_string(), standing.protections.join(", "));
        // The reason stands below as well: in the column it would push everything aside.
        let status = standing.status();
        let (status, why) = status.split_once(": ").unwrap_or((&status, ""));
        table.row(&[&number, status, &protections, &standing.rule.sentence]);
        if !why.is_empty() {
            table.row(&["", "", "", &format!("  no switch: {why}")]);
        }
        for test in &standing.tests {
            table.row(&["", "", "", &format!("  {} {}", test.place, test.name)]);
        }
    }
    table
}

fn group(standings: &[&Standing<'_>]) -> String {
    let heading = standings.first().map_or("", |first| first.rule.group.as_str());
    let rows: String = standings.iter().map(|standing| row(standing)).collect();
    format!(
        "## {heading}\n\n| rule | must hold | tests | protection | status |\n| --- | --- | --- | --- | --- |\n{rows}\n"
    )
}

fn row(standing: &Standing<'_>) -> String {
    let tests = code(standing.tests.iter().map(|test| test.name.as_str()), "<br>");
    let protections = code(standing.protections.iter().copied(), ", ");
    let (rule, status) = (standing.rule, standing.status());
    format!("| {} | {} | {tests} | {protections} | {status} |\n", rule.number, rule.sentence)
}

fn code<'a>(names: impl Iterator<Item = &'a str>, between: &str) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(between)
}
