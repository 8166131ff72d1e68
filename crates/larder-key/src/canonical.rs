use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::encoder::Encoder;
use crate::error::KeyError;

/// A value that can be written canonically, without being copied.
///
/// Implement it on a wrapper to encode a foreign type in place:
///
/// ```
/// use larder_key::{Canonical, Encoder, KeyError, preimage};
/// use serde_json::{Value, json};
///
/// struct Json<'a>(&'a Value);
///
/// impl Canonical for Json<'_> {
///     fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
///         match self.0 {
///             Value::Null => encoder.null(),
///             Value::Bool(value) => encoder.bool(*value),
///             Value::Number(number) => match number.as_i128() {
///                 Some(integer) => encoder.integer(integer),
///                 None => encoder.float(number.as_f64().unwrap_or(f64::NAN))?,
///             },
///             Value::String(text) => encoder.text(text),
///             Value::Array(items) => encoder.list(items.iter().map(Json))?,
///             Value::Object(entries) => encoder.map(entries.iter().map(|(name, value)| (name.as_str(), Json(value))))?,
///         }
///         Ok(())
///     }
/// }
///
/// let (one, other) = (json!({ "a": 1, "b": [2.0] }), json!({ "b": [2], "a": 1.0 }));
/// assert_eq!(preimage(&Json(&one))?, preimage(&Json(&other))?);
/// # Ok::<(), KeyError>(())
/// ```
///
/// `u8` is left out on purpose: a `Vec<u8>` would be a list of numbers here and bytes in [`Value`](crate::Value).
pub trait Canonical {
    /// Writes exactly one value.
    ///
    /// # Errors
    /// What has no canonical form, such as NaN, is refused; the caller adds the name of the field.
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError>;
}

/// The canonical bytes of a value, for tests and diagnosis.
///
/// They hold the value itself: treat them as confidential.
///
/// # Errors
/// Whatever the value refuses.
pub fn preimage(value: &dyn Canonical) -> Result<Vec<u8>, KeyError> {
    let mut bytes = Vec::new();
    Encoder::run(&mut bytes, |encoder| value.encode(encoder))?;
    Ok(bytes)
}

macro_rules! integers {
    ($($integer:ty),+) => {$(
        impl Canonical for $integer {
            fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
                encoder.integer(i128::from(*self));
                Ok(())
            }
        }
    )+};
}
integers!(i16, i32, i64, i128, u16, u32, u64);

impl Canonical for usize {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        (*self as u64).encode(encoder)
    }
}

impl Canonical for bool {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        encoder.bool(*self);
        Ok(())
    }
}

impl Canonical for f64 {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        encoder.float(*self)
    }
}

impl Canonical for str {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        encoder.text(self);
        Ok(())
    }
}

impl Canonical for String {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        self.as_str().encode(encoder)
    }
}

impl Canonical for Cow<'_, str> {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        self.as_ref().encode(encoder)
    }
}

/// `None` is null.
impl<V: Canonical> Canonical for Option<V> {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        match self {
            Some(value) => value.encode(encoder)?,
            None => encoder.null(),
        }
        Ok(())
    }
}

impl<V: Canonical> Canonical for [V] {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        encoder.list(self)
    }
}

impl<V: Canonical, const N: usize> Canonical for [V; N] {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        encoder.list(self)
    }
}

impl<V: Canonical> Canonical for Vec<V> {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        encoder.list(self)
    }
}

impl<N: AsRef<str>, V: Canonical> Canonical for BTreeMap<N, V> {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        encoder.map(self.iter().map(|(name, value)| (name.as_ref(), value)))
    }
}

impl<N: AsRef<str>, V: Canonical, S> Canonical for HashMap<N, V, S> {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        encoder.map(self.iter().map(|(name, value)| (name.as_ref(), value)))
    }
}

impl<V: Canonical + ?Sized> Canonical for &V {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        (**self).encode(encoder)
    }
}

impl<V: Canonical + ?Sized> Canonical for Box<V> {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        (**self).encode(encoder)
    }
}
