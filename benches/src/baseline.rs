//! What was recorded, and what has become of it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Instructions per operation as they were recorded, with all that moves them besides the code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// When it was recorded, as `2026-01-31`.
    pub date: String,
    /// The compiler, as `rustc -V` says it.
    pub rustc: String,
    /// What counted.
    pub valgrind: String,
    /// The architecture of the machine; instructions of two architectures mean nothing together.
    pub architecture: String,
    /// Instructions of one operation, by its name.
    pub instructions: BTreeMap<String, f64>,
}

/// What has become of an operation since the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Finding {
    /// About the same: the relative change.
    Steady(f64),
    /// Dearer by more than [`Baseline::TOLERANCE`]: the relative change.
    Regressed(f64),
    /// Cheaper by more than that: the relative change.
    Improved(f64),
    /// The baseline does not know it.
    New,
}

impl Baseline {
    /// The change that is taken for noise: hash seeds and the paths through the map they lead to.
    pub const TOLERANCE: f64 = 0.10;

    /// Reads the recorded baseline.
    ///
    /// # Errors
    /// That of the file, or `InvalidData` when it is no baseline.
    pub fn read(file: &Path) -> io::Result<Self> {
        Ok(serde_json::from_str(&fs::read_to_string(file)?)?)
    }

    /// Records this one.
    ///
    /// # Errors
    /// That of the file.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        fs::write(file, serde_json::to_string_pretty(self)? + "\n")
    }

    /// What has become of `operation`, that takes `instructions` now.
    #[must_use]
    pub fn find(&self, operation: &str, instructions: f64) -> Finding {
        let Some(recorded) = self.instructions.get(operation) else { return Finding::New };
        let change = instructions / recorded - 1.0;
        if change > Self::TOLERANCE {
            Finding::Regressed(change)
        } else if change < -Self::TOLERANCE {
            Finding::Improved(change)
        } else {
            Finding::Steady(change)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline() -> Baseline {
        Baseline {
            date: "2026-01-31".into(),
            rustc: "rustc 1.95.0".into(),
            valgrind: "valgrind-3.19.0".into(),
            architecture: "x86_64".into(),
            instructions: [("l1_hit_str".to_owned(), 1000.0)].into(),
        }
    }

    #[test]
    fn a_change_above_a_tenth_is_a_finding() {
        let find = |now| baseline().find("l1_hit_str", now);
        assert!(matches!(find(1099.0), Finding::Steady(_)) && matches!(find(901.0), Finding::Steady(_)));
        assert!(matches!(find(1101.0), Finding::Regressed(change) if change > 0.1));
        assert!(matches!(find(899.0), Finding::Improved(change) if change < -0.1));
        assert_eq!(baseline().find("l1_miss", 1.0), Finding::New);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let file = std::env::temp_dir().join(format!("larder-baseline-{}.json", std::process::id()));
        baseline().write(&file).unwrap();
        let read = Baseline::read(&file);
        fs::write(&file, "{}").unwrap();
        let broken = Baseline::read(&file);
        fs::remove_file(&file).unwrap();
        assert_eq!(read.unwrap(), baseline());
        assert_eq!(broken.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn the_recorded_baseline_knows_every_operation() {
        let recorded = Baseline::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/baselines/instructions.json")));
        let recorded = recorded.expect("a baseline is recorded beside the code");
        let missing: Vec<_> = crate::Operation::ALL
            .into_iter()
            .filter(|operation| !recorded.instructions.contains_key(operation.as_str()))
            .collect();
        assert!(missing.is_empty(), "record the baseline again, it lacks {missing:?}");
    }
}
