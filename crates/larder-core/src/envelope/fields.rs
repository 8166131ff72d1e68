//! The optional fields of a header: type, length, value; a reader passes over types that it does not know.

use std::time::Duration;

use super::cursor::Cursor;
use super::{ClockStamp, Header, Identity, Unreadable};
use crate::{AsOf, ClockId, Tag, Tags};

const CLOCK: u8 = 1;
const TAGS: u8 = 2;
const LOAD_TIME: u8 = 3;
const IDENTITY: u8 = 4;

/// Bytes of type and length.
const HEAD: usize = 3;

/// What of a header is written only when there is something to say.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    pub(super) clock: Option<ClockStamp>,
    pub(super) tags: Option<Tags>,
    pub(super) load_time: Option<Duration>,
    pub(super) identity: Option<Identity>,
}

impl Fields {
    pub(super) fn of(header: &Header) -> Self {
        Self {
            clock: (header.clock != ClockStamp::default()).then_some(header.clock),
            tags: (!header.tags.is_empty()).then(|| header.tags.clone()),
            load_time: header.load_time,
            identity: header.identity,
        }
    }

    /// The bytes that [`write`](Self::write) adds.
    pub(super) fn len(&self) -> usize {
        self.clock.map_or(0, |_| HEAD + 16)
            + self.tags.as_ref().map_or(0, |tags| HEAD + tags_len(tags))
            + self.load_time.map_or(0, |_| HEAD + 8)
            + self.identity.map_or(0, |_| HEAD + 32)
    }

    /// Adds the fields to `out`; their [length](Self::len) has to fit into a header.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        if let Some(ClockStamp { id, as_of }) = self.clock {
            head(out, CLOCK, 16);
            out.extend_from_slice(&id.0.to_le_bytes());
            out.extend_from_slice(&as_of.0.to_le_bytes());
        }
        if let Some(tags) = &self.tags {
            head(out, TAGS, tags_len(tags));
            for tag in tags {
                out.push(u8::try_from(tag.as_str().len()).expect("a tag has at most 128 bytes"));
                out.extend_from_slice(tag.as_str().as_bytes());
            }
        }
        if let Some(time) = self.load_time {
            head(out, LOAD_TIME, 8);
            out.extend_from_slice(&u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).to_le_bytes());
        }
        if let Some(identity) = self.identity {
            head(out, IDENTITY, 32);
            out.extend_from_slice(&identity.0);
        }
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut fields = Self::default();
        let mut cursor = Cursor::new(bytes);
        while !cursor.is_at_end() {
            fields.read_one(&mut cursor).map_err(|_| Unreadable::BadField("fields"))?;
        }
        Ok(fields)
    }

    fn read_one(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Unreadable> {
        let (kind, length) = (cursor.u8()?, cursor.u16()?);
        let mut value = Cursor::new(cursor.take(usize::from(length))?);
        match kind {
            CLOCK => once(&mut self.clock, ClockStamp { id: ClockId(value.u64()?), as_of: AsOf(value.u64()?) })?,
            TAGS => once(&mut self.tags, read_tags(&mut value)?)?,
            LOAD_TIME => once(&mut self.load_time, Duration::from_nanos(value.u64()?))?,
            IDENTITY => once(&mut self.identity, Identity(value.array()?))?,
            _ => return Ok(()),
        }
        value.end()
    }
}

fn head(out: &mut Vec<u8>, kind: u8, length: usize) {
    let length = u16::try_from(length).expect("the length of the header was checked");
    out.push(kind);
    out.extend_from_slice(&length.to_le_bytes());
}

fn once<T>(place: &mut Option<T>, value: T) -> Result<(), Unreadable> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Unreadable::BadField("fields")),
    }
}

fn tags_len(tags: &Tags) -> usize {
    tags.iter().map(|tag| 1 + tag.as_str().len()).sum()
}

fn read_tags(value: &mut Cursor<'_>) -> Result<Tags, Unreadable> {
    let mut tags = Vec::new();
    while !value.is_at_end() {
        let length = value.u8()?;
        let text = str::from_utf8(value.take(usize::from(length))?).map_err(|_| Unreadable::BadField("fields"))?;
        tags.push(Tag::new(text).map_err(|_| Unreadable::BadField("fields"))?);
    }
    Ok(tags.into_iter().collect())
}
