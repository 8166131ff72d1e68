//! Where the values come from: it counts who asks, and how many at a time.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use larder_cache::LoadContext;
use larder_core::{BoxFuture, LocalKey};
use larder_testkit::Gate;

#[derive(Clone, Default)]
pub struct Origin {
    pub gate: Gate,
    asked: Arc<Mutex<Vec<String>>>,
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

pub type Pairs = Vec<(LocalKey, String)>;

impl Origin {
    /// Answers at once.
    pub fn open() -> Self {
        let origin = Self::default();
        origin.gate.open();
        origin
    }

    /// What it was asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// How many asked at one time, at most.
    pub fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// A loader that waits at the gate; it fails for keys that begin with "bad", and finds none that begin with "no".
    pub fn load(&self) -> impl Fn(LoadContext) -> BoxFuture<'static, io::Result<Option<String>>> + Send + Sync + use<> {
        let origin = self.clone();
        move |context| {
            let origin = origin.clone();
            Box::pin(async move { origin.answer(context.key().as_str()).await })
        }
    }

    /// The same, where every key has a value.
    pub fn value(&self) -> impl Fn(LoadContext) -> BoxFuture<'static, io::Result<String>> + Send + Sync + use<> {
        let load = self.load();
        move |context| {
            let loading = load(context);
            Box::pin(async move { Ok(loading.await?.unwrap()) })
        }
    }

    /// The same, for many keys: one call is asked for them joined by spaces.
    pub fn many(&self) -> impl Fn(Vec<LocalKey>) -> BoxFuture<'static, io::Result<Pairs>> + Send + Sync + use<> {
        let origin = self.clone();
        move |keys| {
            let origin = origin.clone();
            Box::pin(async move {
                let names: Vec<&str> = keys.iter().map(LocalKey::as_str).collect();
                let _whole = origin.answer(&names.join(" ")).await?;
                let found = keys.into_iter().filter(|key| !key.as_str().starts_with("no"));
                Ok(found.map(|key| (key.clone(), format!("value of {key}"))).collect())
            })
        }
    }

    async fn answer(&self, key: &str) -> io::Result<Option<String>> {
        self.asked.lock().unwrap().push(key.to_owned());
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        self.gate.arrive().await;
        // Others get a turn while this one is still under way.
        tokio::task::yield_now().await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        match key {
            bad if bad.starts_with("bad") => Err(io::Error::other("the origin is down")),
            none if none.starts_with("no") => Ok(None),
            _ => Ok(Some(format!("value of {key}"))),
        }
    }
}
