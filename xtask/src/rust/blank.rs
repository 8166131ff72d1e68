//! Tells code from comments and literals.

/// The same text twice, each of the same length: once the code alone, once the comments alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Views {
    /// Comments and the contents of literals are blank.
    pub(super) code: String,
    /// Everything but comments is blank.
    pub(super) comments: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Comment,
    Literal,
}

/// Splits `text`; offsets and line breaks stay where they are.
pub(super) fn views(text: &str) -> Views {
    let parts = parts(text);
    Views { code: keep(text, &parts, Part::Code), comments: keep(text, &parts, Part::Comment) }
}

fn keep(text: &str, parts: &[(usize, Part)], wanted: Part) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut start = 0;
    for &(end, part) in parts {
        let piece = &text[start..end];
        if part == wanted {
            kept.push_str(piece);
        } else {
            kept.extend(piece.bytes().map(blank));
        }
        start = end;
    }
    kept
}

fn blank(byte: u8) -> char {
    if byte == b'\n' { '\n' } else { ' ' }
}

/// The parts of `text` in order, each with its end.
fn parts(text: &str) -> Vec<(usize, Part)> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        let Some((end, part)) = special(text, at) else {
            at += 1;
            continue;
        };
        if start < at {
            parts.push((at, Part::Code));
        }
        parts.push((end, part));
        (start, at) = (end, end);
    }
    if start < bytes.len() {
        parts.push((bytes.len(), Part::Code));
    }
    parts
}

/// The comment or literal that begins at `at`, with its end.
fn special(text: &str, at: usize) -> Option<(usize, Part)> {
    let rest = &text.as_bytes()[at..];
    match rest {
        [b'/', b'/', ..] => Some((at + line_length(rest), Part::Comment)),
        [b'/', b'*', ..] => Some((at + block_length(rest), Part::Comment)),
        [b'"', ..] => Some((at + string_length(rest), Part::Literal)),
        [b'r', b'"' | b'#', ..] if !follows_name(text, at) => Some((at + raw_length(rest)?, Part::Literal)),
        [b'\'', ..] => Some((at + char_length(&text[at..])?, Part::Literal)),
        _ => None,
    }
}

/// `br"…"` and `cr"…"` are raw strings too; in `never"…"` the `r` belongs to a name.
fn follows_name(text: &str, at: usize) -> bool {
    let before = text.as_bytes()[..at].iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
    !matches!(before.copied().collect::<Vec<_>>().as_slice(), [] | [b'b' | b'c'])
}

fn line_length(rest: &[u8]) -> usize {
    rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len())
}

fn block_length(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn string_length(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of `r"…"` or `r#"…"#`; nothing for a raw name such as `r#type`.
fn raw_length(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|&&byte| byte == b'#').count();
    let open = 1 + hashes;
    if rest.get(open) != Some(&b'"') {
        return None;
    }
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let body = &rest[open + 1..];
    let length = body.windows(close.len()).position(|window| window == close).map(|end| end + close.len());
    Some(open + 1 + length.unwrap_or(body.len()))
}

/// The length of `'x'` or `'\n'`; nothing for a lifetime.
fn char_length(rest: &str) -> Option<usize> {
    let mut inner = rest[1..].char_indices();
    match inner.next()?.1 {
        '\\' => rest.bytes().enumerate().skip(3).find(|(_, byte)| *byte == b'\'').map(|(end, _)| end + 1),
        _ => match inner.next()? {
            (offset, '\'') => Some(1 + offset + 1),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        let views = views(text);
        assert_eq!((views.code.len(), views.comments.len()), (text.len(), text.len()));
        views.code.trim_end().to_owned()
    }

    #[test]
    fn comments_are_blank_in_the_code_and_kept_beside_it() {
        let views = views("a // b\n/* c /* d */ e */ f");
        assert_eq!(views.code, "a     \n                  f");
        assert_eq!(views.comments, "  // b\n/* c /* d */ e */  ");
    }

    #[test]
    fn strings_are_blank_with_their_escapes() {
        assert_eq!(code(r#"f("a \" // b") + 1"#), "f(           ) + 1");
        assert_eq!(code("b\"x\" + y"), "b    + y");
    }

    #[test]
    fn raw_strings_end_at_their_own_hashes() {
        assert_eq!(code("r#\"a \" b\"# + x"), "           + x");
        assert_eq!(code("r#type + x"), "r#type + x");
        assert_eq!(code("br\"a\\\" + x"), "b      + x");
    }

    #[test]
    fn a_lifetime_is_no_char() {
        assert_eq!(code("fn f<'a>(x: &'a str) { g('\"', '\\'', 'é') }"), "fn f<'a>(x: &'a str) { g(   ,     ,     ) }");
    }
}
