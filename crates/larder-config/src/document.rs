//! Reads JSON and TOML strictly: a doubled key, a byte-order mark or a huge text is a fault.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::shown;

/// Settings as they were written, not yet checked.
pub(crate) type Document = BTreeMap<String, Value>;

/// The longest text that is read at all; every setting together is a few kilobytes.
pub(crate) const LARGEST: usize = 1 << 20;

/// Why a text is no document: which setting (`None` for the whole), why, and the fix.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) setting: Option<String>,
    pub(crate) why: String,
    pub(crate) suggestion: String,
}

impl Problem {
    pub(crate) fn whole(why: impl Into<String>, suggestion: impl Into<String>) -> Vec<Self> {
        vec![Self { setting: None, why: why.into(), suggestion: suggestion.into() }]
    }
}

/// Reads a JSON object.
pub(crate) fn parse_json(text: &str) -> Result<Document, Vec<Problem>> {
    check_text(text)?;
    let doubled = RefCell::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Node::root(&doubled).deserialize(&mut deserializer).and_then(|value| {
        deserializer.end()?;
        Ok(value)
    });
    match value {
        Ok(value) => finish(value, doubled.into_inner()),
        // The message of the parser names what it expected and where, never what it found in a value.
        Err(error) => {
            Err(Problem::whole(format!("is no JSON: {error}"), "mend it there; no comments, no trailing commas"))
        }
    }
}

/// Reads a TOML document.
pub(crate) fn parse_toml(text: &str) -> Result<Document, Vec<Problem>> {
    check_text(text)?;
    let table: toml::Table = toml::from_str(text).map_err(|error| {
        // The full message quotes the line, which may hold a secret.
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        Problem::whole(format!("is no TOML: {} at line {line}", error.message().replace('\n', ", ")), "mend it there")
    })?;
    Ok(table.into_iter().map(|(name, value)| (name, of_toml(value))).collect())
}

/// Reads any self-describing format.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Document, D::Error> {
    let doubled = RefCell::default();
    let value = Node::root(&doubled).deserialize(deserializer)?;
    finish(value, doubled.into_inner()).map_err(|problems| {
        let problems: Vec<_> = problems.iter().map(|problem| format!("{} {}", problem.name(), problem.why)).collect();
        D::Error::custom(problems.join("; "))
    })
}

impl Problem {
    fn name(&self) -> &str {
        self.setting.as_deref().unwrap_or("the document")
    }
}

fn check_text(text: &str) -> Result<(), Vec<Problem>> {
    if text.len() > LARGEST {
        return Err(Problem::whole(
            format!("is longer than {LARGEST} bytes"),
            "settings need a few kilobytes; is it the right text?",
        ));
    }
    if text.starts_with('\u{feff}') {
        return Err(Problem::whole("begins with a byte-order mark", "save it as UTF-8 without one"));
    }
    Ok(())
}

fn finish(value: Value, doubled: Vec<String>) -> Result<Document, Vec<Problem>> {
    if !doubled.is_empty() {
        return Err(doubled.into_iter().map(doubled_key).collect());
    }
    match value {
        Value::Object(fields) => Ok(fields.into_iter().collect()),
        other => Err(Problem::whole(
            format!("is {}, not a table of settings", kind_of(&other)),
            "write {\"default_ttl\": 60}",
        )),
    }
}

fn doubled_key(key: String) -> Problem {
    Problem { setting: Some(key), why: "is there twice".into(), suggestion: "keep one of them".into() }
}

/// What a value is, with its article.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

fn of_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => Number::from_f64(number).map_or_else(|| number.to_string().into(), Value::Number),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(moment) => moment.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(of_toml).collect(),
        toml::Value::Table(fields) => fields.into_iter().map(|(name, value)| (name, of_toml(value))).collect(),
    }
}

/// Reads one value at `path` and notes keys that come twice, which `serde_json::Value` would forget.
#[derive(Clone)]
struct Node<'a> {
    path: String,
    doubled: &'a RefCell<Vec<String>>,
}

impl<'a> Node<'a> {
    const fn root(doubled: &'a RefCell<Vec<String>>) -> Self {
        Self { path: String::new(), doubled }
    }

    fn child(&self, key: &str) -> Self {
        let key = shown::bare(key);
        let path = if self.path.is_empty() { key } else { format!("{}.{key}", self.path) };
        Self { path, doubled: self.doubled }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.clone())? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut table = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            let child = self.child(&key);
            let path = child.path.clone();
            if table.insert(key, fields.next_value_seed(child)?).is_some() {
                self.doubled.borrow_mut().push(path);
            }
        }
        Ok(table.into())
    }
}
