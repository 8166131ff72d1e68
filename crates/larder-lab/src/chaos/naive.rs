//! A cache as it is often written, to see that the checker catches it: a map in the process and plain reads and writes of
//! the shared store, without fence, notices, leases or versions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use larder_core::{
    Condition, Entry, Freshness, Key, KeyRange, Lifetime, MissReason, Moment, Name, Outcome, Result, Store, Tier,
};
use larder_redis::Redis;
use larder_testkit::Gate;

use super::engine::{self, PREFIX};
use super::history::{Done, Life};
use super::keys;
use super::number::Number;
use super::origin::{LoadPlan, Origin};
use super::schedule::Schedule;
use super::subject::{Answer, Ask, Figures, Health, Left, Order, Subject};

pub(super) struct Naive {
    map: Mutex<HashMap<usize, (Number, Moment)>>,
    redis: Redis,
    range: KeyRange,
    life: Life,
    origin: Arc<Origin>,
}

/// A node that caches naively.
pub(super) fn make(port: u16, origin: &Arc<Origin>, schedule: &Schedule, node: usize) -> Result<Box<dyn Subject>> {
    let seed = schedule.workload ^ (u64::try_from(node).unwrap_or(0) << 32);
    Ok(Box::new(Naive {
        map: Mutex::default(),
        redis: engine::redis(port, origin, seed)?,
        range: KeyRange::cache(&Name::new(PREFIX)?, &Name::new("naive")?),
        life: schedule.profile.life,
        origin: Arc::clone(origin),
    }))
}

impl Naive {
    fn key(&self, key: usize) -> Result<Key> {
        self.range.key(&keys::name(key))
    }

    async fn find(&self, key: usize) -> Option<(Number, Tier)> {
        let now = self.origin.now();
        if let Some((number, until)) = self.map().get(&key).copied().filter(|(_, until)| now < *until) {
            debug_assert!(now < until, "filtered above");
            return Some((number, Tier::L1));
        }
        let entry = self.redis.get(&self.key(key).ok()?).await.ok()??;
        if entry.freshness(now) != Freshness::Fresh {
            return None;
        }
        let number: Number = serde_json::from_slice(&entry.payload).ok()?;
        self.map().insert(key, (number, entry.lifetime.fresh_until(entry.born)));
        Some((number, Tier::L2))
    }

    async fn put(&self, number: Number, life: Life) -> bool {
        let now = self.origin.now();
        let stored = async {
            let payload = serde_json::to_vec(&number).ok()?;
            let entry = Entry::new(payload, Lifetime::new(life.ttl), now);
            self.redis.put(&self.key(number.key).ok()?, entry, Condition::ALWAYS).await.ok()
        };
        let stored = stored.await.is_some();
        self.map().insert(number.key, (number, now + life.ttl));
        stored
    }

    async fn delete(&self, key: usize) -> bool {
        let deleted = match self.key(key) {
            Ok(full) => self.redis.delete(&full).await.is_ok(),
            Err(_) => false,
        };
        self.map().remove(&key);
        deleted
    }

    async fn answer(&self, ask: Ask, key: usize, plan: LoadPlan) -> Answer {
        let found = if ask == Ask::Refresh { None } else { self.find(key).await };
        if let Some((number, tier)) = found {
            return Answer { value: Some(number), outcome: Outcome::Hit(tier) };
        }
        if matches!(ask, Ask::Get | Ask::GetMany) {
            return Answer { value: None, outcome: Outcome::Miss(MissReason::Absent) };
        }
        match Arc::clone(&self.origin).load(key, plan).await {
            Ok(number) => {
                self.put(number, self.life).await;
                Answer { value: Some(number), outcome: Outcome::Loaded }
            }
            Err(_) => Answer { value: None, outcome: Outcome::Error },
        }
    }

    fn map(&self) -> MutexGuard<'_, HashMap<usize, (Number, Moment)>> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subject for Naive {
    fn ask<'a>(&'a self, ask: Ask, keys: &'a [usize], plan: LoadPlan) -> BoxFuture<'a, Vec<Answer>> {
        async move {
            let mut answers = Vec::with_capacity(keys.len());
            for key in keys {
                answers.push(self.answer(ask, *key, plan.clone()).await);
            }
            answers
        }
        .boxed()
    }

    fn tell(&self, order: Order) -> BoxFuture<'_, Done> {
        async move {
            let wrong = match order {
                Order::Insert { number, life } => {
                    return done(self.put(number, life.unwrap_or(self.life)).await);
                }
                Order::Remove(key) | Order::Expire(key) => vec![key],
                Order::Tag(tag) => keys::with_tag(tag),
                Order::Matching(group) => keys::in_group(group),
                Order::Clear => keys::all(),
            };
            let mut all = true;
            for key in wrong {
                all &= self.delete(key).await;
            }
            done(all)
        }
        .boxed()
    }

    /// It knows nothing of its health, and is well as soon as it is connected.
    fn health(&self) -> Health {
        let connected = self.redis.state() == larder_redis::Link::Connected;
        Health { is_well: connected, ..Health::default() }
    }

    fn figures(&self) -> Figures {
        Figures { ways: 1, ..Figures::default() }
    }

    fn own_channel(&self) -> String {
        "nobody".to_owned()
    }

    fn stall(&self, _: usize, _: Duration) {}

    fn hold_change(&self, _: usize, _: bool) -> Option<Gate> {
        None
    }

    fn free_heartbeats(&self) {}

    fn close(&self) -> BoxFuture<'_, Left> {
        async move {
            self.redis.close().await;
            Left::default()
        }
        .boxed()
    }
}

const fn done(all: bool) -> Done {
    if all { Done::Acknowledged } else { Done::Pending }
}
