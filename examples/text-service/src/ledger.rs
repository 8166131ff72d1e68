//! What the service did, by operation and by size of text.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde_json::{Value, json};

use crate::operation::Operation;
use crate::replies::Reply;
use crate::time::{micros, millis};

const TEXT_TIERS: [&str; 4] = ["small", "medium", "large", "xlarge"];

/// Counts what was answered. Every number is a sum since the start.
#[derive(Debug, Default)]
pub struct Ledger {
    operations: [Row; Operation::ALL.len()],
    text_tiers: [Row; TEXT_TIERS.len()],
}

#[derive(Debug, Default)]
struct Row {
    hits: AtomicU64,
    misses: AtomicU64,
    failures: AtomicU64,
    hit_us: AtomicU64,
    miss_us: AtomicU64,
    saved_us: AtomicU64,
    saved_input_tokens: AtomicU64,
    saved_output_tokens: AtomicU64,
}

impl Ledger {
    /// Notes an answer and what it took to give it.
    pub fn answered(&self, operation: Operation, reply: &Reply, took: Duration) {
        self.operations[operation.index()].add(reply, took);
        if let Some(tier) = TEXT_TIERS.iter().position(|tier| *tier == reply.text_tier) {
            self.text_tiers[tier].add(reply, took);
        }
    }

    /// Notes that there was no answer.
    pub fn failed(&self, operation: Operation) {
        self.operations[operation.index()].failures.fetch_add(1, Relaxed);
    }

    /// All rows, as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let rows = |name: &str, names: &[&str], rows: &[Row]| -> Vec<Value> {
            names.iter().zip(rows).map(|(of, row)| row.to_json(name, of)).collect()
        };
        json!({
            "operations": rows("operation", &Operation::ALL.map(Operation::as_str), &self.operations),
            "text_tiers": rows("text_tier", &TEXT_TIERS, &self.text_tiers),
        })
    }
}

impl Row {
    fn add(&self, reply: &Reply, took: Duration) {
        let (count, time) = if reply.found.hit { (&self.hits, &self.hit_us) } else { (&self.misses, &self.miss_us) };
        count.fetch_add(1, Relaxed);
        time.fetch_add(micros(took), Relaxed);
        self.saved_us.fetch_add(micros(reply.saved.time), Relaxed);
        self.saved_input_tokens.fetch_add(reply.saved.input_tokens, Relaxed);
        self.saved_output_tokens.fetch_add(reply.saved.output_tokens, Relaxed);
    }

    fn to_json(&self, name: &str, of: &str) -> Value {
        let (hits, misses) = (self.hits.load(Relaxed), self.misses.load(Relaxed));
        let mut row = json!({
            "hits": hits,
            "misses": misses,
            "failures": self.failures.load(Relaxed),
            "hit_rate": hits.saturating_mul(10_000).checked_div(hits + misses).map(|share| share as f64 / 10_000.0),
            "mean_hit_us": self.hit_us.load(Relaxed).checked_div(hits),
            "mean_miss_us": self.miss_us.load(Relaxed).checked_div(misses),
            "saved_ms": millis(Duration::from_micros(self.saved_us.load(Relaxed))),
            "saved_input_tokens": self.saved_input_tokens.load(Relaxed),
            "saved_output_tokens": self.saved_output_tokens.load(Relaxed),
        });
        row[name] = json!(of);
        row
    }
}
