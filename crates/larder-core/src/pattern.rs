//! Globs over keys, matched in linear time.

use std::fmt;

use crate::{Error, KeyRange, Result};

/// A glob over keys: `*` any text, `?` one character, `[abc]`, `[a-z]`, `[^a]` one of a class, `\` escapes the next.
///
/// A match takes at most as many steps as the text has characters, each of one pass over a bit set as long as the
/// pattern: no pattern makes it slow.
///
/// # Not the syntax of Redis
/// It looks like the globs of Redis and differs, so never hand its text to `MATCH` unchecked. `?` and classes match
/// characters here, bytes there. An open class, an empty one, bounds the wrong way round and a `\` at the end are faults
/// here and mean something there. In `[a-]` the `-` is a member here, and there the class goes on; bounds may be escaped
/// here only. Let a server list what begins with [`literal_prefix`](Pattern::literal_prefix), and judge every key by
/// [`matches`](Pattern::matches).
///
/// ```
/// let pattern = larder_core::Pattern::new("user:*:profile").unwrap();
/// assert!(pattern.matches("user:42:profile") && !pattern.matches("user:42"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    tokens: Vec<Token>,
    /// Position `i` is followed by a star: with `i` tokens matched, any text may come.
    stars: Vec<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Any,
    Literal(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Token {
    fn accepts(&self, c: char) -> bool {
        match self {
            Self::Any => true,
            Self::Literal(literal) => *literal == c,
            Self::Class { negated, ranges } => ranges.iter().any(|&(low, high)| (low..=high).contains(&c)) != *negated,
        }
    }
}

impl Pattern {
    /// The most bytes a pattern may have.
    pub const MAX: usize = 1024;

    /// Reads a glob.
    ///
    /// # Errors
    /// `Invalid`, naming the position, for an empty or too long pattern, an open class, a class without members or with
    /// its bounds the wrong way round, or a `\` at the end.
    pub fn new(glob: impl AsRef<str>) -> Result<Self> {
        let glob = glob.as_ref();
        if glob.is_empty() || glob.len() > Self::MAX {
            return Err(fault("a pattern has 1 to 1024 bytes; `*` matches everything", glob.len()));
        }
        Reader { glob, rest: glob.char_indices().peekable() }.read()
    }

    /// A pattern that matches `text` and nothing else.
    ///
    /// # Errors
    /// `Invalid` when the escaped text is longer than [`Pattern::MAX`] bytes, or empty.
    pub fn literal(text: impl AsRef<str>) -> Result<Self> {
        Self::new(Self::escape(text.as_ref()))
    }

    /// `text` with a `\` before every character that means something in a glob.
    #[must_use]
    pub fn escape(text: &str) -> String {
        let special = |c| matches!(c, '*' | '?' | '[' | ']' | '\\');
        text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
    }

    /// The same glob over the finished keys of `range`: it matches nothing outside it.
    ///
    /// # Errors
    /// `Invalid` when both together are longer than [`Pattern::MAX`] bytes.
    pub fn within(&self, range: &KeyRange) -> Result<Self> {
        Self::new(Self::escape(range.as_str()) + &self.text)
    }

    /// The glob as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text that every match begins with, without escapes; empty when matches may begin with anything.
    ///
    /// ```
    /// use larder_core::Pattern;
    ///
    /// let pattern = Pattern::new(r"app:users:\*1*:profile").unwrap();
    /// assert_eq!(pattern.literal_prefix(), "app:users:*1");
    /// // Safe for the `MATCH` of a server: there is nothing in it but escaped text and the star.
    /// assert_eq!(Pattern::escape(&pattern.literal_prefix()) + "*", r"app:users:\*1*");
    /// ```
    #[must_use]
    pub fn literal_prefix(&self) -> String {
        let literals = self.tokens.iter().zip(&self.stars).map_while(|(token, &star)| match token {
            Token::Literal(c) if !star => Some(*c),
            _ => None,
        });
        literals.collect()
    }

    /// Whether the whole of `text` matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let mut states = States::new(self.tokens.len());
        for c in text.chars() {
            if !states.step(self, c) {
                return false;
            }
        }
        states.has(self.tokens.len())
    }
}

/// Which numbers of tokens may have been matched so far: a set of `0..=tokens`.
struct States {
    now: Vec<u64>,
    next: Vec<u64>,
}

impl States {
    fn new(tokens: usize) -> Self {
        let words = tokens / 64 + 1;
        let mut now = vec![0; words];
        now[0] = 1;
        Self { now, next: vec![0; words] }
    }

    fn has(&self, state: usize) -> bool {
        self.now[state / 64] >> (state % 64) & 1 == 1
    }

    /// Reads one character; false when no state is left.
    fn step(&mut self, pattern: &Pattern, c: char) -> bool {
        self.next.fill(0);
        for word in 0..self.now.len() {
            let mut bits = self.now[word];
            while bits != 0 {
                let state = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                if pattern.stars[state] {
                    self.add(state);
                }
                if pattern.tokens.get(state).is_some_and(|token| token.accepts(c)) {
                    self.add(state + 1);
                }
            }
        }
        std::mem::swap(&mut self.now, &mut self.next);
        self.now.iter().any(|&word| word != 0)
    }

    fn add(&mut self, state: usize) {
        self.next[state / 64] |= 1 << (state % 64);
    }
}

struct Reader<'a> {
    glob: &'a str,
    rest: std::iter::Peekable<std::str::CharIndices<'a>>,
}

impl Reader<'_> {
    fn read(mut self) -> Result<Pattern> {
        let (mut tokens, mut stars) = (Vec::new(), vec![false]);
        while let Some((at, c)) = self.rest.next() {
            let token = match c {
                '*' => {
                    stars[tokens.len()] = true;
                    continue;
                }
                '?' => Token::Any,
                '[' => self.class(at)?,
                '\\' => Token::Literal(self.escaped(at)?),
                literal => Token::Literal(literal),
            };
            tokens.push(token);
            stars.push(false);
        }
        Ok(Pattern { text: self.glob.to_owned(), tokens, stars })
    }

    fn escaped(&mut self, at: usize) -> Result<char> {
        self.rest.next().map(|(_, c)| c).ok_or_else(|| fault("a `\\` at the end escapes nothing; write `\\\\`", at))
    }

    fn class(&mut self, start: usize) -> Result<Token> {
        let negated = self.rest.next_if(|&(_, c)| c == '^').is_some();
        let mut ranges = Vec::new();
        loop {
            match self.rest.next() {
                None => {
                    return Err(fault("a class that begins with `[` is not closed; add `]` or write `\\[`", start));
                }
                Some((_, ']')) if ranges.is_empty() => {
                    return Err(fault("a class has at least one member", start));
                }
                Some((_, ']')) => return Ok(Token::Class { negated, ranges }),
                Some((at, c)) => ranges.push(self.class_range(at, c)?),
            }
        }
    }

    fn class_range(&mut self, at: usize, c: char) -> Result<(char, char)> {
        let low = if c == '\\' { self.escaped(at)? } else { c };
        let mut ahead = self.rest.clone();
        let is_range = matches!((ahead.next(), ahead.next()), (Some((_, '-')), Some((_, end))) if end != ']');
        if !is_range {
            return Ok((low, low));
        }
        self.rest.next();
        let high = match self.rest.next() {
            Some((at, '\\')) => self.escaped(at)?,
            Some((_, c)) => c,
            None => low,
        };
        if low > high {
            return Err(fault("the bounds of a range are the wrong way round", at));
        }
        Ok((low, high))
    }
}

fn fault(why: &'static str, at: usize) -> Error {
    Error::invalid("pattern", why).with("at_byte", at)
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}
