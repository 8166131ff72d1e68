//! The shapes in which a secret may leave a program.

use std::fmt;

/// In which shape a canary was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// As it is, in any case.
    Plain,
    /// Base64, standard or for URLs, at any offset.
    Base64,
    /// Two hexadecimal digits a byte, in any case.
    Hex,
    /// `%` and two hexadecimal digits a byte.
    Percent,
    /// `\u` and four hexadecimal digits a character, as JSON may write it.
    Unicode,
    /// A list of decimal numbers, as `Debug` shows a vector of bytes.
    Decimal,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "as it is",
            Self::Base64 => "in base64",
            Self::Hex => "in hexadecimal",
            Self::Percent => "percent-escaped",
            Self::Unicode => "in \\u escapes",
            Self::Decimal => "as a list of bytes",
        })
    }
}

/// What to look for: text in one form, with or without regard to case.
#[derive(Clone, Debug)]
pub(super) struct Needle {
    pub(super) form: Form,
    pub(super) text: String,
    pub(super) any_case: bool,
}

/// Every needle for `marker`.
pub(super) fn needles(marker: &str) -> Vec<Needle> {
    let bytes = marker.as_bytes();
    let joined = |separator: &str, show: fn(&u8) -> String| bytes.iter().map(show).collect::<Vec<_>>().join(separator);
    let any_case = |form, text| Needle { form, text, any_case: true };
    let mut needles = vec![
        any_case(Form::Plain, marker.to_owned()),
        any_case(Form::Hex, joined("", |byte| format!("{byte:02x}"))),
        any_case(Form::Percent, joined("", |byte| format!("%{byte:02x}"))),
        any_case(Form::Unicode, joined("", |byte| format!("\\u{byte:04x}"))),
        any_case(Form::Decimal, joined(",", |byte| byte.to_string())),
    ];
    for offset in 0..3 {
        for alphabet in [STANDARD, URL] {
            needles.push(Needle { form: Form::Base64, text: inner_base64(bytes, offset, alphabet), any_case: false });
        }
    }
    needles
}

type Alphabet = &'static [u8; 64];
const STANDARD: Alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: Alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The digits that depend on `bytes` alone when they stand `offset` bytes after a multiple of three.
fn inner_base64(bytes: &[u8], offset: usize, alphabet: Alphabet) -> String {
    let padded = [&[0, 0][..offset], bytes].concat();
    let whole_bits = padded.len() * 8;
    let first = (offset * 8).div_ceil(6);
    (first..whole_bits / 6).map(|digit| char::from(alphabet[digit_at(&padded, digit * 6)])).collect()
}

/// The six bits from `start`.
fn digit_at(bytes: &[u8], start: usize) -> usize {
    (start..start + 6).fold(0, |digit, bit| digit << 1 | usize::from(bytes[bit / 8] >> (7 - bit % 8) & 1))
}
