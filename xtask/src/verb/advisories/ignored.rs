//! The advisories that `deny.toml` ignores, so that both tools obey one list.

use super::toml_text::{Quoted, values};

/// An advisory that somebody decided to live with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ignored {
    pub(super) id: String,
    pub(super) reason: String,
}

/// The entries of `[advisories] ignore = [{ id = "…", reason = "…" }]`.
pub(super) fn all(deny: &str) -> Vec<Ignored> {
    let list = values(deny).into_iter().find(|value| value.section == "advisories" && value.key == "ignore");
    let mut entries: Vec<Ignored> = Vec::new();
    for Quoted { before, text } in list.iter().flat_map(super::toml_text::Value::quoted) {
        match entries.last_mut() {
            Some(entry) if before.contains("reason") => entry.reason = text,
            _ => entries.push(Ignored { id: text, reason: String::new() }),
        }
    }
    entries
}

impl Ignored {
    /// What is wrong with this entry, when the advisories `used` are those that concern a package.
    pub(super) fn fault(&self, used: &[&str]) -> Option<String> {
        let id = &self.id;
        if self.reason.is_empty() {
            return Some(format!("deny.toml ignores {id} without a reason: write {{ id = \"{id}\", reason = \"…\" }}"));
        }
        (!used.contains(&id.as_str())).then(|| format!("deny.toml ignores {id}, which concerns no package: remove it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_in_both_forms() {
        let deny = "[bans]\nignore = [\"x\"]\n[advisories]\nignore = [\n  # why\n  \
                    { id = \"RUSTSEC-1\", reason = \"one, two\" },\n  \"RUSTSEC-2\",\n]\n";
        let found: Vec<_> = all(deny).into_iter().map(|entry| (entry.id, entry.reason)).collect();
        assert_eq!(found[0], ("RUSTSEC-1".to_owned(), "one, two".to_owned()));
        assert_eq!(found[1], ("RUSTSEC-2".to_owned(), String::new()));
    }

    #[test]
    fn an_empty_list_ignores_nothing() {
        assert!(all("[advisories]\nignore = []\n").is_empty());
    }
}
