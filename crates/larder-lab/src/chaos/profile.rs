//! What the caches of one run are like.

use std::fmt;
use std::time::Duration;

use larder_cache::Coherence;

use super::draw::Draw;
use super::history::Life;

/// The settings of one run, drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Profile {
    pub(super) life: Life,
    pub(super) coherence: Coherence,
    pub(super) authz: bool,
    pub(super) lease: bool,
    pub(super) soft_timeout: Option<Duration>,
    pub(super) refresh_ahead: Option<f64>,
    pub(super) max_pending: usize,
    /// At most one change of a key at a time, so that their order is known.
    pub(super) serial: bool,
    /// The server keeps its data when it is killed.
    pub(super) persistent: bool,
    /// How many percent of what the workload does are changes.
    pub(super) changes: usize,
}

impl Profile {
    /// S: nothing is served as a hit for longer after it was superseded.
    pub(super) const BOUND: Duration = Duration::from_millis(500);
    /// Below S, so that the caches that are not bounded keep it too.
    pub(super) const SILENCE: Duration = Duration::from_millis(400);
    pub(super) const READ_TIMEOUT: Duration = Duration::from_millis(60);
    pub(super) const WRITE_TIMEOUT: Duration = Duration::from_millis(120);
    /// Short: a load that found nothing is not to hide what comes after it.
    pub(super) const NEGATIVE_TTL: Duration = Duration::from_millis(40);
    pub(super) const MAX_LOAD_TIME: Duration = Duration::from_millis(400);

    pub(super) fn draw(draw: &Draw) -> Self {
        let authz = draw.chance(5);
        let millis = Duration::from_millis;
        let (ttl, grace) = match draw.below(4) {
            0 | 1 => (Duration::from_secs(30), Duration::from_secs(30)),
            2 => (draw.millis(80, 200), millis(1500)),
            _ => (draw.millis(200, 450), draw.millis(100, 900)),
        };
        let coherence = match draw.below(20) {
            0 => Coherence::Strict,
            1 => Coherence::Available,
            _ => Coherence::Bounded(Self::BOUND),
        };
        Self {
            life: Life { ttl, grace: if authz { Duration::ZERO } else { grace } },
            coherence,
            authz,
            lease: draw.chance(15),
            soft_timeout: draw.chance(30).then_some(millis(3)),
            refresh_ahead: draw.chance(30).then_some(2.0),
            max_pending: if draw.chance(20) { 2 } else { 1000 },
            serial: draw.chance(60),
            persistent: draw.chance(50),
            changes: draw.pick(&[5, 10, 20]),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            life,
            coherence,
            authz,
            lease,
            soft_timeout,
            refresh_ahead,
            max_pending,
            serial,
            persistent,
            changes,
        } = self;
        write!(f, "ttl {:?}, grace {:?}, {coherence:?}, {changes} % changes", life.ttl, life.grace)?;
        let flags = [(*authz, "authz"), (*lease, "lease"), (*serial, "serial writers"), (*persistent, "persistent")];
        for (_, word) in flags.iter().filter(|(on, _)| *on) {
            write!(f, ", {word}")?;
        }
        if let Some(soft) = soft_timeout {
            write!(f, ", soft timeout {soft:?}")?;
        }
        if let Some(beta) = refresh_ahead {
            write!(f, ", refresh ahead {beta}")?;
        }
        write!(f, ", at most {max_pending} pending")
    }
}
