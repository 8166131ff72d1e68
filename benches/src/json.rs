//! Real JSON of three sizes: what cargo says of this workspace and of everything it is built from.

use std::process::Command;

use serde_json::Value;

/// Values of one kind.
#[derive(Clone, Debug)]
pub struct Kind {
    /// What they are.
    pub name: &'static str,
    /// Each as compact JSON.
    pub values: Vec<String>,
}

impl Kind {
    /// Bytes of a value, on average.
    #[must_use]
    pub fn mean(&self) -> usize {
        self.values.iter().map(String::len).sum::<usize>() / self.values.len().max(1)
    }
}

/// Dependencies (about 200 B), compilation targets (about 300 B) and packages without those (about 1 KB), as
/// `cargo metadata` tells them: written by many people, read by machines.
///
/// # Errors
/// What cargo says when it does not answer.
pub fn of_cargo() -> Result<Vec<Kind>, String> {
    let told = Command::new(env!("CARGO")).args(["metadata", "--format-version", "1", "--offline"]).output();
    let told = told.map_err(|error| format!("cargo cannot be started: {error}"))?;
    if !told.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&told.stderr)));
    }
    let all: Value = serde_json::from_slice(&told.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = all.get("packages").and_then(Value::as_array).cloned().unwrap_or_default();
    let (mut whole, mut parts) = (Vec::new(), [Vec::new(), Vec::new()]);
    for mut package in packages {
        let Some(fields) = package.as_object_mut() else { continue };
        for (part, values) in ["dependencies", "targets"].into_iter().zip(&mut parts) {
            let taken = fields.remove(part).and_then(|taken| taken.as_array().cloned()).unwrap_or_default();
            values.extend(taken.iter().map(Value::to_string));
        }
        fields.remove("features");
        whole.push(package.to_string());
    }
    let [dependencies, targets] = parts;
    Ok(vec![
        Kind { name: "a dependency", values: dependencies },
        Kind { name: "a target", values: targets },
        Kind { name: "a package", values: whole },
    ])
}

/// Bytes of a piece of prose.
pub const PIECE: usize = 4000;

/// Pieces of the guide of this workspace: prose, tables and code, as replies of models have them.
///
/// # Errors
/// When the guide cannot be read.
pub fn pages() -> std::io::Result<Vec<String>> {
    let mut text = String::new();
    let mut paths: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        text += &std::fs::read_to_string(path)?;
    }
    let letters: Vec<char> = text.chars().collect();
    Ok(letters.chunks(PIECE).map(|piece| piece.iter().collect()).collect())
}
