//! Where frames of the protocol begin and end, in bytes that come in pieces.

/// Deeper nesting than any server sends.
const DEPTH: usize = 128;

/// A longer line than any server sends.
const LINE: usize = 1 << 20;

/// Follows the frames of RESP2 and RESP3 through a stream, without keeping what they carry.
#[derive(Debug, Default)]
pub(crate) struct Framer {
    /// The line that is being read.
    line: Vec<u8>,
    /// How many bytes of a bulk are still to come.
    bulk: usize,
    /// How many elements each open aggregate still lacks, innermost last.
    open: Vec<usize>,
    push: bool,
    lost: bool,
}

/// The beginning of the bytes that were looked at, all of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// How many bytes it has.
    pub(crate) length: usize,
    /// Whether the frame is a push.
    pub(crate) push: bool,
    /// Whether the frame ends with this piece.
    pub(crate) ends: bool,
}

/// What one step found.
enum Step {
    /// More of the same frame follows.
    On,
    /// An element is complete.
    Element,
    /// This is not the protocol.
    Lost,
}

impl Framer {
    /// Whether the stream is something else; everything is one piece from then on.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost
    }

    /// Whether the next byte is the first of a frame.
    pub(crate) fn at_start(&self) -> bool {
        self.line.is_empty() && self.bulk == 0 && self.open.is_empty()
    }

    /// The first piece of `bytes`, which follow what was looked at before.
    pub(crate) fn piece(&mut self, bytes: &[u8]) -> Piece {
        if self.at_start() {
            self.push = bytes.first() == Some(&b'>');
        }
        let mut length = 0;
        while !self.lost && length < bytes.len() {
            let (taken, step) = self.step(&bytes[length..]);
            length += taken;
            match step {
                Step::On => {}
                Step::Element if self.close() => return Piece { length, push: self.push, ends: true },
                Step::Element => {}
                Step::Lost => self.lost = true,
            }
        }
        Piece { length: bytes.len(), push: self.push && !self.lost, ends: false }
    }

    /// Takes some of `rest`, which is not empty.
    fn step(&mut self, rest: &[u8]) -> (usize, Step) {
        if self.bulk > 0 {
            let taken = rest.len().min(self.bulk);
            self.bulk -= taken;
            return (taken, if self.bulk == 0 { Step::Element } else { Step::On });
        }
        let end = rest.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(rest.len(), |end| end + 1);
        self.line.extend_from_slice(&rest[..taken]);
        if end.is_none() {
            let known = is_type(self.line[0]) && self.line.len() < LINE;
            return (taken, if known { Step::On } else { Step::Lost });
        }
        let line = std::mem::take(&mut self.line);
        (taken, self.header(&line).unwrap_or(Step::Lost))
    }

    /// A whole line: an element, or what the next ones belong to.
    fn header(&mut self, line: &[u8]) -> Option<Step> {
        let (kind, text) = line.strip_suffix(b"\r\n")?.split_first()?;
        if matches!(kind, b'+' | b'-' | b':' | b',' | b'#' | b'(' | b'_') {
            return Some(Step::Element);
        }
        let count: i64 = std::str::from_utf8(text).ok()?.parse().ok()?;
        let Ok(count) = usize::try_from(count) else { return (count == -1).then_some(Step::Element) };
        match kind {
            b'$' | b'!' | b'=' => self.bulk = count.checked_add(2)?,
            b'*' | b'~' | b'>' => self.open.push(count),
            b'%' => self.open.push(count.checked_mul(2)?),
            // An attribute belongs to the element after it.
            b'|' => self.open.push(count.checked_mul(2)?.checked_add(1)?),
            _ => return None,
        }
        if self.open.len() > DEPTH {
            return None;
        }
        let empty = self.bulk == 0 && self.open.pop_if(|left| *left == 0).is_some();
        Some(if empty { Step::Element } else { Step::On })
    }

    /// Counts one complete element; true when that ends the frame.
    fn close(&mut self) -> bool {
        while let Some(left) = self.open.last_mut() {
            *left -= 1;
            if *left > 0 {
                return false;
            }
            self.open.pop();
        }
        true
    }
}

fn is_type(byte: u8) -> bool {
    b"+-:,#(_$!=*~>%|".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frames in `bytes`, fed `step` at a time: length, and whether a push.
    fn frames(bytes: &[u8], step: usize) -> Vec<(usize, bool)> {
        let mut framer = Framer::default();
        let (mut found, mut length) = (Vec::new(), 0);
        for part in bytes.chunks(step) {
            let mut rest = part;
            while !rest.is_empty() {
                let piece = framer.piece(rest);
                rest = &rest[piece.length..];
                length += piece.length;
                if piece.ends {
                    found.push((std::mem::take(&mut length), piece.push));
                }
            }
        }
        assert!(!framer.is_lost() && framer.at_start(), "all of it is frames");
        found
    }

    #[test]
    fn frames_are_found_however_they_are_cut() {
        let parts: &[&[u8]] = &[
            b"+OK\r\n",
            b"-ERR no\r\n",
            b":-7\r\n",
            b"$3\r\n>\r\n\r\n",
            b"$0\r\n\r\n",
            b"$-1\r\n",
            b"*0\r\n",
            b"*-1\r\n",
            b"*2\r\n*1\r\n:1\r\n$1\r\nx\r\n",
            b"_\r\n",
            b"#t\r\n",
            b",1.5\r\n",
            b"(123\r\n",
            b"=5\r\ntxt:x\r\n",
            b"!3\r\nERR\r\n",
            b"~1\r\n+x\r\n",
            b"%2\r\n+a\r\n:1\r\n+b\r\n*0\r\n",
            b">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$4\r\n>\r\n>\r\n",
            b"|1\r\n+ttl\r\n:5\r\n$1\r\nv\r\n",
        ];
        let expected: Vec<_> = parts.iter().map(|part| (part.len(), part[0] == b'>')).collect();
        let all = parts.concat();
        for step in [1, 2, 3, 7, all.len()] {
            assert_eq!(frames(&all, step), expected, "in steps of {step}");
        }
    }

    #[test]
    fn what_is_no_frame_passes_as_one_piece() {
        let hostile: &[&[u8]] =
            &[b"hello\r\n", b"$x\r\n", b"$-2\r\n", b"*9223372036854775807\r\n|1\r\n\r\n", b":1\n", b"\n"];
        for bytes in hostile {
            let mut framer = Framer::default();
            let piece = framer.piece(bytes);
            assert_eq!(piece, Piece { length: bytes.len(), push: false, ends: false });
            assert!(framer.is_lost(), "{bytes:?}");
        }
        let mut framer = Framer::default();
        framer.piece(&b"*1\r\n".repeat(DEPTH + 1));
        assert!(framer.is_lost(), "nesting has a bound");
    }
}
