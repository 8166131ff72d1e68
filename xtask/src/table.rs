//! Plain text tables: two spaces between columns, no lines, no colours.

use std::fmt;

/// Rows of text under a head; every column is as wide as its widest cell.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column titles.
    pub(crate) fn new(titles: &[&str]) -> Self {
        let mut table = Self { rows: Vec::new() };
        table.row(titles);
        table
    }

    /// Adds one row.
    pub(crate) fn row(&mut self, cells: &[&str]) {
        self.rows.push(cells.iter().map(ToString::to_string).collect());
    }

    fn width(&self, column: usize) -> usize {
        self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, row) in self.rows.iter().enumerate() {
            let cells =
                row.iter().enumerate().map(|(column, cell)| format!("{cell:<width$}", width = self.width(column)));
            let line = cells.collect::<Vec<_>>().join("  ");
            let newline = if number == 0 { "" } else { "\n" };
            write!(f, "{newline}{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["step", "seconds"]);
        table.row(&["formatting", "1.0"]);
        assert_eq!(table.to_string(), "step        seconds\nformatting  1.0");
    }
}
