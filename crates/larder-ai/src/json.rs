//! JSON values in a key, without a copy.

use larder_key::{Canonical, Encoder, Entries, KeyError};
use serde_json::{Map, Value};

/// A JSON value as part of a key.
#[derive(Clone, Copy)]
pub(crate) struct Json<'a>(pub(crate) &'a Value);

impl Canonical for Json<'_> {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        match self.0 {
            Value::Null => encoder.null(),
            Value::Bool(value) => encoder.bool(*value),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(number), _, _) => encoder.integer(number.into()),
                (None, Some(number), _) => encoder.integer(number.into()),
                // JSON numbers that fit no double do not come out of a parser without arbitrary precision.
                (None, None, number) => encoder.float(number.unwrap_or(f64::NAN))?,
            },
            Value::String(text) => encoder.text(text),
            Value::Array(items) => encoder.list(items.iter().map(Json))?,
            Value::Object(entries) => encoder.map(entries.iter().map(|(name, value)| (name.as_str(), Json(value))))?,
        }
        Ok(())
    }
}

/// A JSON object as the named values of a key.
pub(crate) struct JsonEntries<'a>(Vec<(&'a str, Json<'a>)>);

impl<'a> JsonEntries<'a> {
    pub(crate) fn new(object: &'a Map<String, Value>) -> Self {
        Self(object.iter().map(|(name, value)| (name.as_str(), Json(value))).collect())
    }
}

impl Entries for JsonEntries<'_> {
    fn visit<'s>(&'s self, each: &mut dyn FnMut(&'s str, &'s dyn Canonical)) {
        for (name, value) in &self.0 {
            each(name, value);
        }
    }
}
