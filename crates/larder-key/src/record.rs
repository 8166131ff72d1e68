use crate::canonical::Canonical;
use crate::encoder::{Encoder, Tag, sort_by_name};
use crate::entries::Entries;
use crate::error::KeyError;
use crate::escape;

/// Letters of an option's name that an error shows.
const NAME_IN_ERRORS: usize = 64;

/// Records: numbered fields, ascending, absent ones left out, an end.
///
/// An absent field has no number, a null one has a null, an empty one has a length of zero: three different things.
impl Encoder<'_> {
    pub(crate) fn record(&mut self, fields: impl FnOnce(&mut Self) -> Result<(), KeyError>) -> Result<(), KeyError> {
        self.byte(Tag::RECORD);
        self.deeper(fields)?;
        self.end();
        Ok(())
    }

    pub(crate) fn field(&mut self, number: u8, name: &str, value: impl Canonical) -> Result<(), KeyError> {
        self.byte(number);
        value.encode(self).map_err(|error| error.within(name))
    }

    pub(crate) fn optional(&mut self, number: u8, name: &str, value: Option<impl Canonical>) -> Result<(), KeyError> {
        value.map_or(Ok(()), |value| self.field(number, name, value))
    }

    /// Writes a list of records, absent when empty.
    pub(crate) fn records<V: Canonical>(&mut self, number: u8, name: &str, items: &[V]) -> Result<(), KeyError> {
        if items.is_empty() {
            return Ok(());
        }
        self.byte(number);
        self.nested(Tag::LIST, items.len(), |encoder| {
            (0..).zip(items).try_for_each(|(index, item): (usize, &V)| {
                item.encode(encoder).map_err(|error| error.within(&index.to_string()))
            })
        })
        .map_err(|error| error.within(name))
    }

    /// Writes the entries that `keep` keeps, absent when there are none.
    pub(crate) fn named(
        &mut self,
        number: u8,
        name: &str,
        entries: &dyn Entries,
        keep: impl Fn(&str) -> bool,
    ) -> Result<(), KeyError> {
        let mut kept = Vec::new();
        entries.visit(&mut |name, value| {
            if keep(name) {
                kept.push((name, value));
            }
        });
        if kept.is_empty() {
            return Ok(());
        }
        sort_by_name(&mut kept).map_err(|error| error.within(name))?;
        self.byte(number);
        self.nested(Tag::MAP, kept.len(), |encoder| {
            kept.iter().try_for_each(|(name, value)| {
                encoder.entry(name, *value).map_err(|error| error.within(&in_errors(name)))
            })
        })
        .map_err(|error| error.within(name))
    }

    pub(crate) fn end(&mut self) {
        self.byte(Tag::END);
    }
}

fn in_errors(name: &str) -> String {
    escape::escape(&name.chars().take(NAME_IN_ERRORS).collect::<String>()).into_owned()
}
