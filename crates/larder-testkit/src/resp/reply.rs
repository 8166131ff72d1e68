//! What a server said.

/// A reply of Redis, as [`RedisServer::command`](crate::RedisServer::command) gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Nothing.
    Nil,
    /// A whole number.
    Integer(i64),
    /// A status, a number with a fraction, or the bytes of a value.
    Bytes(Vec<u8>),
    /// Several replies in one; a map is its keys and values in turn.
    Array(Vec<Reply>),
    /// A refusal, in the words of the server.
    Refusal(String),
}

impl Reply {
    /// The text, when it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            Self::Refusal(words) => Some(words),
            _ => None,
        }
    }

    /// The number, also when it was told as text.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => self.text()?.parse().ok(),
        }
    }

    /// The elements; none when it is no array.
    #[must_use]
    pub fn elements(&self) -> &[Self] {
        match self {
            Self::Array(elements) => elements,
            _ => &[],
        }
    }

    /// The value of `name:value` in the report of INFO.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.text()?.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    }

    /// Reads one frame off the front of `rest`; none when there is no whole one.
    pub(super) fn read(rest: &mut &[u8]) -> Option<Self> {
        let (kind, text) = line(rest)?;
        let count = || std::str::from_utf8(text).ok()?.parse::<i64>().ok();
        match kind {
            b'_' => Some(Self::Nil),
            b'-' => Some(Self::Refusal(String::from_utf8_lossy(text).into_owned())),
            b':' => Some(Self::Integer(count()?)),
            b'$' | b'=' | b'!' => match usize::try_from(count()?) {
                Ok(length) => Self::bulk(kind, rest, length),
                Err(_) => Some(Self::Nil),
            },
            b'*' | b'~' | b'>' | b'%' => match usize::try_from(count()?) {
                Ok(count) => {
                    let elements = if kind == b'%' { count.checked_mul(2)? } else { count };
                    (0..elements).map(|_| Self::read(rest)).collect::<Option<_>>().map(Self::Array)
                }
                Err(_) => Some(Self::Nil),
            },
            b'|' => {
                (0..count()?.checked_mul(2)?).try_for_each(|_| Self::read(rest).map(drop))?;
                Self::read(rest)
            }
            _ => Some(Self::Bytes(text.to_vec())),
        }
    }

    fn bulk(kind: u8, rest: &mut &[u8], length: usize) -> Option<Self> {
        let (bytes, after) = rest.split_at_checked(length)?;
        *rest = after.strip_prefix(b"\r\n")?;
        Some(match kind {
            b'!' => Self::Refusal(String::from_utf8_lossy(bytes).into_owned()),
            _ => Self::Bytes(bytes.to_vec()),
        })
    }
}

/// The next line without its end: the type and the text after it.
fn line<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
    let (line, after) = rest.split_at(end);
    *rest = &after[2..];
    line.split_first().map(|(kind, text)| (*kind, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<Reply> {
        let mut rest = bytes;
        let reply = Reply::read(&mut rest)?;
        assert!(rest.is_empty());
        Some(reply)
    }

    fn bytes(text: &str) -> Reply {
        Reply::Bytes(text.as_bytes().to_vec())
    }

    #[test]
    fn replies_are_what_the_server_said() {
        assert_eq!(read(b"+OK\r\n"), Some(bytes("OK")));
        assert_eq!(read(b":-7\r\n").and_then(|reply| reply.integer()), Some(-7));
        assert_eq!(read(b"$4\r\na\r\nb\r\n"), Some(bytes("a\r\nb")));
        assert_eq!(read(b"$-1\r\n"), Some(Reply::Nil));
        assert_eq!(read(b"-NOPERM no\r\n"), Some(Reply::Refusal("NOPERM no".to_owned())));
        let nested = read(b"*2\r\n%1\r\n+a\r\n:1\r\n_\r\n").expect("a frame");
        assert_eq!(nested.elements(), [Reply::Array(vec![bytes("a"), Reply::Integer(1)]), Reply::Nil]);
        assert_eq!(read(b"|1\r\n+ttl\r\n:1\r\n+v\r\n"), Some(bytes("v")));
    }

    #[test]
    fn a_part_of_a_frame_is_none() {
        for part in [&b"$4\r\na\r\n"[..], b"*2\r\n:1\r\n", b"+OK", b"", b"$x\r\n"] {
            assert_eq!(read(part), None, "{part:?}");
        }
    }

    #[test]
    fn fields_of_info_are_found_by_name() {
        let info = bytes("# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n");
        assert_eq!(info.field("redis_version"), Some("7.0.15"));
        assert_eq!(info.field("redis"), None);
    }
}
