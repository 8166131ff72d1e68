//! What a proxy does to the bytes that pass.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::{Line, Upstream, Way};
use crate::Gate;

type Chooses = Box<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// All faults of one proxy.
#[derive(Debug)]
pub(super) struct Faults {
    state: Mutex<State>,
    blackhole: watch::Sender<bool>,
}

#[derive(Debug)]
struct State {
    upstream: Upstream,
    lines: [Line; 2],
    holds: Vec<Arc<Hold>>,
    drop_pushes: bool,
}

struct Hold {
    way: Way,
    chooses: Chooses,
    gate: Gate,
}

impl Faults {
    pub(super) fn none(upstream: Upstream) -> Self {
        let state = State { upstream, lines: Default::default(), holds: Vec::new(), drop_pushes: false };
        Self { state: Mutex::new(state), blackhole: watch::Sender::new(false) }
    }

    pub(super) fn upstream(&self) -> Upstream {
        self.lock().upstream.clone()
    }

    pub(super) fn set_upstream(&self, upstream: Upstream) {
        self.lock().upstream = upstream;
    }

    /// Reads or changes one way.
    pub(super) fn line<T>(&self, way: Way, work: impl FnOnce(&mut Line) -> T) -> T {
        work(&mut self.lock().lines[way.index()])
    }

    pub(super) fn drops_pushes(&self) -> bool {
        self.lock().drop_pushes
    }

    pub(super) fn set_drop_pushes(&self) {
        self.lock().drop_pushes = true;
    }

    pub(super) fn hold(&self, way: Way, chooses: Chooses) -> Gate {
        let gate = Gate::new();
        self.lock().holds.push(Arc::new(Hold { way, chooses, gate: gate.clone() }));
        gate
    }

    /// The gates at which these bytes have to wait.
    pub(super) fn gates(&self, way: Way, bytes: &[u8]) -> Vec<Gate> {
        let holds = self.lock().holds.clone();
        let holding = holds.iter().filter(|hold| hold.way == way && (hold.chooses)(bytes));
        holding.map(|hold| hold.gate.clone()).collect()
    }

    pub(super) fn set_blackhole(&self) {
        self.blackhole.send_replace(true);
    }

    pub(super) fn is_blackhole(&self) -> bool {
        *self.blackhole.borrow()
    }

    /// Waits while nothing passes, not even the end of a connection.
    pub(super) async fn passable(&self) {
        let mut states = self.blackhole.subscribe();
        states.wait_for(|blackhole| !blackhole).await.map(drop).expect("the faults themselves keep the sender alive");
    }

    /// Takes every fault away and opens every gate; the upstream stays.
    pub(super) fn heal(&self) {
        let holds = {
            let mut state = self.lock();
            state.lines = Default::default();
            state.drop_pushes = false;
            std::mem::take(&mut state.holds)
        };
        for hold in holds {
            hold.gate.open();
        }
        self.blackhole.send_replace(false);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").field("way", &self.way).field("gate", &self.gate).finish_non_exhaustive()
    }
}
