//! How much memory this process holds.

use larder_core::{Error, Result};

/// The resident memory of this process in KiB.
pub(super) fn resident_kib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok();
    let line = status.as_deref().and_then(|status| status.lines().find_map(|line| line.strip_prefix("VmRSS:")));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
    kib.ok_or_else(|| Error::unsupported("measure", "this system does not tell how much memory a process holds"))
}
