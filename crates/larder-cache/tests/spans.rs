//! Spans of work in the background: roots, linked to the requests that began it.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::nodes::Nodes;
use common::{Calls, builder, cache, larder, turns};
use larder_cache::{LoadContext, spans};
use larder_core::{Error, LocalKey};
use larder_testkit::{Failure, Gate, Verb, eventually};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::subscriber::DefaultGuard;
use tracing::{Instrument, Span, Subscriber, info_span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// A span as it was made, and what became of it.
#[derive(Clone, Debug)]
struct Seen {
    id: u64,
    name: &'static str,
    parent: Option<u64>,
    follows: Vec<u64>,
    fields: Vec<(&'static str, String)>,
    closed: bool,
}

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Seen>>>);

impl Recorder {
    /// Records what this thread does from now on.
    fn begin() -> (Self, DefaultGuard) {
        let recorder = Self::default();
        let subscriber = tracing_subscriber::registry().with(recorder.clone());
        (recorder, tracing::subscriber::set_default(subscriber))
    }

    fn all(&self) -> Vec<Seen> {
        self.0.lock().unwrap().clone()
    }

    fn named(&self, name: &str) -> Vec<Seen> {
        self.all().into_iter().filter(|seen| seen.name == name).collect()
    }

    fn one(&self, name: &str) -> Seen {
        let mut named = self.named(name);
        assert_eq!(named.len(), 1, "{name}: {:?}", self.all());
        named.remove(0)
    }

    fn change(&self, id: &Id, change: impl FnOnce(&mut Seen)) {
        let mut all = self.0.lock().unwrap();
        if let Some(seen) = all.iter_mut().rev().find(|seen| seen.id == id.into_u64()) {
            change(seen);
        }
    }
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.push((field.name(), format!("{value:?}")));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let parent = if attributes.is_contextual() {
            context.current_span().id().map(Id::into_u64)
        } else {
            attributes.parent().map(Id::into_u64)
        };
        let (id, name) = (id.into_u64(), attributes.metadata().name());
        let mut seen = Seen { id, name, parent, follows: Vec::new(), fields: Vec::new(), closed: false };
        attributes.record(&mut seen);
        self.0.lock().unwrap().push(seen);
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, _context: Context<'_, S>) {
        self.change(id, |seen| seen.follows.push(follows.into_u64()));
    }

    fn on_close(&self, id: Id, _context: Context<'_, S>) {
        self.change(&id, |seen| seen.closed = true);
    }
}

/// A loader that tells in which span it ran, once it may go on.
fn telling(
    gate: &Gate,
    told: &Arc<Mutex<Option<&'static str>>>,
) -> impl FnOnce(LoadContext) -> larder_core::BoxFuture<'static, Result<String, Error>> + use<> {
    let (gate, told) = (gate.clone(), Arc::clone(told));
    move |_| {
        Box::pin(async move {
            gate.arrive().await;
            *told.lock().unwrap() = Span::current().metadata().map(tracing::Metadata::name);
            Ok("a value".into())
        })
    }
}

#[tokio::test]
async fn e78_a_load_runs_in_a_root_span_that_follows_from_the_request_and_outlives_it() {
    let (recorder, _guard) = Recorder::begin();
    let (larder, _clock) = larder();
    let (cache, gate, told) = (builder(&larder).build().unwrap(), Gate::new(), Arc::default());
    let load = telling(&gate, &told);
    let request = info_span!("request");
    let caller = tokio::spawn(async move { cache.get_or_load("a key", load).await.map(drop) }.instrument(request));
    gate.arrived().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    let (request, load) = (recorder.one("request"), recorder.one(spans::LOAD));
    assert!(request.closed && !load.closed, "the request is over, and the load is not");
    assert_eq!(load.parent, None, "it is a child of nothing");
    assert_eq!(load.follows, [request.id], "it is linked to what began it");
    gate.open();
    eventually("the load has ended", || larder.loads_in_flight() == 0).await;
    eventually("its span is closed", || recorder.one(spans::LOAD).closed).await;
    assert_eq!(*told.lock().unwrap(), Some(spans::LOAD), "the loader ran in it");
}

#[tokio::test]
async fn e78_who_joins_a_load_is_linked_to_it() {
    let (recorder, _guard) = Recorder::begin();
    let (cache, _clock) = cache();
    let (gate, calls) = (Gate::new(), Calls::default());
    let ask = |name: &'static str| {
        let (cache, load) = (cache.clone(), calls.gated(&gate, "v"));
        let asked = async move { cache.get_or_load("k", load).await.map(drop) };
        tokio::spawn(asked.instrument(info_span!("caller", name)))
    };
    let first = ask("first");
    gate.arrived().await;
    let second = ask("second");
    turns().await;
    gate.open();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    let (callers, load) = (recorder.named("caller"), recorder.one(spans::LOAD));
    assert_eq!(load.follows, [callers[0].id]);
    assert_eq!((&callers[0].follows[..], &callers[1].follows[..]), (&[][..], &[load.id][..]));
}

#[tokio::test]
async fn e78_a_hit_makes_no_span() {
    let (recorder, _guard) = Recorder::begin();
    let (cache, _clock) = cache();
    let _written = cache.insert("k", "v".into()).await.unwrap();
    assert!(cache.get("k").await.unwrap().is_hit());
    assert!(cache.get_or_load("k", Calls::default().bring("other")).await.unwrap().is_hit());
    assert!(recorder.all().is_empty(), "{:?}", recorder.all());
}

#[tokio::test]
async fn e78_a_batch_and_a_refresh_ahead_have_roots_of_their_own() {
    let (recorder, _guard) = Recorder::begin();
    let (larder, clock) = larder();
    let cache = builder(&larder).refresh_ahead(10.0).build().unwrap();
    let load = |keys: Vec<LocalKey>| async move {
        Ok::<Vec<_>, Error>(keys.into_iter().map(|key| (key, "v".to_owned())).collect())
    };
    let batch = info_span!("batch");
    cache.get_many_or_load(["a", "b"], load).instrument(batch.clone()).await.unwrap();
    let seen = recorder.one(spans::LOAD_MANY);
    assert_eq!((seen.parent, &seen.follows[..]), (None, &[batch.id().unwrap().into_u64()][..]));

    let (gate, calls) = (Gate::new(), Calls::default());
    let slow = calls.gated(&gate, "v");
    let loads = tokio::spawn({
        let cache = cache.clone();
        async move { cache.get_or_load("due", slow).await.map(drop) }
    });
    gate.arrived().await;
    clock.advance(Duration::from_secs(9));
    gate.open();
    loads.await.unwrap().unwrap();
    clock.advance(Duration::from_secs(59));
    let request = info_span!("request");
    cache.get_or_load("due", calls.bring("new")).instrument(request.clone()).await.unwrap();
    eventually("it was loaded anew", || larder.loads_in_flight() == 0).await;
    let ahead = recorder.one(spans::REFRESH_AHEAD);
    assert_eq!((ahead.parent, &ahead.follows[..]), (None, &[request.id().unwrap().into_u64()][..]));
}

#[tokio::test]
async fn c14_a_run_of_warming_in_the_background_has_a_root_of_its_own() {
    let (recorder, _guard) = Recorder::begin();
    let (cache, _clock) = cache();
    let (start, load) = (info_span!("start"), |_| async { Ok::<_, Error>("a value".to_owned()) });
    let task = start.in_scope(|| cache.warm(["a key"]).run(load).spawn().unwrap());
    assert!(task.await.is_whole());
    let warm = recorder.one(spans::WARM);
    assert_eq!((warm.parent, &warm.follows[..]), (None, &[start.id().unwrap().into_u64()][..]));
    assert_eq!(recorder.one(spans::LOAD).follows, [warm.id]);
}

#[tokio::test]
async fn e78_all_work_with_the_shared_tier_has_roots_and_no_field_bears_a_key_or_a_value() {
    let (recorder, _guard) = Recorder::begin();
    let nodes = Nodes::new();
    let start = info_span!("start");
    let node = nodes.node().instrument(start).await;
    let (cache, request) = (node.cache(), info_span!("request"));
    let written = cache.insert("a key", "a value".into()).instrument(request.clone()).await.unwrap();
    assert!(written.is_stored());
    let write = recorder.one(spans::WRITE);
    assert_eq!((write.parent, &write.follows[..]), (None, &[request.id().unwrap().into_u64()][..]));

    node.store.fail_when(Failure::Unavailable, |call| call.verb == Verb::Remove);
    let _removed = cache.remove("a key").await.unwrap();
    node.comes_back().await;
    let _loaded = cache.get_or_load("a key", Calls::default().bring("a value")).await.unwrap();
    node.settles().await;
    for name in [spans::LISTEN, spans::HEARTBEAT, spans::READ_CLOCKS, spans::MAKE_UP, spans::LOAD] {
        assert!(!recorder.named(name).is_empty(), "{name}");
    }
    assert!(recorder.one("start").closed, "what began to listen is over");
    for seen in recorder.all().iter().filter(|seen| seen.name.starts_with("larder.")) {
        assert_eq!(seen.parent, None, "{seen:?}");
        for (field, value) in &seen.fields {
            assert!(["cache", "key_hash", "keys", "store"].contains(field), "{seen:?}");
            assert!(!value.contains("a key") && !value.contains("a value"), "{seen:?}");
        }
    }
}
