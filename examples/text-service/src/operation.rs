//! What a model can be asked to do with a text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::nearest::nearest;

/// What a model is asked to do with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Say the same in fewer sentences.
    Summarize,
    /// Tell whether the text speaks well or ill.
    Sentiment,
    /// List what the text is about.
    KeyPoints,
    /// Ask what the text answers.
    Questions,
    /// Answer a question from the text.
    Qa,
}

impl Operation {
    /// Every operation, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Summarize, Self::Sentiment, Self::KeyPoints, Self::Questions, Self::Qa];

    /// The name used in addresses, keys and statistics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Summarize => "summarize",
            Self::Sentiment => "sentiment",
            Self::KeyPoints => "key_points",
            Self::Questions => "questions",
            Self::Qa => "qa",
        }
    }

    /// Position in [`ALL`](Self::ALL).
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Whether it needs a question beside the text.
    #[must_use]
    pub const fn needs_question(self) -> bool {
        matches!(self, Self::Qa)
    }

    /// The names of all operations, separated by commas.
    #[must_use]
    pub fn names() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Operation {
    type Err = UnknownOperation;

    fn from_str(name: &str) -> Result<Self, UnknownOperation> {
        Self::ALL
            .into_iter()
            .find(|operation| operation.as_str() == name)
            .ok_or_else(|| UnknownOperation { suggestion: nearest(name, Self::ALL.map(Self::as_str)) })
    }
}

/// No operation has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownOperation {
    /// The known name that is closest to the one given.
    pub suggestion: Option<&'static str>,
}

impl fmt::Display for UnknownOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown operation; known are {}", Operation::names())?;
        match self.suggestion {
            Some(name) => write!(f, "; did you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownOperation {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for (index, operation) in Operation::ALL.into_iter().enumerate() {
            assert_eq!(operation.as_str().parse(), Ok(operation));
            assert_eq!(operation.index(), index);
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let fault = "sumarize".parse::<Operation>().unwrap_err().to_string();
        assert!(fault.contains("summarize, sentiment, key_points, questions, qa"), "{fault}");
        assert!(fault.ends_with("did you mean `summarize`?"), "{fault}");
        assert!(!"poem".parse::<Operation>().unwrap_err().to_string().contains("did you mean"));
    }
}
