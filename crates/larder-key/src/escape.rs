use std::borrow::Cow;
use std::fmt::Write;

/// What a readable key shows for `text`: `|`, `:`, `{`, `}`, `%` and everything invisible, as `%XX` of its UTF-8 bytes.
///
/// Invisible are control characters, line and paragraph separators, zero-width characters and marks that turn the
/// direction of writing, so that a key in a log is one line that shows what it is. Other characters stay. No two texts
/// have one escaped form.
///
/// ```
/// assert_eq!(larder_key::escape("50%|op:qa\n"), "50%25%7Cop%3Aqa%0A");
/// ```
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if text.bytes().all(is_plain_ascii) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_plain(letter) {
            escaped.push(letter);
        } else {
            push_bytes(&mut escaped, letter);
        }
    }
    Cow::Owned(escaped)
}

fn push_bytes(escaped: &mut String, letter: char) {
    for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
        write!(escaped, "%{byte:02X}").expect("writing to a String cannot fail");
    }
}

fn is_plain_ascii(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'%' | b':' | b'{' | b'|' | b'}')
}

fn is_plain(letter: char) -> bool {
    match letter {
        '\0'..='\x7f' => is_plain_ascii(letter as u8),
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => false,
        _ => !letter.is_control(),
    }
}
