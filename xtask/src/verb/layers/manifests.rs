//! What every `Cargo.toml` of the workspace must say.

use super::member::Member;

/// Lints and dependencies are inherited, so that there is one place to change them.
pub(super) fn faults(member: &Member) -> Vec<String> {
    let mut faults = Vec::new();
    if !inherits_lints(&member.manifest) {
        faults.push(format!(
            "{}/Cargo.toml does not inherit the lints: add `[lints]` with `workspace = true`",
            member.folder
        ));
    }
    faults.extend(own_versions(&member.manifest).map(|name| {
        format!(
            "{}/Cargo.toml chooses its own {name}: put it into [workspace.dependencies] and write `workspace = true`",
            member.folder
        )
    }));
    faults
}

fn inherits_lints(manifest: &str) -> bool {
    lines(manifest).any(|(section, line)| {
        let line = line.replace(' ', "");
        (section == "lints" && line == "workspace=true") || (section.is_empty() && line == "lints.workspace=true")
    })
}

/// Dependencies that are not inherited from the workspace.
fn own_versions(manifest: &str) -> impl Iterator<Item = &str> {
    lines(manifest).filter_map(|(section, line)| {
        let (key, value) = line.split_once('=')?;
        let starts_entry = line.starts_with(|first: char| first.is_ascii_alphanumeric());
        let inherited = key.trim().ends_with(".workspace") || value.replace(' ', "").contains("workspace=true");
        (section.ends_with("dependencies") && starts_entry && !inherited).then(|| key.trim())
    })
}

/// The lines of a manifest, each with the name of its section.
fn lines(manifest: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut section = "";
    manifest.lines().filter_map(move |line| {
        let heading = line.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        match heading {
            Some(name) => {
                section = name;
                None
            }
            None => Some((section, line)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(manifest: &str) -> Vec<String> {
        faults(&Member { manifest: manifest.to_owned(), ..Member::seeded("larder-core", &[]) })
    }

    const LINTS: &str = "[lints]\nworkspace = true\n";

    #[test]
    fn a_crate_without_the_common_lints_is_found() {
        assert!(faults_of("[package]\nname = \"x\"\n")[0].contains("does not inherit the lints"));
        assert!(faults_of(LINTS).is_empty());
        assert!(faults_of("lints.workspace = true\n").is_empty());
    }

    #[test]
    fn a_version_of_its_own_is_found() {
        let found = faults_of(&format!("{LINTS}[dependencies]\nbytes = \"1\"\n"));
        assert!(found[0].contains("chooses its own bytes"), "{found:?}");
    }

    #[test]
    fn inherited_dependencies_pass_in_every_form() {
        let manifest =
            "[dev-dependencies]\nbytes.workspace = true\nclap = { workspace = true, features = [\n  \"std\",\n] }\n";
        assert!(faults_of(&format!("{LINTS}{manifest}")).is_empty());
    }
}
