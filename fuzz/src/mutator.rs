//! Inputs out of inputs: what a byte, a length or a token away from something valid looks like.

use larder_core::{Random, SeededRandom};

/// The longest input that is made.
pub const LONGEST: usize = 4096;

/// Numbers at which something changes, besides the powers of two and their neighbours.
const BOUNDS: &[u64] = &[0, 1, 8 * 1024 * 1024, 8 * 1024 * 1024 + 1, (1 << 53) - 1, 1 << 53, u64::MAX - 1, u64::MAX];

/// Makes inputs, the same ones from the same seed.
#[derive(Debug)]
pub struct Mutator<'a> {
    random: SeededRandom,
    tokens: &'a [&'a str],
}

impl<'a> Mutator<'a> {
    /// A mutator that builds in `tokens`.
    #[must_use]
    pub const fn new(seed: u64, tokens: &'a [&'a str]) -> Self {
        Self { random: SeededRandom::new(seed), tokens }
    }

    /// A number below `end`, which is not zero.
    #[must_use]
    pub fn below(&self, end: usize) -> usize {
        usize::try_from(self.random.next_u64() % end.max(1) as u64).unwrap_or(0)
    }

    /// An input that is one to a few changes away from `input`; some of `other` may be in it.
    #[must_use]
    pub fn mutate(&self, input: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        // Most often one change: what is far away from valid is refused at its first byte.
        let changes = 1 + self.random.next_u64().trailing_ones();
        for _ in 0..changes {
            self.change(&mut bytes, other);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    fn change(&self, bytes: &mut Vec<u8>, other: &[u8]) {
        match self.below(14) {
            0 => self.flip(bytes),
            1 => self.set(bytes),
            2 => self.add(bytes),
            3 | 4 => self.bound(bytes),
            5 => self.length(bytes),
            6 => bytes.truncate(self.below(bytes.len())),
            7 => drop(bytes.drain(self.range(bytes.len()))),
            8 => self.insert(bytes, &self.random.next_u64().to_le_bytes()[..1 + self.below(8)]),
            9 => self.copy(bytes),
            10 => self.decimal(bytes),
            11 => self.splice(bytes, other),
            _ => self.token(bytes),
        }
    }

    fn flip(&self, bytes: &mut [u8]) {
        let (at, bit) = (self.below(bytes.len()), self.below(8));
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << bit;
        }
    }

    fn set(&self, bytes: &mut [u8]) {
        let (at, value) = (self.below(bytes.len()), self.random.next_u64().to_le_bytes()[0]);
        if let Some(byte) = bytes.get_mut(at) {
            *byte = value;
        }
    }

    /// A number of one to eight bytes becomes a little larger or smaller.
    fn add(&self, bytes: &mut [u8]) {
        let width = self.width();
        if let Some(place) = self.place(bytes, width) {
            let number = little(place);
            let step = 1 + self.below(16) as u64;
            let number = if self.below(2) == 0 { number.wrapping_add(step) } else { number.wrapping_sub(step) };
            place.copy_from_slice(&number.to_le_bytes()[..width]);
        }
    }

    /// A number of one to eight bytes, in either order, becomes one at which something changes.
    fn bound(&self, bytes: &mut [u8]) {
        let width = self.width();
        let number = self.bounding().to_le_bytes();
        let order = self.below(2);
        if let Some(place) = self.place(bytes, width) {
            place.copy_from_slice(&number[..width]);
            if order == 0 {
                place.reverse();
            }
        }
    }

    fn bounding(&self) -> u64 {
        if self.below(3) == 0 {
            return BOUNDS[self.below(BOUNDS.len())];
        }
        let power = 1_u64 << self.below(64);
        power.wrapping_add(self.below(3) as u64).wrapping_sub(1)
    }

    /// A number becomes a length that is nearly right: that of what follows it, or of everything.
    fn length(&self, bytes: &mut [u8]) {
        let (width, all) = (self.width(), bytes.len());
        let Some(last) = all.checked_sub(width) else { return };
        let at = self.below(last + 1);
        let right = if self.below(2) == 0 { last - at } else { all };
        let length = (right as u64).wrapping_add(self.below(5) as u64).wrapping_sub(2);
        bytes[at..at + width].copy_from_slice(&length.to_le_bytes()[..width]);
    }

    /// A part stands there once more, elsewhere.
    fn copy(&self, bytes: &mut Vec<u8>) {
        let part = bytes[self.range(bytes.len())].to_vec();
        self.insert(bytes, &part);
    }

    /// Decimal digits become another number.
    fn decimal(&self, bytes: &mut Vec<u8>) {
        let from = self.below(bytes.len());
        let Some(start) = (from..bytes.len()).find(|at| bytes[*at].is_ascii_digit()) else { return };
        let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = if self.below(2) == 0 { self.bounding() } else { self.below(100) as u64 };
        let sign = if self.below(8) == 0 { "-" } else { "" };
        drop(bytes.splice(start..start + digits, format!("{sign}{number}").into_bytes()));
    }

    /// The beginning of one input, the end of another.
    fn splice(&self, bytes: &mut Vec<u8>, other: &[u8]) {
        bytes.truncate(self.below(bytes.len() + 1));
        bytes.extend_from_slice(&other[self.below(other.len() + 1)..]);
    }

    fn token(&self, bytes: &mut Vec<u8>) {
        let Some(token) = self.tokens.get(self.below(self.tokens.len())).map(|token| token.as_bytes()) else { return };
        let place = if self.below(2) == 0 { self.place(bytes, token.len()) } else { None };
        match place {
            Some(place) => place.copy_from_slice(token),
            None => self.insert(bytes, token),
        }
    }

    fn insert(&self, bytes: &mut Vec<u8>, part: &[u8]) {
        // The ends are the places at which most is decided.
        let at = match self.below(4) {
            0 => bytes.len(),
            _ => self.below(bytes.len() + 1),
        };
        drop(bytes.splice(at..at, part.iter().copied()));
    }

    fn width(&self) -> usize {
        1 << self.below(4)
    }

    fn place<'b>(&self, bytes: &'b mut [u8], width: usize) -> Option<&'b mut [u8]> {
        let last = bytes.len().checked_sub(width)?;
        let at = self.below(last + 1);
        bytes.get_mut(at..at + width)
    }

    fn range(&self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length);
        let most = if self.below(2) == 0 { 8 } else { length };
        start..(start + self.below(most + 1)).min(length)
    }
}

fn little(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
