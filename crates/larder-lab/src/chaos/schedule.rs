//! A run before it begins: everything that is random, drawn from one seed.

use std::fmt;
use std::time::Duration;

use super::acts::Act;
use super::draw::Draw;
use super::profile::Profile;

/// What is to happen.
///
/// The same seed gives the same schedule. How the threads of a run meet is up to the machine, so that two runs of one
/// schedule are alike and not the same.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// From which all of it was drawn.
    pub seed: u64,
    pub(super) nodes: usize,
    pub(super) profile: Profile,
    /// Before anything else.
    pub(super) opening: Option<Act>,
    /// One after the other, with a pause before each.
    pub(super) acts: Vec<(Duration, Act)>,
    /// Beside those: faults of single nodes.
    pub(super) network: Vec<(Duration, Act)>,
    /// After those, when every node is well again.
    pub(super) ending: Option<Act>,
    /// From which each task of the workload draws, and each node.
    pub(super) workload: u64,
}

impl Schedule {
    /// What `seed` gives for so many nodes.
    #[must_use]
    pub fn draw(seed: u64, nodes: usize) -> Self {
        let draw = Draw::new(seed);
        let profile = Profile::draw(&draw);
        let (mut acts, mut may_promote): (Vec<(Duration, Act)>, _) = (Vec::new(), true);
        for _ in 0..draw.between(Duration::from_nanos(4), Duration::from_nanos(8)).as_nanos() {
            let (pause, act) = (draw.millis(10, 90), Act::draw(&draw, nodes, may_promote));
            may_promote &= !matches!(act, Act::Promote { .. });
            acts.push((pause, act));
        }
        let beside = draw.below(3);
        let network = (0..beside).map(|_| (draw.millis(60, 400), Act::draw_network(&draw, nodes))).collect();
        let opening = Act::draw_opening(&draw, nodes);
        let mut ending = Act::draw_ending(&draw, nodes, may_promote);
        if opening == Some(Act::FlushedStart) {
            // That takes its time.
            acts.truncate(2);
            ending = None;
        }
        Self { seed, nodes, profile, opening, acts, network, ending, workload: draw.bits() }
    }

    /// Everything that is done by turns.
    fn acts(&self) -> impl Iterator<Item = &Act> {
        self.acts.iter().map(|(_, act)| act).chain(&self.ending)
    }

    /// Whether a replica will be needed.
    pub(super) fn promotes(&self) -> bool {
        self.acts().any(|act| matches!(act, Act::Promote { .. }))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}, {} nodes: {}", self.seed, self.nodes, self.profile)?;
        if let Some(act) = &self.opening {
            writeln!(f, "  at first: {act}")?;
        }
        for (pause, act) in &self.acts {
            writeln!(f, "  after {pause:.0?}: {act}")?;
        }
        for (pause, act) in &self.network {
            writeln!(f, "  beside, after {pause:.0?}: {act}")?;
        }
        if let Some(act) = &self.ending {
            writeln!(f, "  in the end: {act}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_one_schedule() {
        assert_eq!(Schedule::draw(7, 3).to_string(), Schedule::draw(7, 3).to_string());
        assert_ne!(Schedule::draw(7, 3).to_string(), Schedule::draw(8, 3).to_string());
    }

    #[test]
    fn a_replica_is_promoted_at_most_once() {
        for seed in 0..500 {
            let schedule = Schedule::draw(seed, 3);
            let promotions = schedule.acts().filter(|act| matches!(act, Act::Promote { .. })).count();
            assert!(promotions <= 1, "{schedule}");
        }
    }
}
