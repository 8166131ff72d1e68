//! How the engine treats the shared tier.

use std::time::Duration;

use larder_core::{Error, Result};

/// How long the shared tier may take, and what happens when it does not answer. Nothing here is without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct L2Settings {
    /// The longest a read may take. Default: 50 ms.
    pub read_timeout: Duration,
    /// The longest a write or an invalidation may take. Default: 250 ms.
    pub write_timeout: Duration,
    /// The longest a scan may take, for an invalidation by pattern and for a list of keys. Default: 10 s.
    pub scan_timeout: Duration,
    /// The most bytes of an encoded value; a larger one stays in this process. Default: 8 MiB.
    pub max_value: u32,
    /// So many failures in a row open the breaker: the tier is left alone until it answers again. Default: 5.
    pub failures_in_a_row: u32,
    /// How often this node makes sure that notices still reach it, and that the tier answers. Default: 1 s.
    pub heartbeat: Duration,
    /// Without an echo of a heartbeat for this long the way of notices counts as lost. Default: 4 s.
    pub silence: Duration,
    /// How many keys may wait for an invalidation that the tier did not acknowledge; with more of them the whole cache
    /// does. Default: 10 000.
    pub max_pending: usize,
    /// For how long the loads of a cache leave alone what a later release wrote, or a node that knows more: counted from the first
    /// such value that it meets. Longer than an upgrade of the fleet takes. Zero: it is replaced like any other that cannot be read.
    /// Default: 24 h.
    pub mixed_fleet_grace: Duration,
}

impl Default for L2Settings {
    fn default() -> Self {
        Self {
            read_timeout: Duration::from_millis(50),
            write_timeout: Duration::from_millis(250),
            scan_timeout: Duration::from_secs(10),
            max_value: larder_core::envelope::MAX_VALUE,
            failures_in_a_row: 5,
            heartbeat: Duration::from_secs(1),
            silence: Duration::from_secs(4),
            max_pending: 10_000,
            mixed_fleet_grace: Duration::from_hours(24),
        }
    }
}

impl L2Settings {
    /// Checks what could not work.
    ///
    /// # Errors
    /// `Invalid`, naming the setting and the fix.
    pub fn check(&self) -> Result<()> {
        let fault = |why: &'static str| Err(Error::invalid("build", why).at("l2"));
        if self.read_timeout.is_zero() || self.write_timeout.is_zero() || self.scan_timeout.is_zero() {
            return fault("a timeout of zero lets no call end; give each `…_timeout` more than zero");
        }
        if self.failures_in_a_row == 0 {
            return fault("the breaker opens after at least one failure; give `failures_in_a_row` 1 or more");
        }
        if self.heartbeat.is_zero() || self.silence <= self.heartbeat {
            return fault("`silence` has to be longer than `heartbeat`, and that longer than zero");
        }
        Ok(())
    }
}
