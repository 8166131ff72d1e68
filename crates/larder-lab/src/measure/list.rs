//! Every figure that the report of evidence shows.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use larder_core::Result;

use super::{Blackhole, BrokenPath, HealthyPath, PathFault, Processes, Reconnect, Storm};
use crate::Limit;

/// One thing that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Measure {
    /// How long another node serves what was changed, while all is well
    Healthy,
    /// The same while its path is broken, and how soon it knows
    Path,
    /// How many loads a storm on a cold key takes in one process
    Storm,
    /// The same over four processes, without and with leases
    Processes,
    /// What a node keeps while its server swallows everything
    Blackhole,
    /// How nodes that lost their server together come back
    Reconnect,
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// As the report shows it: some minutes in all.
    Full,
    /// A few seconds each: to see that it works.
    Small,
}

impl Measure {
    /// The bound of staleness under which paths are broken.
    pub const BOUND: Duration = Duration::from_millis(500);

    /// Measures it; `program` is the lab itself, which processes of a storm run.
    ///
    /// # Errors
    /// What each of them says: there is no server, or a node does not find it.
    pub async fn take(self, scale: Scale, program: PathBuf) -> Result<Vec<Limit>> {
        let of = |full: u32, small: u32| if scale == Scale::Full { full } else { small };
        let seconds = |full, small| Duration::from_secs(u64::from(of(full, small)));
        match self {
            Self::Healthy => HealthyPath { rounds: of(10_000, 500).into() }.measure().await,
            Self::Path => {
                let mut limits = Vec::new();
                for fault in PathFault::ALL {
                    let lasts = Self::BOUND * 3;
                    let broken = BrokenPath { fault, bound: Self::BOUND, times: of(10, 1), lasts };
                    limits.extend(broken.measure().await?);
                }
                Ok(limits)
            }
            Self::Storm => {
                let storms = of(10, 1) as usize;
                Storm { tasks: of(10_000, 1_000) as usize, storms }.measure().await
            }
            Self::Processes => {
                let tasks = of(2_500, 250) as usize;
                let storms = of(10, 1) as usize;
                let of_four = |lease| Processes { program: program.clone(), count: 4, tasks, storms, lease };
                let mut limits = of_four(false).measure().await?;
                limits.extend(of_four(true).measure().await?);
                Ok(limits)
            }
            Self::Blackhole => {
                let (rate, warm, recovery) = (of(5_000, 1_000), seconds(10, 2), seconds(10, 2));
                Blackhole { rate, warm, lasts: seconds(60, 3), recovery }.measure().await
            }
            Self::Reconnect => Reconnect { nodes: of(50, 20) as usize, lasts: seconds(30, 5) }.measure().await,
        }
    }
}
