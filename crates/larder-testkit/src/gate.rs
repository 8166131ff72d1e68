//! A gate with two sides: the work waits at it, the test sees that and opens.

use std::sync::Arc;

use tokio::sync::watch;

/// A gate that work under test waits at. Clones are the same gate; no time is involved.
///
/// # Examples
/// ```
/// use larder_testkit::Gate;
///
/// # larder_testkit::run(async {
/// let gate = Gate::new();
/// let loader = gate.clone();
/// let load = async move {
///     loader.arrive().await;
///     "loaded"
/// };
/// let test = async {
///     gate.arrived().await;
///     // Here the loader has begun and cannot end.
///     gate.open();
/// };
/// let (value, ()) = futures_util::future::join(load, test).await;
/// assert_eq!(value, "loaded");
/// # });
/// ```
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<watch::Sender<State>>);

#[derive(Clone, Copy, Debug, Default)]
struct State {
    arrived: usize,
    open: bool,
}

impl Gate {
    /// A closed gate that nobody has arrived at.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The side of the work: announces itself and waits until the gate is open.
    ///
    /// # Cancellation
    /// Who is dropped while waiting has arrived all the same.
    pub async fn arrive(&self) {
        self.0.send_modify(|state| state.arrived += 1);
        self.wait(|state| state.open).await;
    }

    /// The side of the test: waits until somebody has arrived.
    pub async fn arrived(&self) {
        self.arrivals(1).await;
    }

    /// Waits until `count` have arrived since the gate was made or closed.
    pub async fn arrivals(&self, count: usize) {
        self.wait(|state| state.arrived >= count).await;
    }

    /// How many have arrived since the gate was made or closed.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.borrow().arrived
    }

    /// Lets pass everybody who waits and everybody who comes.
    pub fn open(&self) {
        self.0.send_modify(|state| state.open = true);
    }

    /// Closes the gate again and forgets who had arrived.
    pub fn close(&self) {
        self.0.send_replace(State::default());
    }

    async fn wait(&self, holds: impl FnMut(&State) -> bool) {
        let mut states = self.0.subscribe();
        states.wait_for(holds).await.map(drop).expect("the gate itself keeps the sender alive");
    }
}
