//! Whether all nodes came to serve the same.

use std::collections::HashMap;

use crate::chaos::history::Read;

use super::made::Made;
use super::{Judge, Law, Violation};

impl Judge<'_> {
    /// The first of the last `reads` that is a hit with another inserted number than the hit of another node: whichever of
    /// two inserts at the same time came last, all have heard of it. A load tells nobody, and may have read the origin
    /// after both.
    pub(super) fn disagreement(&self, reads: &[Read]) -> Option<Violation> {
        let mut inserted: HashMap<usize, u64> = HashMap::new();
        reads.iter().filter(|read| read.last && read.is_fresh()).find_map(|read| {
            let value = read.value?;
            let made = self.makers.find(&value).filter(|made| matches!(made, Made::Inserted(_)))?;
            let differs = *inserted.entry(read.key).or_insert(value.number) != value.number;
            differs.then(|| Violation::new(Law::Agreement, read, Some(&made), None))
        })
    }
}
