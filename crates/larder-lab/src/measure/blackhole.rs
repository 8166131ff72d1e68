//! What a node keeps while its server swallows everything.

use std::convert::Infallible;
use std::time::Duration;

use larder_cache::{Cache, CallPolicy, L2Settings, SystemClock};
use larder_core::{Clock, Moment, Random, Result, SeededRandom};
use larder_testkit::{Proxy, RedisServer};
use tokio::runtime::Handle;

use super::memory::resident_kib;
use super::node::{Node, until};
use crate::Limit;

/// Reads, loads, writes and invalidations at a steady rate, through a blackhole.
#[derive(Clone, Copy, Debug)]
pub struct Blackhole {
    /// Requests in a second.
    pub rate: u32,
    /// How long all is well before: until the process holds all that it may.
    pub warm: Duration,
    /// How long the network swallows everything.
    pub lasts: Duration,
    /// How long it is mended after.
    pub recovery: Duration,
}

impl Blackhole {
    /// How much more memory the process may hold than before, in KiB.
    pub const GROWTH: u64 = 16 * 1024;
    /// How many values the process holds, and how many keys there are.
    const ENTRIES: u64 = 5_000;
    const KEYS: u64 = 20_000;
    /// Requests are sent once a millisecond, and the memory is looked at now and then.
    const TICK: Duration = Duration::from_millis(1);
    const LOOK: u32 = 250;

    /// Makes the blackhole.
    ///
    /// # Errors
    /// `Unavailable` when there is no server, `Unsupported` where the system does not tell what a process holds, `Timeout`
    /// when what was not acknowledged is not made up for after.
    pub async fn measure(&self) -> Result<Vec<Limit>> {
        let (server, clock) = (RedisServer::start().await?, SystemClock::new());
        let proxy = Proxy::start(&server).await?;
        let node = Node::start(proxy.port(), clock, L2Settings::default()).await?;
        let cache = node.larder.cache::<String>("blackhole").max_entries(Self::ENTRIES).build()?;
        let (random, tasks) = (SeededRandom::new(43), Handle::current().metrics());
        let base = tasks.num_alive_tasks();
        let mut load = Load { cache, random, clock, rate: self.rate, due: clock.now(), sent: 0 };
        load.run(self.warm).await?;
        let before = resident_kib()?;
        proxy.blackhole();
        let peak = load.run(self.lasts).await?;
        let waiting = node.status().pending;
        proxy.heal().await;
        proxy.cut().await;
        let peak = peak.max(load.run(self.recovery).await?);
        node.until("everything is made up for", |status| status.listening && status.pending == 0).await?;
        let back = until(&clock, "every task has ended", || tasks.num_alive_tasks() <= base).await;
        let left = tasks.num_alive_tasks().saturating_sub(base);
        let growth = peak.saturating_sub(before);
        Ok(vec![
            Limit::memory(format!("growth of memory over {} requests", load.sent), Self::GROWTH, before, growth),
            Limit::none("tasks more than before, in the end", if back.is_ok() { 0 } else { left }, base),
            Limit::at_least("changes that waited when the network was mended", 1, waiting),
        ])
    }
}

/// Requests at a steady rate, each a task of its own.
struct Load {
    cache: Cache<String>,
    random: SeededRandom,
    clock: SystemClock,
    rate: u32,
    due: Moment,
    sent: u64,
}

impl Load {
    /// Sends requests for so long; says the most memory that was seen meanwhile, in KiB.
    async fn run(&mut self, lasts: Duration) -> Result<u64> {
        let (end, mut peak, mut ticks) = (self.due + lasts, resident_kib()?, 0_u32);
        let each = (self.rate / 1000).max(1);
        while self.due < end {
            self.clock.sleep_until(self.due).await;
            for _ in 0..each {
                tokio::spawn(request(self.cache.clone(), self.random.next_u64()));
            }
            self.sent += u64::from(each);
            self.due = self.due + Blackhole::TICK;
            ticks += 1;
            if ticks.is_multiple_of(Blackhole::LOOK) {
                peak = peak.max(resident_kib()?);
            }
        }
        Ok(peak.max(resident_kib()?))
    }
}

/// Of ten requests seven read or load, one inserts, one removes, one expires; of a hundred one invalidates a tag.
async fn request(cache: Cache<String>, drawn: u64) {
    let key = (drawn >> 8) % Blackhole::KEYS;
    let value = format!(
        "{key}: a hundred letters, as a small answer has them; they say nothing, and nobody reads what they say."
    );
    let tag = format!("t{}", key % 100);
    match drawn % 100 {
        0 => drop(cache.invalidate_tag(tag).await),
        1..=9 => {
            let tagged = CallPolicy::new().tags([tag]);
            let Ok(tagged) = tagged else { return };
            drop(cache.with(tagged).insert(key, value).await);
        }
        10..=19 => drop(cache.remove(key).await),
        20..=29 => drop(cache.expire(key).await),
        _ => drop(cache.get_or_load(key, move |_| async move { Ok::<_, Infallible>(value) }).await),
    }
}
