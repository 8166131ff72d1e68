//! The text of a list: a line that names its form, one for each key, one that says how many there were.
//!
//! A key stands in its line as it stands in its cache, where control characters are escaped: no line breaks in it, no tabs.

use std::io::{BufRead, Read, Write};
use std::str::FromStr;
use std::sync::Arc;

use larder_core::{Error, ErrorKind, LocalKey, MAX_LOCAL_KEY, Name, Result, ablation};

use super::{HotKey, HotKeyList};

const HEAD: &str = "larder-hot-keys ";
const VERSION: u32 = 1;
const END: &str = "end ";
/// A name, a tab, a number, a tab, a key.
const MAX_LINE: usize = Name::MAX + 1 + 20 + 1 + MAX_LOCAL_KEY;

impl HotKeyList {
    /// Writes the list as text: the caches by name, their keys from the most used on.
    ///
    /// # Errors
    /// `Unavailable` with the error of `out`; `Invalid` for more than [`MAX_KEYS`](HotKeyList::MAX_KEYS) keys.
    pub fn write_to(&self, mut out: impl Write) -> Result<()> {
        if self.len() > Self::MAX_KEYS {
            let why = "the list has more keys than one that is read may have; ask for fewer of each cache";
            return Err(Error::invalid("write_hot_keys", why).with("keys", self.len()));
        }
        let mut write = || {
            writeln!(out, "{HEAD}{VERSION}")?;
            for (cache, keys) in &self.caches {
                keys.iter().try_for_each(|HotKey { key, uses }| writeln!(out, "{cache}\t{uses}\t{key}"))?;
            }
            writeln!(out, "{END}{}", self.len())?;
            out.flush()
        };
        write().map_err(|error| broken("write_hot_keys", "the list could not be written", error))
    }

    /// Reads a list that [`write_to`](HotKeyList::write_to) wrote.
    ///
    /// # Errors
    /// `Corrupt` for what is no whole list, naming the line and what is wrong with it, never what stands there;
    /// `Unsupported` for one of another version; `Unavailable` with the error of `input`. Without a list there is nothing
    /// to warm: no reason not to start.
    pub fn read_from(input: impl BufRead) -> Result<Self> {
        let mut lines = Lines { input, number: 0 };
        let head = lines.next()?;
        match head.as_deref().and_then(|head| head.strip_prefix(HEAD)).map(u32::from_str) {
            Some(Ok(VERSION)) => {}
            Some(Ok(other)) => return Err(another_version(other)),
            _ => return Err(lines.wrong("this is no list of hot keys; look whether it is the file that was meant")),
        }
        let mut list = Self::default();
        let mut count = 0;
        loop {
            let Some(line) = lines.next()? else { return Err(lines.wrong("the last lines are missing")) };
            if let Some(written) = line.strip_prefix(END) {
                return if written.parse() == Ok(count) || ablation::off("hot_list_end") {
                    lines.ended(list)
                } else {
                    Err(lines.wrong("it does not say how many keys stand before it"))
                };
            }
            count += 1;
            if count > Self::MAX_KEYS {
                return Err(lines.wrong("there are more keys than a list may have"));
            }
            let (cache, hot) = entry(&line).map_err(|why| lines.wrong(why))?;
            match list.caches.get_mut(cache) {
                Some(keys) => keys.push(hot),
                None => drop(list.caches.insert(cache.to_owned(), vec![hot])),
            }
        }
    }
}

fn entry(line: &str) -> Result<(&str, HotKey), &'static str> {
    let mut fields = line.splitn(3, '\t');
    let (Some(cache), Some(uses), Some(key)) = (fields.next(), fields.next(), fields.next()) else {
        return Err("it is not the name of a cache, a number and a key with tabs between them");
    };
    Name::new(cache).map_err(|_| "it does not begin with the name of a cache")?;
    let uses = uses.parse().map_err(|_| "its uses are no number")?;
    let key = LocalKey::encoded(key).map_err(|_| "its key is empty, too long, or holds control characters")?;
    Ok((cache, HotKey { key, uses }))
}

/// Reads line by line, none longer than a line of a list can be.
struct Lines<R> {
    input: R,
    number: usize,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<Option<String>> {
        let mut line = Vec::new();
        let most = u64::try_from(MAX_LINE + 1).unwrap_or(u64::MAX);
        let read = self.input.by_ref().take(most).read_until(b'\n', &mut line);
        let length = read.map_err(|error| broken("read_hot_keys", "the list could not be read", error))?;
        self.number += 1;
        if length == 0 {
            return Ok(None);
        }
        if line.pop() != Some(b'\n') {
            let whole = length <= MAX_LINE;
            return Err(self.wrong(if whole { "it has no end" } else { "it is longer than a line of a list can be" }));
        }
        String::from_utf8(line).map(Some).map_err(|_| self.wrong("it is no UTF-8"))
    }

    fn ended(&mut self, list: HotKeyList) -> Result<HotKeyList> {
        match self.next()? {
            None => Ok(list),
            Some(_) => Err(self.wrong("it stands after the end of the list")),
        }
    }

    fn wrong(&self, what: &'static str) -> Error {
        let why =
            format!("line {} of the list is wrong: {what}; remove the file, the next save writes it anew", self.number);
        Error::new(ErrorKind::Corrupt, "read_hot_keys", why)
    }
}

fn another_version(version: u32) -> Error {
    let why = "line 1 of the list names a version that this build does not read; remove the file, the next save writes it anew";
    Error::unsupported("read_hot_keys", why).with("version", version).with("reads", VERSION)
}

pub(super) fn broken(operation: &'static str, why: &'static str, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, operation, why).because(Arc::new(error))
}
