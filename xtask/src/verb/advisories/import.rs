//! From the pages of the advisory-db to a snapshot.

use std::path::Path;

use super::advisory::Advisory;
use super::requirement;
use super::snapshot::Snapshot;
use super::toml_text::{Value, values};
use crate::tree::{self, TextFile};
use crate::verdict::{Fault, Result};

/// Reads all advisories for crates below `folder`.
pub(super) fn read(folder: &Path) -> Result<Snapshot> {
    let pages = tree::files(&folder.join("crates"), "md")?;
    let advisories: Vec<Advisory> = pages.iter().map(advisory).collect::<Result<_>>()?;
    if advisories.is_empty() {
        return Err(Fault::new(format!("{} holds no advisories: unpack the advisory-db there", folder.display())));
    }
    Ok(Snapshot::new(advisories))
}

/// Reads one page: TOML between fences, then a title and prose.
fn advisory(page: &TextFile) -> Result<Advisory> {
    let broken = |what: &str| Fault::new(format!("{}: {what}", page.path));
    let (_, rest) = page.text.split_once("```toml").ok_or_else(|| broken("no front matter"))?;
    let (front, prose) = rest.split_once("\n```").ok_or_else(|| broken("the front matter does not end"))?;
    let front = values(front);
    let known = |key: &str| first(&front, key).ok_or_else(|| broken(&format!("no `{key}`")));
    let advisory = Advisory {
        id: known("id")?,
        package: known("package")?,
        date: known("date")?,
        kind: first(&front, "informational").unwrap_or_default(),
        withdrawn: first(&front, "withdrawn").unwrap_or_default(),
        patched: requirements(&front, "patched"),
        unaffected: requirements(&front, "unaffected"),
        source: first(&front, "license").and_then(|_| first(&front, "url")).unwrap_or_default(),
        title: title(prose).ok_or_else(|| broken("no title"))?,
    };
    match advisory.patched.iter().chain(&advisory.unaffected).find(|requirement| !requirement::is_sound(requirement)) {
        Some(requirement) => Err(broken(&format!("`{requirement}` is no requirement of versions"))),
        None => Ok(advisory),
    }
}

fn first(front: &[Value], key: &str) -> Option<String> {
    let value = front.iter().find(|value| value.section == "advisory" && value.key == key)?;
    value.quoted().into_iter().map(|quoted| quoted.text.trim().to_owned()).next()
}

fn requirements(front: &[Value], key: &str) -> Vec<String> {
    let lists = front.iter().filter(|value| value.section == "versions" && value.key == key);
    lists.flat_map(Value::quoted).map(|quoted| quoted.text.trim().to_owned()).collect()
}

fn title(prose: &str) -> Option<String> {
    let heading = prose.lines().find_map(|line| line.strip_prefix("# "))?;
    Some(heading.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2025-0023\"\npackage = \"tokio\"\ndate   = \"2025-04-07\"\n\
        url = \"https://github.com/advisories/GHSA-rr8g\"\ninformational = \"unsound\" # not exploitable\n\
        license = \"CC-BY-4.0\"\n\n[affected.functions]\n\"tokio::x\" = [\"< 1\"]\n\n[versions]\n\
        patched = [\n  \">= 1.38.2, < 1.39.0\",\n  \">= 1.44.2 \",\n]\nunaffected = [\"< 0.2.5\"]\n```\n\n\
        #  Broadcast\tcalls clone\n\nProse with `date = \"2000-01-01\"`.\n";

    fn read_page(text: &str) -> Result<Advisory> {
        advisory(&TextFile { path: "tokio/RUSTSEC-2025-0023.md".to_owned(), text: text.to_owned() })
    }

    #[test]
    fn a_page_becomes_an_advisory() {
        let advisory = read_page(PAGE).expect("it is sound");
        assert_eq!((advisory.id.as_str(), advisory.package.as_str()), ("RUSTSEC-2025-0023", "tokio"));
        assert_eq!((advisory.date.as_str(), advisory.kind.as_str()), ("2025-04-07", "unsound"));
        assert_eq!(advisory.patched, [">= 1.38.2, < 1.39.0", ">= 1.44.2"]);
        assert_eq!(advisory.unaffected, ["< 0.2.5"]);
        assert_eq!(advisory.source, "https://github.com/advisories/GHSA-rr8g");
        assert_eq!(advisory.title, "Broadcast calls clone");
    }

    #[test]
    fn a_page_without_a_licence_of_its_own_needs_no_source() {
        let advisory = read_page(&PAGE.replace("license", "x")).expect("it is sound");
        assert!(advisory.source.is_empty());
    }

    #[test]
    fn a_broken_page_is_named() {
        let fault = read_page(&PAGE.replace("package =", "p =")).expect_err("no package");
        assert_eq!(fault.to_string(), "tokio/RUSTSEC-2025-0023.md: no `package`");
        let fault = read_page(&PAGE.replace(">= 1.44.2 ", "newest")).expect_err("no requirement");
        assert!(fault.to_string().contains("`newest` is no requirement"), "{fault}");
    }
}
