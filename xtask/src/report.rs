//! What a check of ours found: faults, and notes that are only worth knowing.

use crate::output;
use crate::verdict::{Result, Verdict};

/// The findings of one check, each a sentence with its place and its fix.
#[derive(Debug, Default)]
pub(crate) struct Report {
    faults: Vec<String>,
    notes: Vec<String>,
}

impl Report {
    /// Adds something that must be mended.
    pub(crate) fn fault(&mut self, sentence: impl Into<String>) {
        self.faults.push(sentence.into());
    }

    /// Adds something that is worth knowing and stops nobody.
    pub(crate) fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(sentence.into());
    }

    /// Adds all that must be mended of `faults`.
    pub(crate) fn faults(&mut self, faults: impl IntoIterator<Item = String>) {
        self.faults.extend(faults);
    }

    /// Prints the findings and a closing line on `what` was looked at.
    pub(crate) fn show(&self, verb: &str, what: &str) -> Result<Verdict> {
        for note in &self.notes {
            output::note(&format!("note: {note}"));
        }
        for fault in &self.faults {
            output::line(fault)?;
        }
        let found = match self.faults.len() {
            0 => "nothing wrong".to_owned(),
            1 => "1 fault".to_owned(),
            count => format!("{count} faults"),
        };
        output::line(&format!("{verb}: {what}: {found}"))?;
        Ok(Verdict::good_if(self.faults.is_empty()))
    }
}

#[cfg(test)]
impl Report {
    /// The faults, for tests of the checks.
    pub(crate) fn all_faults(&self) -> &[String] {
        &self.faults
    }

    /// The notes, for tests of the checks.
    pub(crate) fn all_notes(&self) -> &[String] {
        &self.notes
    }
}
