//! The list of protections and of the tests that need them: `ablations.toml`.
//!
//! The file uses a small part of TOML: tables `[[ablation]]` of `key = "text"`, and comments.

use std::fmt;

/// One protection that can be switched off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ablation {
    /// The switch, as the source names it.
    pub(crate) name: String,
    /// The rule that the protection serves.
    pub(crate) rule: String,
    /// The test that must fail without it.
    pub(crate) test: TestName,
    /// What goes wrong without it.
    pub(crate) why: String,
    /// Where the entry begins in the file.
    pub(crate) line: usize,
}

/// A test by package, target (`lib`, or the name of a file in `tests/`) and path within the target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct TestName {
    /// The package that holds the test.
    pub(crate) package: String,
    /// `lib` for unit tests, else the name of an integration test.
    pub(crate) target: String,
    /// The name as the test program lists it.
    pub(crate) path: String,
}

impl TestName {
    /// Whether the target is the library with its unit tests.
    pub(crate) fn is_unit_test(&self) -> bool {
        self.target == "lib"
    }

    /// The name of the test function alone.
    pub(crate) fn function(&self) -> &str {
        self.path.rsplit("::").next().unwrap_or(&self.path)
    }

    fn parse(text: &str) -> Option<Self> {
        let (package, rest) = text.split_once("::")?;
        let (target, path) = rest.split_once("::")?;
        Some(Self { package: package.to_owned(), target: target.to_owned(), path: path.to_owned() })
    }
}

impl fmt::Display for TestName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}::{}", self.package, self.target, self.path)
    }
}

/// Reads the list; the faults come all at once, each with its line.
pub(crate) fn parse(text: &str) -> Result<Vec<Ablation>, Vec<String>> {
    let mut entries: Vec<Ablation> = Vec::new();
    let mut faults = Vec::new();
    for (index, line) in text.lines().map(str::trim).enumerate() {
        if line == "[[ablation]]" {
            entries.push(Ablation { line: index + 1, ..Ablation::default() });
        } else if !line.is_empty() && !line.starts_with('#') {
            faults.extend(assign(entries.last_mut(), line).err().map(|what| format!("line {}: {what}", index + 1)));
        }
    }
    faults.extend(entries.iter().flat_map(incomplete));
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

fn assign(entry: Option<&mut Ablation>, line: &str) -> Result<(), String> {
    let entry = entry.ok_or("text before the first `[[ablation]]`")?;
    let (key, value) = line.split_once('=').ok_or("neither `[[ablation]]` nor `key = \"text\"`")?;
    let value = quoted(value.trim()).ok_or_else(|| format!("`{}` wants a text in double quotes", key.trim()))?;
    match key.trim() {
        "name" => entry.name = value,
        "rule" => entry.rule = value,
        "why" => entry.why = value,
        "test" => entry.test = TestName::parse(&value).ok_or("`test` wants `package::target::name`")?,
        other => return Err(format!("`{other}` is none of name, rule, test, why")),
    }
    Ok(())
}

/// The text between double quotes; a backslash keeps the next letter as it is.
fn quoted(value: &str) -> Option<String> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.push(letters.next()?),
            '"' => return None,
            plain => text.push(plain),
        }
    }
    Some(text)
}

fn incomplete(entry: &Ablation) -> Vec<String> {
    let test = if entry.test.path.is_empty() { "" } else { "given" };
    let keys = [("name", entry.name.as_str()), ("rule", &entry.rule), ("test", test), ("why", &entry.why)];
    let missing = keys.iter().filter(|(_, value)| value.is_empty());
    missing.map(|(key, _)| format!("line {}: this entry has no `{key}`", entry.line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "# why\n\n[[ablation]]\nname = \"fence\"\nrule = \"E18\"\n\
                         test = \"larder-cache::fence::late::is_refused\"\nwhy = \"a \\\"late\\\" value\"\n";

    #[test]
    fn an_entry_is_read() {
        let entries = parse(ENTRY).expect("it is sound");
        assert_eq!(entries[0].name, "fence");
        assert_eq!(entries[0].why, "a \"late\" value");
        assert_eq!(entries[0].test.to_string(), "larder-cache::fence::late::is_refused");
        assert_eq!((entries[0].test.target.as_str(), entries[0].test.function()), ("fence", "is_refused"));
        assert_eq!(entries[0].line, 3);
    }

    #[test]
    fn all_faults_come_at_once() {
        let faults =
            parse("name = \"x\"\n[[ablation]]\nname = x\ntest = \"a::b\"\nwho = \"me\"\n").expect_err("it is not");
        assert_eq!(faults.len(), 4 + 4, "{faults:?}");
        assert_eq!(faults[0], "line 1: text before the first `[[ablation]]`");
        assert_eq!(faults[3], "line 5: `who` is none of name, rule, test, why");
        assert_eq!(faults[4], "line 2: this entry has no `name`");
    }

    #[test]
    fn an_empty_list_is_sound() {
        assert_eq!(parse("# nothing yet\n"), Ok(Vec::new()));
    }
}
