//! Whether a type can be read from bytes that do not describe themselves.
//!
//! A type that asks its format what comes next (`serde_json::Value`, an untagged enum, a flattened struct) is written by a compact
//! codec and can never be read again. Nobody should learn that from a cache that only misses: the type is asked beforehand, by
//! reading it from a format that gives it a zero for everything and notes that question.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;

use serde::de::value::U32Deserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

/// Whether `T` asks what comes next, as far as it shows when it is read from zeros.
///
/// A type whose own reading refuses zeros is taken for one that does not.
pub(super) fn asks_what_comes_next<T: for<'de> Deserialize<'de>>() -> bool {
    let tour = Tour::default();
    for _ in 0..Tour::RUNS {
        tour.steps.set(0);
        // What it would be made of zeros is of no interest, neither is why it cannot.
        drop(T::deserialize(Probe { tour: &tour, depth: 0 }));
        if tour.asked.get() || tour.saw_all() {
            break;
        }
    }
    tour.asked.get()
}

/// What was seen of a type so far: every run takes the next variant of each enum.
#[derive(Default)]
struct Tour {
    asked: Cell<bool>,
    steps: Cell<usize>,
    variants: RefCell<HashMap<&'static str, Variants>>,
}

struct Variants {
    seen: usize,
    all: usize,
}

impl Tour {
    /// As many variants as an enum may have and be seen whole.
    const RUNS: usize = 256;
    /// Types that contain themselves come to an end here.
    const DEPTH: usize = 16;
    const STEPS: usize = 10_000;

    fn next_variant(&self, name: &'static str, all: usize) -> u32 {
        let mut variants = self.variants.borrow_mut();
        let variants = variants.entry(name).or_insert(Variants { seen: 0, all });
        let next = variants.seen % all.max(1);
        variants.seen += 1;
        u32::try_from(next).unwrap_or(0)
    }

    fn saw_all(&self) -> bool {
        self.variants.borrow().values().all(|variants| variants.seen >= variants.all)
    }
}

/// Why a run ended early.
#[derive(Debug)]
struct Ended;

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the probe ended")
    }
}

impl std::error::Error for Ended {}

impl de::Error for Ended {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// A format of zeros.
#[derive(Clone, Copy)]
struct Probe<'a> {
    tour: &'a Tour,
    depth: usize,
}

impl Probe<'_> {
    fn deeper(self) -> Result<Self, Ended> {
        let steps = self.tour.steps.get() + 1;
        self.tour.steps.set(steps);
        if steps > Tour::STEPS || self.depth > 4 * Tour::DEPTH {
            return Err(Ended);
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    /// How many elements there are of what may have none.
    fn elements(self) -> usize {
        usize::from(self.depth < Tour::DEPTH)
    }
}

macro_rules! zeros {
    ($($method:ident => $visit:ident($zero:expr);)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Ended> {
            visitor.$visit($zero)
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Ended;

    zeros! {
        deserialize_bool => visit_bool(false);
        deserialize_i8 => visit_i8(0);
        deserialize_i16 => visit_i16(0);
        deserialize_i32 => visit_i32(0);
        deserialize_i64 => visit_i64(0);
        deserialize_i128 => visit_i128(0);
        deserialize_u8 => visit_u8(0);
        deserialize_u16 => visit_u16(0);
        deserialize_u32 => visit_u32(0);
        deserialize_u64 => visit_u64(0);
        deserialize_u128 => visit_u128(0);
        deserialize_f32 => visit_f32(0.0);
        deserialize_f64 => visit_f64(0.0);
        deserialize_char => visit_char('0');
        deserialize_str => visit_borrowed_str("0");
        deserialize_string => visit_string("0".to_owned());
        deserialize_bytes => visit_borrowed_bytes(b"0");
        deserialize_byte_buf => visit_byte_buf(vec![0]);
        deserialize_identifier => visit_u64(0);
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Ended> {
        self.tour.asked.set(true);
        Err(Ended)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Ended> {
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Ended> {
        if self.elements() == 0 { visitor.visit_none() } else { visitor.visit_some(self.deeper()?) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Ended> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Ended> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Ended> {
        visitor.visit_newtype_struct(self.deeper()?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Ended> {
        visitor.visit_seq(Elements { probe: self.deeper()?, left: self.elements() })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Ended> {
        visitor.visit_seq(Elements { probe: self.deeper()?, left: length })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Ended> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Ended> {
        visitor.visit_map(Elements { probe: self.deeper()?, left: self.elements() })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Ended> {
        self.deserialize_tuple(fields.len(), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Ended> {
        let variant = self.tour.next_variant(name, variants.len());
        visitor.visit_enum(Variant { probe: self.deeper()?, variant })
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

struct Elements<'a> {
    probe: Probe<'a>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Ended;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Ended> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(self.probe).map(Some)
    }
}

impl<'de> MapAccess<'de> for Elements<'_> {
    type Error = Ended;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Ended> {
        SeqAccess::next_element_seed(self, seed)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Ended> {
        seed.deserialize(self.probe)
    }
}

struct Variant<'a> {
    probe: Probe<'a>,
    variant: u32,
}

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = Ended;
    type Variant = Probe<'a>;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Probe<'a>), Ended> {
        let variant: U32Deserializer<Ended> = self.variant.into_deserializer();
        Ok((seed.deserialize(variant)?, self.probe))
    }
}

impl<'de> VariantAccess<'de> for Probe<'_> {
    type Error = Ended;

    fn unit_variant(self) -> Result<(), Ended> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Ended> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Ended> {
        self.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Ended> {
        self.deserialize_tuple(fields.len(), visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(serde::Deserialize)]
    #[allow(dead_code)] // They are only read.
    struct Plain {
        name: String,
        age: Option<u8>,
        tags: Vec<(u64, f32)>,
        more: BTreeMap<String, Box<Tree>>,
    }

    #[derive(serde::Deserialize)]
    #[allow(dead_code)]
    enum Tree {
        Leaf,
        Twig(u8),
        Branch(Box<Tree>, Box<Tree>),
        Bough { left: Box<Tree>, right: Vec<Tree> },
    }

    #[derive(serde::Deserialize)]
    #[allow(dead_code)]
    enum LastIsAny {
        No,
        Neither(u8),
        Yes { at: u8, value: Option<serde_json::Value> },
    }

    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    #[allow(dead_code)]
    enum Untagged {
        Number(u8),
        Text(String),
    }

    #[derive(serde::Deserialize)]
    #[serde(tag = "kind")]
    #[allow(dead_code)]
    enum Tagged {
        Number { number: u8 },
    }

    #[derive(serde::Deserialize)]
    #[allow(dead_code)]
    struct Flattened {
        name: String,
        #[serde(flatten)]
        more: BTreeMap<String, String>,
    }

    #[test]
    fn a_type_that_asks_what_comes_next_is_found_wherever_it_asks() {
        assert!(asks_what_comes_next::<serde_json::Value>());
        assert!(asks_what_comes_next::<Vec<(u8, Option<serde_json::Value>)>>());
        assert!(asks_what_comes_next::<BTreeMap<String, LastIsAny>>());
        assert!(asks_what_comes_next::<Untagged>());
        assert!(asks_what_comes_next::<Tagged>());
        assert!(asks_what_comes_next::<Flattened>());
    }

    #[test]
    fn a_type_that_knows_itself_is_not() {
        assert!(!asks_what_comes_next::<String>());
        assert!(!asks_what_comes_next::<Plain>());
        assert!(!asks_what_comes_next::<Tree>());
        assert!(!asks_what_comes_next::<std::net::IpAddr>());
        assert!(!asks_what_comes_next::<std::time::Duration>());
    }
}
