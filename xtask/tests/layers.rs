//! `cargo xtask layers`, run as a user runs it.

mod seeded;

use seeded::Workspace;

/// `larder-core` and `larder-cache`, in which `from` depends on `to`.
fn workspace(from: &str, to: &str) -> Workspace {
    let crates = ["larder-core", "larder-cache"];
    let shared = crates.map(|name| format!("{name} = {{ path = \"crates/{name}\" }}\n")).concat();
    let empty = Workspace::new(&format!("layers-from-{from}"), &format!("[workspace.dependencies]\n{shared}"));
    crates.iter().fold(empty, |workspace, name| {
        let edge = if *name == from { format!("{to}.workspace = true\n") } else { String::new() };
        workspace.member(name, &edge, "//! Seeded.\n")
    })
}

#[test]
fn an_upward_edge_fails_and_is_named() {
    let said = workspace("larder-core", "larder-cache").xtask(&["layers"]).ended_with(1);
    assert!(said.contains("larder-core (row 0) depends on larder-cache (row 3)"), "{said}");
}

#[test]
fn a_downward_edge_passes() {
    workspace("larder-cache", "larder-core").xtask(&["layers"]).ended_with(0);
}

#[test]
fn this_workspace_passes() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    Workspace::new("layers-elsewhere", "").xtask(&["layers", "--manifest-path", manifest]).ended_with(0);
}

#[test]
fn a_workspace_that_is_not_there_could_not_be_checked() {
    let nowhere = ["layers", "--manifest-path", "/no/such/Cargo.toml"];
    let said = Workspace::new("layers-nowhere", "").xtask(&nowhere).ended_with(2);
    assert!(said.starts_with("error: "), "{said}");
}
