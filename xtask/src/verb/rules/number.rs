//! The number of a rule.

use std::fmt;

/// `E42`, or `e42` in the name of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number(pub(super) u16);

impl Number {
    /// Reads `E42`, and nothing else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (group, number) = numbered(text)?;
        (group == 'E').then_some(Self(number))
    }

    /// The rules that the name of a test begins with: two for `e19_e20_two_nodes`, one for `b06_e53_foreign_bytes`.
    pub(super) fn carried_by(test: &str) -> Vec<Self> {
        let numbers = test.split('_').map_while(numbered);
        numbers.filter(|(group, _)| *group == 'e').map(|(_, number)| Self(number)).collect()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{}", self.0)
    }
}

/// A letter and the digits after it.
fn numbered(text: &str) -> Option<(char, u16)> {
    let group = text.chars().next().filter(char::is_ascii_alphabetic)?;
    let digits = &text[1..];
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten().map(|number| (group, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_letter_and_digits() {
        assert_eq!(Number::parse("E42"), Some(Number(42)));
        for text in ["", "E", "e42", "A2", "42", "E4a", "E+4", "E42.", "Ä1", "E70000"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_carries_the_numbers_that_it_begins_with() {
        assert_eq!(Number::carried_by("e19_e20_two_nodes_in_e21"), [Number(19), Number(20)]);
        assert_eq!(Number::carried_by("b06_e53_foreign_bytes"), [Number(53)]);
        assert!(Number::carried_by("e2e_over_http").is_empty());
        assert!(Number::carried_by("each_of_e4").is_empty());
    }
}
