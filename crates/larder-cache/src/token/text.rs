//! A token as text: `1`, then a part for each write, separated by points.
//!
//! `k` digest `-` version is a key, `r` version all other keys, `c` digest `-` clock `-` position a cache. Numbers are
//! hexadecimal.

use std::fmt;
use std::str::{FromStr, Split};

use larder_core::envelope::ClockStamp;
use larder_core::{AsOf, ClockId, Error, Result, Version};

use super::ConsistencyToken;

/// The number of this form.
const FORM: &str = "1";

/// More than a token of a hundred caches has: what is longer is none.
const MAX_LENGTH: usize = 8 * 1024;

impl fmt::Display for ConsistencyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FORM)?;
        for (key, version) in &self.keys {
            write!(f, ".k{key:x}-{:x}", version.get())?;
        }
        if self.rest != Version::NONE {
            write!(f, ".r{:x}", self.rest.get())?;
        }
        for (cache, ClockStamp { id, as_of }) in &self.caches {
            write!(f, ".c{cache:x}-{:x}-{:x}", id.0, as_of.0)?;
        }
        Ok(())
    }
}

impl FromStr for ConsistencyToken {
    type Err = Error;

    /// Reads what `to_string` wrote, in this release or an earlier one.
    ///
    /// # Errors
    /// `Invalid` for any other text. A request without its token is answered without it: `unwrap_or_default`.
    fn from_str(text: &str) -> Result<Self> {
        if text.len() > MAX_LENGTH {
            return Err(
                invalid("it is longer than a token can be; check what the client sent back").with("limit", MAX_LENGTH)
            );
        }
        let mut parts = text.split('.');
        if parts.next() != Some(FORM) {
            return Err(invalid("it is no token of this release or an earlier one; go on with an empty one"));
        }
        let mut token = Self::default();
        for (index, part) in parts.enumerate() {
            let why = "one of its parts is none; it was cut or changed on its way";
            token.read(part).ok_or_else(|| invalid(why).with("part", index + 1))?;
        }
        Ok(token)
    }
}

impl ConsistencyToken {
    fn read(&mut self, part: &str) -> Option<()> {
        let (kind, numbers) = part.split_at_checked(1)?;
        let mut numbers = numbers.split('-');
        match kind {
            "k" => self.add_key(number(&mut numbers)?, version(&mut numbers)?),
            "r" => self.rest = self.rest.max(version(&mut numbers)?),
            "c" => {
                let cache = number(&mut numbers)?;
                let stamp = ClockStamp { id: ClockId(number(&mut numbers)?), as_of: AsOf(number(&mut numbers)?) };
                self.add_cache(cache, stamp);
            }
            _ => return None,
        }
        numbers.next().is_none().then_some(())
    }
}

fn number(numbers: &mut Split<'_, char>) -> Option<u64> {
    // A sign is none of the digits, whatever `from_str_radix` takes.
    let digits = numbers.next().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u64::from_str_radix(digits, 16).ok()
}

fn version(numbers: &mut Split<'_, char>) -> Option<Version> {
    number(numbers).filter(|number| *number < Version::LIMIT).map(Version::new)
}

fn invalid(why: &'static str) -> Error {
    Error::invalid("token", why)
}
