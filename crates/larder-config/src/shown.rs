//! How a value of unknown origin is shown: short, escaped, and never with a secret in it.

use serde_json::Value;

const LONGEST: usize = 40;

/// What stands in the place of a secret.
pub(crate) const HIDDEN: &str = "***";

/// A text in quotes; a text that could be a URL with credentials is hidden.
pub(crate) fn text(text: &str) -> String {
    if text.contains("://") || text.contains('@') {
        return HIDDEN.into();
    }
    format!("\"{}\"", bare(text))
}

/// A text without quotes, for names.
pub(crate) fn bare(text: &str) -> String {
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// A JSON value in one short piece.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(words) => text(words),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(fields) => format!("a table of {}", fields.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b30_nothing_shown_can_steer_a_terminal_or_fill_it() {
        assert_eq!(text("a\u{1b}[2J\r\n\u{202e}\0"), "\"a\\u{1b}[2J\\r\\n\\u{202e}\\0\"");
        assert_eq!(text(&"x".repeat(1000)).chars().count(), LONGEST + 3);
        assert_eq!(text("redis://u:p@h"), HIDDEN);
    }
}
