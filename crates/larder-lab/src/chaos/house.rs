//! The nodes of a run, the truth, and the record of what they said.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use larder_core::{Outcome, Result};
use larder_testkit::{Proxy, Upstream};
use tokio::sync::OwnedMutexGuard;
use tokio::task::JoinHandle;

use super::acts::How;
use super::history::{Change, Done, History, Life, Read, Span, Told};
use super::keys::{self, KEYS};
use super::number::Number;
use super::origin::{LoadPlan, Origin};
use super::schedule::Schedule;
use super::servers::Servers;
use super::subject::{Ask, Order, Subject};

/// Makes the cache that is put to the test, on a node behind the proxy at a port.
pub(super) type Make =
    fn(port: u16, origin: &Arc<Origin>, schedule: &Schedule, node: usize) -> Result<Box<dyn Subject>>;

/// One node.
pub(super) struct Node {
    pub(super) index: usize,
    pub(super) proxy: Proxy,
    pub(super) subject: Box<dyn Subject>,
    /// Lookups asked of it.
    calls: AtomicU64,
    /// Notices on its connections got lost: those cannot go on.
    pub(super) dropping: AtomicBool,
}

/// Everything of one run.
pub(super) struct House {
    pub(super) schedule: Schedule,
    pub(super) origin: Arc<Origin>,
    pub(super) servers: Servers,
    stopped: AtomicBool,
    nodes: RwLock<Vec<Arc<Node>>>,
    make: Make,
    writers: [Arc<tokio::sync::Mutex<()>>; KEYS],
    history: Mutex<History>,
    effects: Mutex<Vec<&'static str>>,
    wrong: Mutex<Vec<String>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl House {
    pub(super) async fn build(schedule: Schedule, make: Make) -> Result<Arc<Self>> {
        let origin = Arc::new(Origin::new());
        let servers = Servers::start(&schedule, Arc::clone(&origin)).await?;
        let life = schedule.profile.life;
        let house = Self {
            origin,
            servers,
            stopped: AtomicBool::new(false),
            nodes: RwLock::default(),
            make,
            writers: Default::default(),
            history: Mutex::new(History { life, ..History::default() }),
            effects: Mutex::default(),
            wrong: Mutex::default(),
            tasks: Mutex::default(),
            schedule,
        };
        for _ in 0..house.schedule.nodes {
            house.start(false).await?;
        }
        Ok(Arc::new(house))
    }

    /// Another node; a deaf one hears no notices until it is mended.
    pub(super) async fn add(&self, deaf: bool) -> Result<Arc<Node>> {
        let node = self.start(deaf).await?;
        node.subject.free_heartbeats();
        Ok(node)
    }

    async fn start(&self, deaf: bool) -> Result<Arc<Node>> {
        let proxy = Proxy::start(Upstream::from(self.servers.current())).await?;
        if deaf {
            proxy.drop_pushes();
        }
        let mut nodes = self.nodes.write().unwrap_or_else(PoisonError::into_inner);
        let index = nodes.len();
        let subject = (self.make)(proxy.port(), &self.origin, &self.schedule, index)?;
        let node = Arc::new(Node { index, proxy, subject, calls: AtomicU64::new(0), dropping: AtomicBool::new(deaf) });
        nodes.push(Arc::clone(&node));
        Ok(node)
    }

    pub(super) fn nodes(&self) -> Vec<Arc<Node>> {
        self.nodes.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn node(&self, index: usize) -> Arc<Node> {
        let nodes = self.nodes.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&nodes[index % nodes.len()])
    }

    /// Keeps a task of the workload.
    pub(super) fn keep(&self, task: JoinHandle<()>) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }

    /// Ends the workload, and waits for what it has under way.
    pub(super) async fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        futures_util::future::join_all(tasks.into_iter().map(|task| self.join(task))).await;
    }

    /// Waits for a task. That one panicked is a fault of the run.
    pub(super) async fn join(&self, task: JoinHandle<()>) {
        if let Err(error) = task.await
            && error.is_panic()
        {
            self.found("a call panicked".to_owned());
        }
    }

    /// Something is wrong that no read shows.
    pub(super) fn found(&self, what: String) {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    /// What was found to be wrong so far.
    pub(super) fn wrong(&self) -> Vec<String> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Asks a node and records what it says.
    pub(super) async fn ask(&self, node: &Node, ask: Ask, keys: &[usize], plan: LoadPlan) {
        self.asked(node, ask, keys, plan, false).await;
    }

    /// The same, but goes away after `patience`.
    pub(super) async fn ask_briefly(&self, node: &Node, ask: Ask, keys: &[usize], plan: LoadPlan, patience: Duration) {
        tokio::select! {
            biased;
            () = self.ask(node, ask, keys, plan) => {}
            () = self.origin.pause(patience) => {}
        }
    }

    async fn asked(&self, node: &Node, ask: Ask, keys: &[usize], plan: LoadPlan, last: bool) {
        let reads = self.reads(node, ask, keys, plan, last).await;
        self.history().reads.extend(reads);
    }

    /// Asks a node, and gives what it says.
    pub(super) async fn reads(&self, node: &Node, ask: Ask, keys: &[usize], plan: LoadPlan, last: bool) -> Vec<Read> {
        node.calls.fetch_add(u64::try_from(keys.len()).unwrap_or(0), Ordering::Relaxed);
        let away = node.subject.health().away;
        let start = self.origin.now();
        let answers = node.subject.ask(ask, keys, plan).await;
        let end = self.origin.now();
        let stale = answers.iter().any(|answer| matches!(answer.outcome, Outcome::Stale(_)));
        let asked = stale && ask == Ask::Get && node.subject.health().away == away;
        let read = |(key, answer): (&usize, &super::subject::Answer)| Read {
            node: node.index,
            key: *key,
            start,
            end,
            value: answer.value,
            outcome: answer.outcome,
            asked,
            last,
        };
        keys.iter().zip(&answers).map(read).collect()
    }

    /// Moves the origin, tells a node, and records both.
    pub(super) async fn change(&self, node: &Node, key: usize, how: How, life: Option<Life>) {
        let _turns = self.turns(&how.keys(key)).await;
        self.change_now(node, key, how, life).await;
    }

    /// The same for who has the turns of the keys.
    pub(super) async fn change_now(&self, node: &Node, key: usize, how: How, life: Option<Life>) {
        let (tag, group, keys) = (keys::tag_of(key).unwrap_or(0), keys::group_of(key), how.keys(key));
        let (start, by) = (self.origin.now(), self.origin.maker());
        let number = self.origin.advance(&keys);
        let (order, told) = match how {
            How::Insert => {
                let number = Number { key, number, by };
                (Order::Insert { number, life }, Told::Insert(life.unwrap_or(self.schedule.profile.life)))
            }
            How::Remove => (Order::Remove(key), Told::Remove),
            How::Expire => (Order::Expire(key), Told::Expire),
            How::Tag => (Order::Tag(tag), Told::Tag),
            How::Matching => (Order::Matching(group), Told::Matching),
            How::Clear => (Order::Clear, Told::Clear),
        };
        let done = node.subject.tell(order).await;
        let change = Change { by, node: Some(node.index), told, keys, number, start, end: self.origin.now(), done };
        self.history().changes.push(change);
    }

    /// The server loses everything, which is a change of everything that no node made.
    pub(super) async fn flush(&self) {
        let keys = keys::all();
        let _turns = self.turns(&keys).await;
        let (start, by, number) = (self.origin.now(), self.origin.maker(), self.origin.advance(&keys));
        let held = self.servers.command(&["DBSIZE"]).await.ok().and_then(|reply| reply.integer());
        let flushed = self.servers.command(&["FLUSHALL"]).await.is_ok();
        if flushed && held > Some(0) {
            self.took_effect("flush");
        }
        let done = if flushed { Done::Acknowledged } else { Done::Pending };
        let change = Change { by, node: None, told: Told::Flush, keys, number, start, end: self.origin.now(), done };
        self.history().changes.push(change);
    }

    /// Where writers take turns, the turns at `keys`; the keys are in order, so that nobody waits for ever.
    pub(super) async fn turns(&self, keys: &[usize]) -> Vec<OwnedMutexGuard<()>> {
        let mut turns = Vec::new();
        if self.schedule.profile.serial {
            for key in keys {
                turns.push(Arc::clone(&self.writers[*key]).lock_owned().await);
            }
        }
        turns
    }

    pub(super) fn note_fault(&self, span: Span, what: String) {
        self.history().faults.push((span, what));
    }

    pub(super) fn note_loss(&self, span: Span) {
        self.history().losses.push(span);
    }

    /// A fault did something that could be seen.
    pub(super) fn took_effect(&self, kind: &'static str) {
        self.effects.lock().unwrap_or_else(PoisonError::into_inner).push(kind);
    }

    pub(super) fn effects(&self) -> Vec<&'static str> {
        self.effects.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happened so far, loads included.
    pub(super) fn told(&self) -> History {
        let loads = self.origin.loads();
        History { loads, ..self.history().clone() }
    }
}

impl Node {
    /// How many lookups were asked of it.
    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Acquire)
    }

    /// Makes the network whole again. What lost bytes cannot go on, and ends.
    pub(super) async fn mend(&self) {
        if self.dropping.swap(false, Ordering::AcqRel) {
            for link in self.proxy.links().iter().filter(|link| link.said("SUBSCRIBE")) {
                link.cut().await;
            }
        }
        self.proxy.heal().await;
        for link in self.proxy.links().iter().filter(|link| link.is_dark()) {
            link.cut().await;
        }
    }
}
