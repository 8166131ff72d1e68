//! What may be wished for beside the text.

use std::fmt;

use serde_json::Value;

use crate::nearest::nearest;
use crate::operation::Operation;

/// Wishes about an answer; what is not given is the model's choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// Most sentences of a summary, 1–20.
    pub max_sentences: Option<u32>,
    /// Most characters of a summary, 40–10 000.
    pub max_length: Option<u32>,
    /// How many key points or questions, 1–20.
    pub count: Option<u32>,
}

/// An option: its name, the least and the greatest value.
type Row = (&'static str, u32, u32);

const MAX_SENTENCES: Row = ("max_sentences", 1, 20);
const MAX_LENGTH: Row = ("max_length", 40, 10_000);
const COUNT: Row = ("count", 1, 20);

const fn rows(operation: Operation) -> &'static [Row] {
    match operation {
        Operation::Summarize => &[MAX_SENTENCES, MAX_LENGTH],
        Operation::KeyPoints | Operation::Questions => &[COUNT],
        Operation::Sentiment | Operation::Qa => &[],
    }
}

impl Options {
    /// Reads the options of `operation` from JSON.
    ///
    /// # Errors
    ///
    /// [`OptionFault`] on what is no object, an option that this operation does not have, or a value out of range.
    pub fn read(operation: Operation, json: &Value) -> Result<Self, OptionFault> {
        let object = match json {
            Value::Null => return Ok(Self::default()),
            Value::Object(object) => object,
            _ => return Err(OptionFault::NoObject),
        };
        let mut options = Self::default();
        for (name, value) in object {
            let row = rows(operation).iter().find(|row| row.0 == name.as_str());
            let Some(&(name, least, greatest)) = row else {
                return Err(OptionFault::unknown(operation, name));
            };
            let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
            let number = number.filter(|number| (least..=greatest).contains(number));
            options.set(name, Some(number.ok_or(OptionFault::Range { name, least, greatest })?));
        }
        Ok(options)
    }

    /// The options that were given, by name.
    pub fn given(&self) -> impl Iterator<Item = (&'static str, u32)> {
        let all = [(MAX_SENTENCES.0, self.max_sentences), (MAX_LENGTH.0, self.max_length), (COUNT.0, self.count)];
        all.into_iter().filter_map(|(name, value)| value.map(|value| (name, value)))
    }

    fn set(&mut self, name: &str, value: Option<u32>) {
        match name {
            "max_sentences" => self.max_sentences = value,
            "max_length" => self.max_length = value,
            _ => self.count = value,
        }
    }
}

/// What is wrong with the options of a request. Never tells what was given, only what is possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionFault {
    /// `options` is not a JSON object.
    NoObject,
    /// The operation has no such option.
    Unknown {
        /// What was asked.
        operation: Operation,
        /// The option of this operation that is closest to the one given.
        suggestion: Option<&'static str>,
    },
    /// No whole number, or one out of range.
    Range {
        /// The option.
        name: &'static str,
        /// The least value.
        least: u32,
        /// The greatest value.
        greatest: u32,
    },
}

impl OptionFault {
    fn unknown(operation: Operation, given: &str) -> Self {
        Self::Unknown { operation, suggestion: nearest(given, rows(operation).iter().map(|row| row.0)) }
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(&self) -> String {
        match self {
            Self::NoObject => "give an object, such as {\"max_sentences\": 2}, or leave `options` out".to_owned(),
            Self::Unknown { suggestion: Some(name), .. } => format!("did you mean `{name}`?"),
            Self::Unknown { operation, .. } => match rows(*operation) {
                [] => format!("leave `options` out: {operation} has none"),
                rows => format!("use {}", rows.iter().map(|row| row.0).collect::<Vec<_>>().join(" or ")),
            },
            Self::Range { name, least, greatest } => format!("give `{name}` a value from {least} to {greatest}"),
        }
    }
}

impl fmt::Display for OptionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoObject => f.write_str("`options` is not a JSON object"),
            Self::Unknown { operation, .. } => write!(f, "{operation} does not have one of these options"),
            Self::Range { name, .. } => write!(f, "option `{name}` is not a whole number in its range"),
        }
    }
}

impl std::error::Error for OptionFault {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn options_belong_to_operations() {
        let options = Options::read(Operation::Summarize, &json!({"max_sentences": 2, "max_length": 100})).unwrap();
        assert_eq!(options.given().collect::<Vec<_>>(), [("max_sentences", 2), ("max_length", 100)]);
        assert_eq!(Options::read(Operation::Qa, &Value::Null), Ok(Options::default()));
        assert_eq!(Options::read(Operation::Qa, &json!({})), Ok(Options::default()));
    }

    #[test]
    fn faults_say_what_is_possible_and_not_what_was_given() {
        let fault = Options::read(Operation::Summarize, &json!({"max_sentence": 2})).unwrap_err();
        assert_eq!(fault.fix(), "did you mean `max_sentences`?");
        let fault = Options::read(Operation::Sentiment, &json!({"hunter2": 2})).unwrap_err();
        assert!(!format!("{fault} {}", fault.fix()).contains("hunter2"));
        for value in [json!(0), json!(21), json!(-1), json!(1.5), json!("3"), json!(null), json!(u64::MAX)] {
            let fault = Options::read(Operation::Questions, &json!({ "count": value })).unwrap_err();
            assert_eq!(fault.fix(), "give `count` a value from 1 to 20");
        }
        assert_eq!(Options::read(Operation::Qa, &json!([])), Err(OptionFault::NoObject));
    }
}
