use std::collections::BTreeMap;
use std::fmt;

use crate::canonical::Canonical;
use crate::encoder::Encoder;
use crate::error::KeyError;

/// An owned value of an option: what JSON has, with exact integers and bytes.
///
/// `==` is Rust's, so `Integer(1) != Float(1.0)`; in a key both are one. `Debug` tells shapes and sizes, never content.
///
/// ```
/// use larder_key::{Value, preimage};
///
/// assert_eq!(preimage(&Value::from(1))?, preimage(&Value::from(1.0))?);
/// assert_ne!(preimage(&Value::from(1))?, preimage(&Value::from("1"))?);
/// # Ok::<(), larder_key::KeyError>(())
/// ```
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Present and empty of meaning; not the same as absent.
    Null,
    /// True or false.
    Bool(bool),
    /// Any `i64` or `u64`, exactly.
    Integer(i128),
    /// A finite number; NaN and the infinities are refused when the key is made.
    Float(f64),
    /// A text, kept as it is.
    Text(String),
    /// Bytes, never equal to a text.
    Bytes(Vec<u8>),
    /// Values whose order matters.
    List(Vec<Value>),
    /// Named values whose order does not matter.
    Map(BTreeMap<String, Value>),
}

impl Canonical for Value {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        match self {
            Self::Null => encoder.null(),
            Self::Bool(value) => encoder.bool(*value),
            Self::Integer(value) => encoder.integer(*value),
            Self::Float(value) => encoder.float(*value)?,
            Self::Text(value) => encoder.text(value),
            Self::Bytes(value) => encoder.bytes(value),
            Self::List(items) => items.encode(encoder)?,
            Self::Map(entries) => entries.encode(encoder)?,
        }
        Ok(())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Bool(_) => f.write_str("Bool"),
            Self::Integer(_) => f.write_str("Integer"),
            Self::Float(_) => f.write_str("Float"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::List(items) => write!(f, "List({} items)", items.len()),
            Self::Map(entries) => write!(f, "Map({} entries)", entries.len()),
        }
    }
}

macro_rules! from_integers {
    ($($integer:ty),+) => {$(
        impl From<$integer> for Value {
            fn from(value: $integer) -> Self {
                Self::Integer(i128::from(value))
            }
        }
    )+};
}
from_integers!(i16, i32, i64, i128, u16, u32, u64);

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::from(value as u64)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl<V: Into<Value>> From<Vec<V>> for Value {
    fn from(items: Vec<V>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for Value {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Self {
        Self::Map(entries.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}
