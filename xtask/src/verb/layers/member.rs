//! A package of the workspace, as far as the layers are concerned.

use cargo_metadata::{DependencyKind, Metadata, Package};

use crate::tree;
use crate::verdict::Result;

/// One package.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) name: String,
    /// Its folder from the root of the workspace.
    pub(super) folder: String,
    /// The text of its `Cargo.toml`.
    pub(super) manifest: String,
    pub(super) edges: Vec<Edge>,
}

/// One dependency of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) to: String,
    pub(super) dev: bool,
    /// Whether it leads to another package of this workspace.
    pub(super) inside: bool,
}

/// All packages of the workspace.
pub(super) fn all(metadata: &Metadata) -> Result<Vec<Member>> {
    let packages = metadata.workspace_packages();
    let names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    packages.iter().map(|package| member(metadata, package, &names)).collect()
}

fn member(metadata: &Metadata, package: &Package, names: &[&str]) -> Result<Member> {
    let folder = package.manifest_path.parent().unwrap_or(&package.manifest_path);
    let folder = folder.strip_prefix(&metadata.workspace_root).unwrap_or(folder);
    let edges = package.dependencies.iter().map(|dependency| Edge {
        to: dependency.name.clone(),
        dev: dependency.kind == DependencyKind::Development,
        inside: dependency.path.is_some() && names.contains(&dependency.name.as_str()),
    });
    Ok(Member {
        name: package.name.to_string(),
        folder: folder.as_str().replace('\\', "/"),
        manifest: tree::read(package.manifest_path.as_std_path())?,
        edges: edges.collect(),
    })
}

#[cfg(test)]
impl Member {
    /// A well-kept crate of `crates/` with these edges.
    pub(super) fn seeded(name: &str, edges: &[Edge]) -> Self {
        Self {
            name: name.to_owned(),
            folder: format!("crates/{name}"),
            manifest: "[package]\n\n[lints]\nworkspace = true\n".to_owned(),
            edges: edges.to_vec(),
        }
    }
}

#[cfg(test)]
impl Edge {
    /// An ordinary dependency on a package of the workspace.
    pub(super) fn inside(to: &str) -> Self {
        Self { to: to.to_owned(), dev: false, inside: true }
    }

    /// An ordinary dependency on a crate from outside.
    pub(super) fn outside(to: &str) -> Self {
        Self { inside: false, ..Self::inside(to) }
    }

    /// The same edge, for tests only.
    pub(super) fn dev(self) -> Self {
        Self { dev: true, ..self }
    }
}
