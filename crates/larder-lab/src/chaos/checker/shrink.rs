//! A failing history, made as small as it can be and still fail alike.

use crate::chaos::history::History;

use super::{Law, check};

/// The fewest events of `history` that still break `law`: taking away any one of them mends it.
#[must_use]
pub fn shrink(history: &History, law: Law) -> History {
    let mut small = history.clone();
    let fails = |history: &History| check(history).iter().any(|violation| violation.law == law);
    if !fails(&small) {
        return small;
    }
    reduce(&mut small, |history| &mut history.reads, &fails);
    reduce(&mut small, |history| &mut history.changes, &fails);
    reduce(&mut small, |history| &mut history.loads, &fails);
    let spans: Vec<_> = small.reads.iter().map(|read| (read.start, read.end)).collect();
    let first =
        small.changes.iter().map(|change| change.start).chain(small.loads.iter().map(|load| load.read_at)).min();
    // Faults decide nothing for the checker; those of that time are told.
    small.faults.retain(|(span, _)| {
        first.is_none_or(|first| span.until >= first) && spans.iter().any(|(_, end)| span.from <= *end)
    });
    small
}

/// Takes away ever smaller parts of a list while the history still fails.
fn reduce<T: Clone>(
    history: &mut History,
    list: impl Fn(&mut History) -> &mut Vec<T>,
    fails: &impl Fn(&History) -> bool,
) {
    let mut part = list(history).len().div_ceil(2);
    while part > 0 {
        let mut at = 0;
        while at < list(history).len() {
            let whole = list(history).clone();
            let until = (at + part).min(whole.len());
            list(history).drain(at..until);
            if !fails(history) {
                *list(history) = whole;
                at = until;
            }
        }
        part = if part == 1 { 0 } else { part.div_ceil(2) };
    }
}
