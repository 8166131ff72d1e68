//! Globs: what they match, by a second and slower way of matching.

use larder_core::{KeyRange, Name, Pattern, Result};

use crate::input::{Input, of_texts, valid};
use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "pattern",
    says: "a glob matches what it says, in a range too, and every match begins with its literal prefix",
    check: |bytes| check(bytes, |glob| Pattern::new(glob)),
    planted: |bytes| check(bytes, |glob| Pattern::new(glob.replace("[^", "["))),
    bug: "a class is never negated",
    seeds,
    tokens: &["*", "?", "[", "]", "^", "-", "\\", "[^a]", "[a-z]", "[]", "a", "ü", "aaaa"],
    allowance: Target::modest,
};

fn check(bytes: &[u8], read: fn(&str) -> Result<Pattern>) -> Seen {
    let mut input = Input::new(bytes);
    let (glob, text) = (input.text(), valid(input.rest()));
    let literal =
        Pattern::literal(text).is_ok_and(|pattern| pattern.matches(text) && !pattern.matches(&format!("{text}x")));
    assert!(literal || text.is_empty() || Pattern::escape(text).len() > Pattern::MAX, "a literal matches otherwise");
    let Ok(pattern) = read(glob) else {
        assert!(glob.is_empty() || tokens(glob).is_none(), "refused although nothing is wrong with it");
        return Seen::of("refused");
    };
    let tokens = tokens(glob).expect("what is taken is a glob");
    let text: String = text.chars().take(256).collect();
    let matches = pattern.matches(&text);
    assert_eq!(matches, matched(&tokens, &text), "it matches otherwise than it says");
    assert!(!matches || text.starts_with(&pattern.literal_prefix()), "a match without the literal prefix");
    let range = KeyRange::cache(&Name::new("app").expect("a name"), &Name::new("a.b").expect("a name"));
    let within = pattern.within(&range).expect("both together are short");
    assert_eq!(within.matches(&format!("{}{text}", range.as_str())), matches, "it matches otherwise in a range");
    Seen::of((matches, tokens.len().min(12), glob.contains('['), glob.contains('*')))
}

enum Token {
    Star,
    Any,
    One(char),
    Class(bool, Vec<(char, char)>),
}

/// The glob by the words of its documentation; none for what is no glob.
fn tokens(glob: &str) -> Option<Vec<Token>> {
    let mut rest = glob.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(letter) = rest.next() {
        tokens.push(match letter {
            '*' => Token::Star,
            '?' => Token::Any,
            '\\' => Token::One(rest.next()?),
            '[' => {
                let negated = rest.next_if_eq(&'^').is_some();
                Token::Class(negated, class(&mut rest)?)
            }
            letter => Token::One(letter),
        });
    }
    Some(tokens)
}

fn class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Vec<(char, char)>> {
    let mut ranges = Vec::new();
    loop {
        let low = match rest.next()? {
            ']' => return (!ranges.is_empty()).then_some(ranges),
            '\\' => rest.next()?,
            letter => letter,
        };
        let mut ahead = rest.clone();
        let is_range = ahead.next() == Some('-') && ahead.next().is_some_and(|end| end != ']');
        let high = match is_range.then(|| (rest.next(), rest.next()).1) {
            None => low,
            Some(Some('\\')) => rest.next()?,
            Some(high) => high?,
        };
        if low > high {
            return None;
        }
        ranges.push((low, high));
    }
}

/// Whether each end of the text is matched by each end of the tokens, from the shortest on.
fn matched(tokens: &[Token], text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let mut ends = vec![false; letters.len() + 1];
    ends[letters.len()] = true;
    for token in tokens.iter().rev() {
        let mut before = vec![false; ends.len()];
        for at in (0..ends.len()).rev() {
            let next = letters.get(at).copied();
            before[at] = match token {
                Token::Star => ends[at] || (next.is_some() && before[at + 1]),
                Token::Any => next.is_some() && ends[at + 1],
                Token::One(letter) => next == Some(*letter) && ends[at + 1],
                Token::Class(negated, ranges) => next.is_some_and(|letter| {
                    ranges.iter().any(|(low, high)| (*low..=*high).contains(&letter)) != *negated && ends[at + 1]
                }),
            };
        }
        ends = before;
    }
    ends[0]
}

fn seeds() -> Vec<Vec<u8>> {
    let cases =
        [("user:*:profile", "user:42:profile"), ("?[a-c]*", "xb"), (r"\*[x\-y]", "*-"), ("[^a]b", "ab"), ("", "")];
    cases.iter().map(|(glob, text)| [&of_texts(&[glob])[..], text.as_bytes()].concat()).collect()
}
