//! Switches that turn one protection off, to prove that its test needs it.
//!
//! An ordinary build has no switches: [`off`] is a constant `false` and the compiler removes every use. A build with
//! `--cfg larder_ablate` holds all of them, and the variable `LARDER_ABLATE` names the one that is off in this process.

/// True when the protection called `name` is switched off in this process.
#[cfg(not(larder_ablate))]
#[inline(always)]
#[must_use]
pub const fn off(_name: &str) -> bool {
    false
}

/// True when the protection called `name` is switched off in this process.
#[cfg(larder_ablate)]
#[must_use]
#[allow(clippy::disallowed_methods)] // The one reader of the environment outside the configuration, and never shipped.
pub fn off(name: &str) -> bool {
    static CHOSEN: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    CHOSEN.get_or_init(|| std::env::var("LARDER_ABLATE").ok()).as_deref() == Some(name)
}
