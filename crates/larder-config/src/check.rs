//! Checks one source's values against the table of settings, and spells them the one way.

use larder_core::Name;
use serde_json::{Map, Value};

use crate::document::{Document, kind_of};
use crate::setting::{Kind, Range, Setting};
use crate::{Finding, RedisUrl, Source, shown, suggest};

/// The longest name of an operation.
const LONGEST_OPERATION: usize = 64;

/// The values of `document` that are right; the others become faults.
pub(crate) fn check(document: Document, source: &Source, faults: &mut Vec<Finding>) -> Document {
    let mut checker = Checker { source, faults };
    document.into_iter().filter_map(|(name, value)| checker.entry(name, &value)).collect()
}

struct Checker<'a> {
    source: &'a Source,
    faults: &'a mut Vec<Finding>,
}

/// What is wrong with a value, and the fix.
type Wrong = (String, String);

impl Checker<'_> {
    fn entry(&mut self, name: String, value: &Value) -> Option<(String, Value)> {
        match Setting::find(&name) {
            Some(setting) => Some((name, self.value(setting, value)?)),
            None => {
                self.unknown(&name, Setting::meant_by(&name));
                None
            }
        }
    }

    /// The value of an unknown setting is not shown: it may be a secret under a misspelt name.
    fn unknown(&mut self, name: &str, meant: Option<&str>) {
        let suggestion = meant.map_or("remove it".into(), |meant| format!("did you mean `{meant}`?"));
        self.faults.push(Finding::new(shown::bare(name), self.source, "is no setting", suggestion));
    }

    fn value(&mut self, setting: &Setting, value: &Value) -> Option<Value> {
        match setting.kind {
            Kind::Fields(fields, range) => self.table(setting.name, value, range, Some(fields)),
            Kind::Named(range) => self.table(setting.name, value, range, None),
            kind => {
                let right = single(kind, value);
                self.right_or_fault(setting.name, value, setting.secret, right)
            }
        }
    }

    fn right_or_fault(
        &mut self,
        name: &str,
        value: &Value,
        secret: bool,
        right: Result<Value, Wrong>,
    ) -> Option<Value> {
        match right {
            Ok(value) => Some(value),
            Err((why, suggestion)) => {
                let fault = Finding::new(name, self.source, why, suggestion);
                self.faults.push(if secret { fault } else { fault.showing(shown::value(value)) });
                None
            }
        }
    }

    fn table(&mut self, name: &str, value: &Value, range: Range, fields: Option<&[&str]>) -> Option<Value> {
        let Value::Object(entries) = value else {
            let wrong = (format!("is {}; a table is wanted", kind_of(value)), "write { \"name\": number }".into());
            return self.right_or_fault(name, value, false, Err(wrong));
        };
        let mut right = Map::new();
        for (key, value) in entries {
            let path = format!("{name}.{}", shown::bare(key));
            if !self.is_key(&path, key, fields) {
                continue;
            }
            if let Some(value) = self.right_or_fault(&path, value, false, whole(value, range)) {
                right.insert(key.clone(), value);
            }
        }
        Some(right.into())
    }

    fn is_key(&mut self, path: &str, key: &str, fields: Option<&[&str]>) -> bool {
        let (right, meant) = match fields {
            Some(fields) => (fields.contains(&key), suggest::nearest(key, fields.iter().copied())),
            None => (is_operation(key), None),
        };
        if !right {
            self.unknown(path, meant);
        }
        right
    }
}

fn is_operation(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST_OPERATION && !name.chars().any(char::is_control)
}

fn single(kind: Kind, value: &Value) -> Result<Value, Wrong> {
    match kind {
        Kind::Flag if value.is_boolean() => Ok(value.clone()),
        Kind::Flag => Err((format!("is {}; true or false is wanted", kind_of(value)), "write true or false".into())),
        Kind::Whole(range) => whole(value, range),
        Kind::SecondsOrNever(range) => seconds_or_never(value, range),
        Kind::Word(words) => word(value, words),
        Kind::Name => name(value),
        Kind::Text => text(value).map(Value::from),
        Kind::Url => url(value),
        Kind::Fields(..) | Kind::Named(_) => Err((format!("is {}", kind_of(value)), "write a table".into())),
    }
}

fn whole(value: &Value, range: Range) -> Result<Value, Wrong> {
    let give = format!("give {range}");
    match value {
        Value::Number(number) => match number.as_u64() {
            Some(whole) if range.contains(whole) => Ok(value.clone()),
            Some(whole) if whole < range.least => Err((format!("is less than {}", range.least), give)),
            Some(_) => Err((format!("is more than {}", range.most), give)),
            None if number.is_i64() => Err(("is below zero".into(), give)),
            None => Err(("is no whole number in reach".into(), give)),
        },
        Value::String(text) => Err(("is a text; a whole number is wanted".into(), without_quotes(text, range))),
        other => Err((format!("is {}; a whole number is wanted", kind_of(other)), give)),
    }
}

/// `"60"` and `"1h30m"` get the number they mean as the suggestion; nothing is converted silently.
fn without_quotes(text: &str, range: Range) -> String {
    let meant = text.parse().ok().or_else(|| if range.unit == "seconds" { duration(text) } else { None });
    match meant {
        Some(meant) if range.contains(meant) => format!("write {meant}, without quotes"),
        _ => format!("give {range}"),
    }
}

fn duration(text: &str) -> Option<u64> {
    let (mut total, mut number) = (0_u64, String::new());
    for c in text.chars().filter(|&c| c != ' ') {
        let unit = match c {
            '0'..='9' => {
                number.push(c);
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    number.is_empty().then_some(total)
}

fn seconds_or_never(value: &Value, range: Range) -> Result<Value, Wrong> {
    if value.as_str().is_some_and(|word| word.eq_ignore_ascii_case("never")) {
        return Ok("never".into());
    }
    whole(value, range).map_err(|(why, suggestion)| (why, format!("{suggestion}, or \"never\"")))
}

fn word(value: &Value, words: &'static [&'static str]) -> Result<Value, Wrong> {
    let word = text(value)?;
    match suggest::choose(word, "word", words, words) {
        Ok(word) => Ok(word.into()),
        Err(unknown) => Err(("is not known".into(), unknown.suggestion())),
    }
}

fn name(value: &Value) -> Result<Value, Wrong> {
    match Name::new(text(value)?) {
        Ok(name) => Ok(name.as_str().into()),
        Err(error) => Err(("is no name".into(), error.message().to_owned())),
    }
}

fn text(value: &Value) -> Result<&str, Wrong> {
    match value {
        Value::String(text) if text.trim().is_empty() => Err(("is empty".into(), "fill it in or remove it".into())),
        Value::String(text) => Ok(text),
        other => Err((format!("is {}; a text is wanted", kind_of(other)), "write it in quotes".into())),
    }
}

fn url(value: &Value) -> Result<Value, Wrong> {
    let text = text(value)?;
    match RedisUrl::parse(text) {
        Ok(_) => Ok(text.into()),
        Err(error) => Err((error.why.into(), error.suggestion.into())),
    }
}
