//! A node of the engine: a larder of its own, over a connection of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use larder_cache::{Cache, CallPolicy, Class, Invalidated, L2Settings, Larder, Loaded, TierRemoval, TierWrite};
use larder_core::{Clock, Coordinator, Error, Event, LocalKey, Name, Observer, Outcome, Result, SeededRandom, Store};
use larder_redis::{Endpoint, Redis};
use larder_testkit::{Call, Failure, FaultyStore, Gate, RealClock, Verb};

use super::acts::Act;
use super::history::Done;
use super::keys;
use super::number::Number;
use super::origin::{LoadPlan, Origin};
use super::profile::Profile;
use super::schedule::Schedule;
use super::subject::{Answer, Ask, Figures, Health, Left, Order, Subject};

/// One node.
pub(super) struct Engine {
    larder: Larder,
    cache: Cache<Number>,
    redis: Redis,
    store: FaultyStore,
    /// Where heartbeats wait, if they do.
    heartbeats: Gate,
    origin: Arc<Origin>,
    audience: Arc<Audience>,
}

/// Who is told what happens on a node, and can be slow.
struct Audience {
    clock: RealClock,
    /// The departure of this key takes so long, once.
    stall: Mutex<Option<(usize, Duration)>>,
}

impl Audience {
    fn stall(&self) -> MutexGuard<'_, Option<(usize, Duration)>> {
        self.stall.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Audience {
    fn observe(&self, event: &Event<'_>) {
        let Event::Left { key, .. } = event else { return };
        let stall = self.stall().take_if(|(stalled, _)| keys::of_name(key) == Some(*stalled));
        let Some((_, time)) = stall else { return };
        // The other tasks of the run go on.
        tokio::task::block_in_place(|| {
            let until = self.clock.now() + time;
            while self.clock.now() < until {
                std::thread::park_timeout(until.since(self.clock.now()));
            }
        });
    }
}

/// The application's name in the shared tier.
pub(super) const PREFIX: &str = "chaos";
/// The cache's.
const CACHE: &str = "numbers";

/// The store of a node behind the proxy at `port`.
pub(super) fn redis(port: u16, origin: &Origin, seed: u64) -> Result<Redis> {
    Redis::builder(Name::new(PREFIX)?, Endpoint::tcp("127.0.0.1", port))
        .connect_timeout(Duration::from_millis(300))
        .read_timeout(Profile::READ_TIMEOUT)
        .write_timeout(Profile::WRITE_TIMEOUT)
        .clock(Arc::new(origin.clock))
        .random(Arc::new(SeededRandom::new(seed)))
        .build()
}

/// A node of the engine.
pub(super) fn make(port: u16, origin: &Arc<Origin>, schedule: &Schedule, node: usize) -> Result<Box<dyn Subject>> {
    let seed = schedule.workload ^ (u64::try_from(node).unwrap_or(0) << 32);
    Ok(Box::new(Engine::start(port, origin, schedule, seed)?))
}

impl Engine {
    fn start(port: u16, origin: &Arc<Origin>, schedule: &Schedule, seed: u64) -> Result<Self> {
        let profile = &schedule.profile;
        let redis = redis(port, origin, seed)?;
        let store = FaultyStore::new(redis.clone());
        let heartbeats = store.hold_when(|call| call.verb == Verb::Beat);
        if schedule.opening != Some(Act::FlushedStart) {
            heartbeats.open();
        }
        let settings = L2Settings {
            read_timeout: Profile::READ_TIMEOUT,
            write_timeout: Profile::WRITE_TIMEOUT,
            scan_timeout: Duration::from_millis(300),
            heartbeat: Duration::from_millis(100),
            silence: Profile::SILENCE,
            max_pending: profile.max_pending,
            ..L2Settings::default()
        };
        let larder = Larder::builder().prefix(PREFIX).clock(origin.clock).random(SeededRandom::new(seed ^ 1));
        let audience = Arc::new(Audience { clock: origin.clock, stall: Mutex::default() });
        let larder = larder.observer(Arc::clone(&audience)).l2_with(store.clone().shared(), settings).build()?;
        let cache = Self::cache(&larder, profile)?;
        Ok(Self { larder, cache, redis, store, heartbeats, origin: Arc::clone(origin), audience })
    }

    fn cache(larder: &Larder, profile: &Profile) -> Result<Cache<Number>> {
        let mut builder = larder
            .cache(CACHE)
            .ttl(profile.life.ttl)
            .grace(profile.life.grace)
            .negative_ttl(Profile::NEGATIVE_TTL)
            .max_load_time(Profile::MAX_LOAD_TIME)
            .retry_after(Duration::from_millis(40))
            .lease(profile.lease)
            .coherence(profile.coherence);
        if profile.authz {
            builder = builder.class(Class::Authz);
        }
        if let Some(soft) = profile.soft_timeout {
            builder = builder.soft_timeout(soft);
        }
        if let Some(beta) = profile.refresh_ahead {
            builder = builder.refresh_ahead(beta);
        }
        builder.build()
    }

    async fn get_or_load(&self, cache: &Cache<Number>, key: usize, plan: LoadPlan) -> Answer {
        let origin = Arc::clone(&self.origin);
        let loader = move |context: larder_cache::LoadContext| async move {
            // Tags are named after the load: only then does the loader know them.
            let number = origin.load(key, plan).await?;
            if let Some(tag) = keys::tag_of(key) {
                context.add_tags([keys::tag(tag)?])?;
            }
            Ok::<_, Error>(number)
        };
        answer(cache.get_or_load(keys::name(key), loader).await.map(Some))
    }

    async fn get_or_load_optional(&self, key: usize, plan: LoadPlan) -> Answer {
        let origin = Arc::clone(&self.origin);
        let loader = move |_| async move {
            let is_nothing = plan.finds_nothing;
            let number = origin.load(key, plan).await?;
            Ok::<_, Error>((!is_nothing).then_some(number))
        };
        answer(self.cache.get_or_load_optional(keys::name(key), loader).await)
    }

    async fn get_many_or_load(&self, keys: &[usize], plan: LoadPlan) -> Vec<Answer> {
        let origin = Arc::clone(&self.origin);
        let loader = move |missing: Vec<LocalKey>| async move {
            let mut found = Vec::with_capacity(missing.len());
            for local in missing {
                if let Some(key) = keys::of_name(local.as_str()) {
                    found.push((local, Arc::clone(&origin).load(key, plan.clone()).await?));
                }
            }
            Ok::<_, Error>(found)
        };
        // One loader for many keys names no tags of one: each value bears all of them.
        let cache = match keys::all_tags() {
            Ok(tags) => self.cache.with(CallPolicy::new().tagged(tags)),
            Err(error) => return keys.iter().map(|_| answer(Err(error.clone()))).collect(),
        };
        match cache.get_many_or_load(keys.iter().map(|key| keys::name(*key)), loader).await {
            Ok(answers) => answers.into_iter().map(answer).collect(),
            Err(error) => keys.iter().map(|_| answer(Err(error.clone()))).collect(),
        }
    }

    async fn get_many(&self, keys: &[usize]) -> Vec<Answer> {
        match self.cache.get_many(keys.iter().map(|key| keys::name(*key))).await {
            Ok(lookups) => lookups
                .iter()
                .map(|lookup| Answer { value: lookup.value().copied(), outcome: lookup.outcome() })
                .collect(),
            Err(error) => keys.iter().map(|_| answer(Err(error.clone()))).collect(),
        }
    }

    async fn order(&self, order: Order) -> Result<Done> {
        Ok(match order {
            Order::Insert { number, life } => {
                let mut call = CallPolicy::new().tagged(keys::tags(number.key)?);
                if let Some(life) = life {
                    call = call.ttl(life.ttl).grace(life.grace);
                }
                let written = self.cache.with(call).insert(keys::name(number.key), number).await?;
                done(written.l2 == TierWrite::Pending)
            }
            Order::Remove(key) => done(self.cache.remove(keys::name(key)).await?.l2 == TierRemoval::Pending),
            Order::Expire(key) => done(self.cache.expire(keys::name(key)).await?.l2 == TierRemoval::Pending),
            Order::Tag(tag) => all_done(self.cache.invalidate_tag(keys::tag(tag)?.as_str()).await?),
            Order::Matching(group) => all_done(self.cache.invalidate_matching(&keys::pattern(group)?).await?),
            Order::Clear => all_done(self.cache.clear().await?),
        })
    }
}

impl Subject for Engine {
    fn ask<'a>(&'a self, ask: Ask, keys: &'a [usize], plan: LoadPlan) -> BoxFuture<'a, Vec<Answer>> {
        async move {
            match ask {
                Ask::Get => vec![match self.cache.get(keys::name(keys[0])).await {
                    Ok(lookup) => Answer { value: lookup.value().copied(), outcome: lookup.outcome() },
                    Err(error) => answer(Err(error)),
                }],
                Ask::GetOrLoad => vec![self.get_or_load(&self.cache, keys[0], plan).await],
                Ask::GetOrLoadOptional => vec![self.get_or_load_optional(keys[0], plan).await],
                Ask::Refresh => {
                    let refresh = self.cache.with(CallPolicy::new().refresh());
                    vec![self.get_or_load(&refresh, keys[0], plan).await]
                }
                Ask::GetMany => self.get_many(keys).await,
                Ask::GetManyOrLoad => self.get_many_or_load(keys, plan).await,
            }
        }
        .boxed()
    }

    fn tell(&self, order: Order) -> BoxFuture<'_, Done> {
        // What was not even taken is known to nobody.
        async move { self.order(order).await.unwrap_or(Done::Pending) }.boxed()
    }

    fn health(&self) -> Health {
        let Some(status) = self.larder.l2() else { return Health::default() };
        let away = self.cache.statistics().l2.map_or(0, |l2| l2.away);
        let hears = !status.is_degraded();
        Health { is_well: hears && status.pending == 0, hears, away }
    }

    fn figures(&self) -> Figures {
        let statistics = self.cache.statistics();
        let status = self.larder.l2();
        Figures {
            lookups: statistics.outcomes.map(|outcomes| outcomes.lookups()),
            superseded: statistics.l2.map_or(0, |l2| l2.superseded),
            ways: status.as_ref().map_or(0, |status| status.ways),
            made_up: status.as_ref().map_or(0, |status| status.made_up),
        }
    }

    fn own_channel(&self) -> String {
        format!("{PREFIX}::h:{:016x}", self.redis.node().0)
    }

    fn stall(&self, key: usize, time: Duration) {
        *self.audience.stall() = Some((key, time));
    }

    fn hold_change(&self, key: usize, lost: bool) -> Option<Gate> {
        if lost {
            self.store.fail_when(Failure::LostAnswer, next_change(key));
        }
        Some(self.store.hold_when(next_change(key)))
    }

    fn free_heartbeats(&self) {
        self.heartbeats.open();
    }

    fn close(&self) -> BoxFuture<'_, Left> {
        async move {
            let closed = self.larder.close_within(Profile::MAX_LOAD_TIME * 2).await;
            self.redis.close().await;
            Left { loads: closed.cut_off, pending: closed.pending }
        }
        .boxed()
    }
}

/// Accepts the next write or removal of `key`, and none after it.
fn next_change(key: usize) -> impl Fn(&Call<'_>) -> bool + Send + Sync {
    let (name, waits) = (keys::name(key), AtomicBool::new(true));
    move |call| {
        let is_it =
            matches!(call.verb, Verb::Put | Verb::Remove) && call.key.is_some_and(|key| key.as_str().ends_with(&name));
        is_it && waits.swap(false, Ordering::AcqRel)
    }
}

fn answer(answered: Result<Option<Loaded<Number>>>) -> Answer {
    match answered {
        Ok(Some(loaded)) => Answer { value: Some(*loaded), outcome: loaded.outcome() },
        Ok(None) => Answer { value: None, outcome: Outcome::Negative },
        Err(error) => Answer { value: None, outcome: Outcome::of_error(error.kind()) },
    }
}

const fn done(pending: bool) -> Done {
    if pending { Done::Pending } else { Done::Acknowledged }
}

const fn all_done(invalidated: Invalidated) -> Done {
    done(invalidated.pending)
}
