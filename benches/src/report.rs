//! The figures as a table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{Baseline, Finding, Operation};

/// A table of the instructions of each operation: its ratio to the map alone, its change since `recorded`.
#[must_use]
pub fn report(instructions: &BTreeMap<String, f64>, recorded: Option<&Baseline>) -> String {
    let mut table = row("operation", "instructions", "x raw moka", "since the baseline");
    for operation in Operation::ALL {
        let Some(&count) = instructions.get(operation.as_str()) else { continue };
        let ratio = instructions.get(operation.baseline().as_str()).map(|raw| format!("{:.2}", count / raw));
        let change = recorded.map(|recorded| change(recorded.find(operation.as_str(), count)));
        let (ratio, change) = (ratio.unwrap_or_default(), change.unwrap_or_default());
        table += &row(operation.as_str(), &format!("{count:.1}"), &ratio, &change);
    }
    table
}

fn row(operation: &str, instructions: &str, ratio: &str, change: &str) -> String {
    let mut line = String::new();
    write!(line, "{operation:<20} {instructions:>12} {ratio:>10}  {change}").expect("a string takes all text");
    line.truncate(line.trim_end().len());
    line + "\n"
}

fn change(finding: Finding) -> String {
    match finding {
        Finding::Steady(change) => format!("{:+.1} %", change * 100.0),
        Finding::Regressed(change) => format!("{:+.1} %  REGRESSED", change * 100.0),
        Finding::Improved(change) => format!("{:+.1} %  improved: record it", change * 100.0),
        Finding::New => "new: record it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_tells_count_ratio_and_change() {
        let figures = |raw, hit| BTreeMap::from([("l1_hit_raw_moka".into(), raw), ("l1_hit_str".into(), hit)]);
        let recorded = Baseline {
            date: String::new(),
            rustc: String::new(),
            valgrind: String::new(),
            architecture: String::new(),
            instructions: figures(500.0, 600.0),
        };
        let table = report(&figures(500.0, 750.0), Some(&recorded));
        let lines: Vec<Vec<_>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[1], ["l1_hit_raw_moka", "500.0", "1.00", "+0.0", "%"]);
        assert_eq!(lines[2], ["l1_hit_str", "750.0", "1.50", "+25.0", "%", "REGRESSED"]);
        assert_eq!(lines.len(), 3, "only what was counted");
    }
}
