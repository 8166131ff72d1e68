//! The tiers and the state of the shared one, as JSON.

use larder::ai::NotKept;
use larder::core::{Departure, Outcome, OutcomeCounts, Tier, TierStatistics};
use larder::{L2Statistics, L2Status, Phase};
use serde_json::{Value, json};

use super::Replies;

impl Replies {
    /// What the tiers hold and did, and what hits saved.
    #[must_use]
    pub fn statistics(&self) -> Value {
        let (cache, ai) = (self.ai.cache_statistics(), self.ai.statistics());
        let saved =
            |pick: fn(&larder::ai::Saved) -> u64| ai.operations.values().map(|row| pick(&row.saved)).sum::<u64>();
        let outcomes = cache.outcomes.unwrap_or_default();
        let counted = outcomes.iter().filter(|(_, count)| *count > 0);
        let not_kept = NotKept::ALL.iter().map(|why| {
            let count: u64 = ai.operations.values().map(|row| row.not_kept[*why as usize]).sum();
            (why.as_str().to_owned(), json!(count))
        });
        let status = self.larder.l2();
        let shared = status.as_ref().zip(cache.l2).map(|(status, l2)| shared(status, &l2));
        json!({
            "off": !self.keeps(),
            "degraded": self.is_degraded(),
            "tiers": std::iter::once(local(&cache.l1, &outcomes)).chain(shared).collect::<Value>(),
            "shared": status.as_ref().map(state),
            "outcomes": counted.map(|(outcome, count)| (outcome.as_str().to_owned(), json!(count))).collect::<Value>(),
            "not_kept": not_kept.collect::<Value>(),
            "loads_in_flight": self.larder.loads_in_flight(),
            "keys": ai.keys.count,
            "saved_input_tokens": saved(|saved| saved.input_tokens),
            "saved_output_tokens": saved(|saved| saved.output_tokens),
        })
    }

    /// Whether answers are given without the shared tier that there should be.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.larder.l2().is_some_and(|l2| l2.is_degraded())
    }

    /// The state of the shared tier in one word; none without one.
    #[must_use]
    pub fn shared_tier(&self) -> Option<&'static str> {
        self.larder.l2().as_ref().map(word)
    }
}

fn local(l1: &TierStatistics, outcomes: &OutcomeCounts) -> Value {
    let hits = outcomes.hits() - outcomes.of(Outcome::Hit(Tier::L2));
    let looked = outcomes.hits() + outcomes.misses();
    json!({
        "tier": Tier::L1.as_str(),
        "store": "memory",
        "hits": hits,
        "misses": looked - hits,
        "hit_rate": rate(hits, looked),
        "entries": l1.entries,
        "evictions": l1.departures.of(Departure::Capacity) + l1.departures.of(Departure::Rejected),
        "expirations": l1.departures.of(Departure::Expired),
    })
}

fn shared(status: &L2Status, l2: &L2Statistics) -> Value {
    json!({
        "tier": Tier::L2.as_str(),
        "store": status.store,
        "hits": l2.hits,
        "misses": l2.misses,
        "hit_rate": rate(l2.hits, l2.hits + l2.misses),
        "stored": l2.stored,
        "superseded": l2.superseded,
        "unreadable": l2.unreadable,
        "not_asked": l2.away,
        "pending": l2.pending,
    })
}

fn rate(hits: u64, reads: u64) -> Option<f64> {
    (reads > 0).then(|| hits as f64 / reads as f64)
}

fn state(status: &L2Status) -> Value {
    json!({
        "store": status.store,
        "state": word(status),
        "degraded": status.is_degraded(),
        "breaker": status.breaker.as_str(),
        "breaker_openings": status.openings,
        "hears_other_nodes": status.listening,
        "pending": status.pending,
    })
}

/// What is wrong with the tier, the worst first.
fn word(status: &L2Status) -> &'static str {
    match (status.breaker, status.listening) {
        (Phase::Open, _) => "breaker_open",
        (_, false) => "not_connected",
        (Phase::HalfOpen, true) => "breaker_half_open",
        (Phase::Closed, true) => "connected",
    }
}
