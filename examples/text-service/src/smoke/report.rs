//! What a test found.

use std::fmt;
use std::time::Duration;

use crate::operation::Operation;

/// What a test found: a row for each operation and document, then what else was good or bad.
#[derive(Clone, Debug)]
pub struct Report {
    /// What good things are, in the plural.
    what: &'static str,
    rows: Vec<Row>,
    goods: Vec<String>,
    faults: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) operation: Operation,
    pub(super) document: String,
    pub(super) characters: u64,
    /// What the first answer took; nothing when it was a hit already.
    pub(super) miss_us: Option<u64>,
    pub(super) hit_us: u64,
    pub(super) round_trip_us: u64,
    pub(super) tier: String,
    pub(super) fault: Option<&'static str>,
}

impl Report {
    pub(super) const fn of(what: &'static str) -> Self {
        Self { what, rows: Vec::new(), goods: Vec::new(), faults: Vec::new() }
    }

    pub(super) fn add(&mut self, row: Row) {
        if let Some(fault) = row.fault {
            self.faults.push(format!("{} of {}: {fault}", row.operation, row.document));
        }
        self.rows.push(row);
    }

    pub(super) fn good(&mut self, what: String) {
        self.goods.push(what);
    }

    pub(super) fn fault(&mut self, what: String) {
        self.faults.push(what);
    }

    /// Whether nothing bad was found.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }

    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wide = self.rows.iter().map(|row| row.document.chars().count()).max().unwrap_or(0).max("document".len());
        let head = ("operation", "document", "characters", "miss ms", "hit µs", "round trip µs", "tier");
        let (operation, document, characters, miss, hit, round_trip, tier) = head;
        writeln!(
            f,
            "{operation:<10}  {document:<wide$}  {characters:>10}  {miss:>8}  {hit:>7}  {round_trip:>13}  {tier}"
        )?;
        for row in &self.rows {
            let miss = row
                .miss_us
                .map_or("was hit".to_owned(), |us| format!("{:.2}", Duration::from_micros(us).as_secs_f64() * 1e3));
            writeln!(
                f,
                "{:<10}  {:<wide$}  {:>10}  {miss:>8}  {:>7}  {:>13}  {}",
                row.operation.as_str(),
                row.document,
                row.characters,
                row.hit_us,
                row.round_trip_us,
                row.tier,
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.rows.is_empty() {
            self.table(f)?;
        }
        self.goods.iter().try_for_each(|good| writeln!(f, "{good}"))?;
        self.faults.iter().try_for_each(|fault| writeln!(f, "bad: {fault}"))?;
        match (self.faults.len(), self.rows.len()) {
            (0, 0) => write!(f, "good: {} {}", self.goods.len(), self.what),
            (0, rows) => write!(f, "good: {rows} {} with equal content", self.what),
            (bad, _) => write!(f, "bad: not all {}; faults: {bad}", self.what),
        }
    }
}
