//! Tables of benchmarks in the documentation, written by the benchmarks themselves.

use std::fs;
use std::io;
use std::path::Path;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/benchmarks.md");

/// Puts `table` into the section `name` of `docs/benchmarks.md`, in the place of the one that was there.
///
/// # Errors
/// That of the file, or `InvalidData` when the page has no such section.
pub fn record(name: &str, table: &str) -> io::Result<()> {
    let page = fs::read_to_string(Path::new(PAGE))?;
    let missing = || io::Error::new(io::ErrorKind::InvalidData, format!("docs/benchmarks.md has no section `{name}`"));
    fs::write(PAGE, replaced(&page, name, table).ok_or_else(missing)?)
}

/// The page with `table` between the two marks of the section.
fn replaced(page: &str, name: &str, table: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{}\n\n{end}{after}", table.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_takes_the_place_of_the_one_before_and_nothing_else_changes() {
        let page = "head\n<!-- a: begin -->\nold\n<!-- a: end -->\nmiddle\n<!-- b: begin -->\n<!-- b: end -->\ntail\n";
        let once = replaced(page, "a", "| new |\n").unwrap_or_default();
        assert_eq!(once, page.replace("\nold\n", "\n\n| new |\n\n"));
        assert_eq!(replaced(&once, "a", "| new |"), Some(once.clone()), "again, it is the same");
        assert_eq!(replaced(page, "c", ""), None);
    }
}
