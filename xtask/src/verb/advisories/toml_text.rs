//! As much TOML as advisories and `deny.toml` need: sections, keys, and the quoted texts of a value.

/// One `key = value` with its section; lists may go over several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) section: String,
    pub(super) key: String,
    text: String,
}

/// A quoted text, with what stands between it and the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quoted {
    pub(super) before: String,
    pub(super) text: String,
}

/// All values of `text`; what is not understood is passed over.
pub(super) fn values(text: &str) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    let mut section = String::new();
    for line in text.lines().map(|line| without_comment(line).trim()) {
        if let Some(open) = values.last_mut().filter(|value| value.is_open()) {
            open.text.push_str(line);
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((key, value)) = line.split_once('=') {
            let (key, text) = (key.trim().to_owned(), value.trim().to_owned());
            values.push(Value { section: section.clone(), key, text });
        }
    }
    values
}

impl Value {
    /// The quoted texts in order.
    pub(super) fn quoted(&self) -> Vec<Quoted> {
        let mut quoted = Vec::new();
        let mut rest = self.text.as_str();
        while let Some((before, inner)) = rest.split_once('"') {
            let end = closing(inner);
            quoted.push(Quoted { before: before.to_owned(), text: inner[..end].to_owned() });
            rest = inner.get(end + 1..).unwrap_or_default();
        }
        quoted
    }

    /// A list that has not ended yet.
    fn is_open(&self) -> bool {
        let outside = outside_quotes(&self.text);
        self.text.starts_with('[') && outside.matches('[').count() > outside.matches(']').count()
    }
}

/// Where the quotation mark is that ends the text which begins `inner`.
fn closing(inner: &str) -> usize {
    let mut escaped = false;
    let end = inner.char_indices().find(|(_, letter)| {
        let ends = *letter == '"' && !escaped;
        escaped = *letter == '\\' && !escaped;
        ends
    });
    end.map_or(inner.len(), |(at, _)| at)
}

fn outside_quotes(text: &str) -> String {
    text.split('"').step_by(2).collect()
}

fn without_comment(line: &str) -> &str {
    let hashes = line.match_indices('#').map(|(at, _)| at);
    let mut comments = hashes.filter(|&at| line[..at].matches('"').count().is_multiple_of(2));
    comments.next().map_or(line, |at| &line[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(value: &Value) -> Vec<String> {
        value.quoted().into_iter().map(|quoted| quoted.text).collect()
    }

    #[test]
    fn values_know_their_section() {
        let found = values("[a]\nb = \"c\" # d\n[e]\nf=[\"g\", \"h # i\"]\n");
        assert_eq!((found[0].section.as_str(), found[0].key.as_str()), ("a", "b"));
        assert_eq!(texts(&found[0]), ["c"]);
        assert_eq!((found[1].section.as_str(), found[1].key.as_str()), ("e", "f"));
        assert_eq!(texts(&found[1]), ["g", "h # i"]);
    }

    #[test]
    fn a_list_goes_over_lines() {
        let found = values("a = [\n  \"b]\", # c\n  \"d\",\n]\ne = \"f\"\n");
        assert_eq!(texts(&found[0]), ["b]", "d"]);
        assert_eq!(texts(&found[1]), ["f"]);
    }

    #[test]
    fn an_escaped_mark_ends_nothing() {
        assert_eq!(texts(&values(r#"a = "b \" c""#)[0]), [r#"b \" c"#]);
    }
}
