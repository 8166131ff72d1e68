//! The table of rows, as data. A change here is a change of the architecture: write a decision record with it.

/// The crates of `crates/` and their rows, lowest first; a crate may depend on lower rows only.
const ROWS: &[(u8, &[&str])] = &[
    (0, &["larder-core"]),
    (1, &["larder-key", TESTKIT]),
    (2, &["larder-memory", "larder-redis", "larder-layers"]),
    (3, &["larder-cache"]),
    (4, &["larder-ai"]),
    (5, &["larder-config"]),
    (6, &["larder-macros", "larder-axum"]),
    (7, &["larder"]),
    (8, &["larder-bench"]),
    (9, &["larder-cli"]),
    (10, &["larder-lab"]),
];

/// Every crate may test itself with this one, whatever the rows say.
pub(super) const TESTKIT: &str = "larder-testkit";

/// The package of these commands: it sees no crate of the workspace and only these from outside.
pub(super) const XTASK: &str = "xtask";
pub(super) const XTASK_MAY_USE: &[&str] = &["cargo_metadata", "clap"];

/// What one crate keeps to itself: the dependency, and the only crate that knows it.
pub(super) const OWNED: &[(&str, &str)] =
    &[("figment", "larder-config"), ("fred", "larder-redis"), ("moka", "larder-memory")];

/// What a crate must not use outside its tests, and why.
pub(super) const REFUSED: &[(&str, &str, &str)] = &[
    ("larder-core", "serde", "the contract carries bytes, and codecs belong to larder-cache"),
    ("larder-core", "tokio", "the contract runs on any runtime and spawns nothing"),
];

/// The row of a crate; nothing for packages that stand beside the table.
pub(super) fn row(name: &str) -> Option<u8> {
    ROWS.iter().find(|(_, crates)| crates.contains(&name)).map(|(row, _)| *row)
}
