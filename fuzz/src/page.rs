//! What became of the targets, for people: a table, and a page for the record.

use std::fmt::Write as _;

use crate::targets::find;
use crate::{Row, Verdict};

/// The rows as plain text, and each finding with the command that repeats it.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let head = ["target", "inputs", "a second", "kept", "result"].map(str::to_owned);
    let cells: Vec<[String; 5]> = std::iter::once(head).chain(rows.iter().map(cells)).collect();
    let width = |column: usize| cells.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let mut text = String::new();
    for [target, fed, speed, kept, result] in &cells {
        let [a, b, c, d] = [width(0), width(1), width(2), width(3)];
        add(&mut text, &format!("{target:<a$}  {fed:>b$}  {speed:>c$}  {kept:>d$}  {result}\n"));
    }
    for row in rows {
        if let Verdict::Broken(finding) = &row.verdict {
            add(&mut text, &format!("\n{}: {}\n  {}\n", row.target, finding.failure, finding.command()));
        }
    }
    text
}

/// The rows as a page of Markdown, with the `facts` of where and when.
#[must_use]
pub fn page(rows: &[Row], seed: u64, seconds: u64, facts: &str) -> String {
    let fed: u64 = rows.iter().map(|row| row.fed).sum();
    let mut page = format!(
        "# What was fed to everything that reads\n\n\
         Written by `cargo xtask evidence fuzz` or `cargo xtask fuzz --report`, never by hand: every parser is fed with inputs\n\
         that are a few changes away from valid ones, and a property is checked for each\n\
         ([how](adr/0037-fuzzing-on-stable-rust.md)).\n\n{facts}\n\
         {fed} inputs from seed {seed}, {seconds} s for each target.\n\n\
         | target | what holds | inputs | a second | kept | |\n| --- | --- | --- | --- | --- | --- |\n"
    );
    for row in rows {
        let [target, fed, speed, kept, result] = cells(row);
        let says = find(&row.target).map_or("", |target| target.says);
        let result = if result == "holds" { result } else { format!("**{result}**") };
        add(&mut page, &format!("| {target} | {says} | {fed} | {speed} | {kept} | {result} |\n"));
    }
    page
}

fn cells(row: &Row) -> [String; 5] {
    let millis = row.took.as_millis().max(1);
    let speed = u128::from(row.fed) * 1000 / millis;
    let result = match row.verdict {
        Verdict::Holds => "holds",
        Verdict::Broken(_) => "BROKEN",
    };
    [row.target.clone(), row.fed.to_string(), speed.to_string(), row.kept.to_string(), result.to_owned()]
}

fn add(text: &mut String, more: &str) {
    write!(text, "{more}").expect("writing into a text cannot fail");
}
