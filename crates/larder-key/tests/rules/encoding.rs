use std::collections::{BTreeMap, HashMap, HashSet};

use larder_key::{Canonical, Encoder, KeyError, Request, Scope, Value, preimage};
use proptest::prelude::*;
use serde_json::json;

use crate::decode::{canonical, decode};
use crate::json::{Json, full, identity, least, with, with_request};
use crate::values::{text, value};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// What was encoded can be read back whole, so no two values have one encoding.
    #[test]
    fn a1_an_encoding_reads_back_as_the_value(value in value()) {
        prop_assert_eq!(decode(&preimage(&value)?), canonical(&value));
    }

    #[test]
    fn a1_b03_unequal_values_have_unequal_encodings(left in value(), right in value()) {
        prop_assert_eq!(preimage(&left)? == preimage(&right)?, canonical(&left) == canonical(&right));
    }

    #[test]
    fn a1_unequal_requests_have_unequal_encodings(left in parts(), right in parts()) {
        prop_assert_eq!(left.preimage() == right.preimage(), left == right);
    }

    /// Moving a piece of text from one field to the next makes another request.
    #[test]
    fn b01_text_cannot_wander_between_fields(parts in parts(), piece in "[a:|\0%]{1,3}") {
        let moves = [
            Parts { user: parts.user.clone() + &piece, ..parts.clone() },
            Parts { operation: parts.operation.clone() + &piece, ..parts.clone() },
            Parts { text: parts.text.clone() + &piece, ..parts.clone() },
            Parts { question: Some(parts.question.clone().unwrap_or_default() + &piece), ..parts.clone() },
            Parts { option: (parts.option.0.clone() + &piece, parts.option.1.clone()), ..parts.clone() },
            Parts { option: (parts.option.0.clone(), parts.option.1.clone() + &piece), ..parts.clone() },
        ];
        let preimages: HashSet<_> = moves.iter().map(Parts::preimage).collect();
        prop_assert_eq!(preimages.len(), moves.len());
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Parts {
    user: String,
    operation: String,
    text: String,
    question: Option<String>,
    option: (String, String),
}

impl Parts {
    fn preimage(&self) -> Vec<u8> {
        let scope = Scope::user(self.user.as_str());
        let request = Request {
            question: self.question.as_deref(),
            options: &[(&self.option.0, &self.option.1)],
            ..Request::new(&scope, &self.operation, &self.text)
        };
        request.preimage().unwrap()
    }
}

fn parts() -> impl Strategy<Value = Parts> {
    let some = || text().prop_map(|text| format!("x{text}"));
    (some(), some(), text(), prop::option::of(text()), (some(), text()))
        .prop_map(|(user, operation, text, question, option)| Parts { user, operation, text, question, option })
}

/// Every one of 1 700 requests differs from every other: more than a million pairs.
#[test]
fn b01_a_million_pairs_of_crafted_components_differ() {
    let pieces = ["a", "b", ":", "a:", ":b", "a:b", "|", "a|b", "\0", "a\0b", "\u{2028}", "a\u{2028}b"];
    let mut preimages = HashSet::new();
    for user in pieces {
        for operation in pieces {
            for question in pieces {
                let parts = Parts {
                    user: user.into(),
                    operation: operation.into(),
                    text: String::new(),
                    question: Some(question.into()),
                    option: ("o".into(), "v".into()),
                };
                assert!(preimages.insert(parts.preimage()), "{parts:?} was seen before");
            }
        }
    }
    assert_eq!(preimages.len(), 12 * 12 * 12);
}

#[test]
fn a1_a_user_cannot_swallow_an_option() {
    let swallowed = with(&least(), "/scope/user", json!("alicetemperature: 0"));
    let honest = with(&with(&least(), "/scope/user", json!("alice")), "/options/temperature", json!(0));
    assert_ne!(identity(&swallowed), identity(&honest));
}

#[test]
fn b02_a_value_cannot_pretend_to_be_two_options() {
    let pairs = [
        (json!({ "a": "1&b=2" }), json!({ "a": "1", "b": "2" })),
        (json!({ "a": "1,b:2" }), json!({ "a": "1", "b": "2" })),
        (json!({ "a": "1\",\"b\":\"2" }), json!({ "a": "1", "b": "2" })),
        (json!({ "a": "1|b" }), json!({ "a": "1", "|b": "" })),
        (json!({ "a": ["1", "2"] }), json!({ "a": ["1,2"] })),
        (json!({ "a": ["1", "2"] }), json!({ "a": [["1"], "2"] })),
        (json!({ "a": {} }), json!({ "a": [] })),
        (json!({ "a.b": 1 }), json!({ "a": { "b": 1 } })),
    ];
    for (left, right) in pairs {
        assert_ne!(identity(&with(&least(), "/options", left)), identity(&with(&least(), "/options", right)));
    }
}

/// 1 and 1.0 are one number (A8); all else that looks alike is not.
#[test]
fn b03_types_are_told_apart() {
    let alike = [
        json!(1),
        json!("1"),
        json!(true),
        json!(null),
        json!("None"),
        json!("null"),
        json!("1.0"),
        json!([1]),
        json!(1.5),
    ];
    let different: HashSet<_> = alike.iter().map(|value| preimage(&Json(value)).unwrap()).collect();
    assert_eq!(different.len(), alike.len());
    assert_ne!(preimage(&"ab").unwrap(), preimage(&Value::from(&b"ab"[..])).unwrap());
}

#[test]
fn a1_absent_null_and_empty_are_three_things() {
    let absent = least();
    let values = [json!(null), json!(""), json!([]), json!({}), json!(0), json!(false)];
    let mut seen: HashSet<_> = values.into_iter().map(|value| identity(&with(&absent, "/options/x", value))).collect();
    assert!(seen.insert(identity(&absent)));
    assert_eq!(seen.len(), 7);
}

#[test]
fn a4_b04_object_order_is_irrelevant_at_every_depth() {
    let one: serde_json::Value = serde_json::from_str(r#"{"a":{"x":[{"p":1,"q":2}],"y":null},"b":true}"#).unwrap();
    let entries: HashMap<_, _> =
        one.as_object().unwrap().iter().map(|(name, value)| (name.clone(), Json(value))).collect();
    let inner = Reversed(vec![("y", Value::Null), ("x", Value::from(vec![Value::from_iter([("q", 2), ("p", 1)])]))]);
    let reversed = Reversed(vec![("b", Box::new(true) as Box<dyn Canonical>), ("a", Box::new(inner))]);
    assert_eq!(preimage(&entries).unwrap(), preimage(&Json(&one)).unwrap());
    assert_eq!(preimage(&reversed).unwrap(), preimage(&Json(&one)).unwrap());
}

/// A map that gives its entries in the order it was given them.
struct Reversed<V>(Vec<(&'static str, V)>);

impl<V: Canonical> Canonical for Reversed<V> {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        encoder.map(self.0.iter().map(|(name, value)| (*name, value)))
    }
}

#[test]
fn a4_list_order_matters() {
    let request = full();
    let swapped =
        with(&with(&request, "/tools/0", request["tools"][1].clone()), "/tools/1", request["tools"][0].clone());
    assert_ne!(identity(&request), identity(&swapped));

    let messages = with(
        &with(&request, "/messages/0", request["messages"][2].clone()),
        "/messages/2",
        request["messages"][0].clone(),
    );
    assert_ne!(identity(&request), identity(&messages));
    assert_ne!(
        identity(&with(&least(), "/options/stop", json!(["a", "b"]))),
        identity(&with(&least(), "/options/stop", json!(["b", "a"])))
    );
}

/// Pieces larger than the encoder's stage give the same bytes as small ones do.
#[test]
fn a1_every_size_around_the_stage_reads_back() {
    for length in (0..20).chain(240..280).chain([511, 512, 513, 5_000]) {
        let value = Value::from_iter([("a", Value::from("x".repeat(length))), ("b", Value::from(vec![1, 2, 3]))]);
        assert_eq!(decode(&preimage(&value).unwrap()), value, "{length} letters");
    }
}

/// The identity is the keyed hash of the pre-image, however the bytes came to the hash.
#[test]
fn a1_the_identity_is_the_hash_of_the_preimage() {
    let long = with(&full(), "/system", json!("s".repeat(10_000)));
    for request in [least(), full(), long] {
        with_request(&request, |request| {
            let mut domain = [0; 32];
            domain[..21].copy_from_slice(b"larder key 1 identity");
            let hash = blake3::keyed_hash(&domain, &request.preimage().unwrap());
            assert_eq!(hash.as_bytes(), request.identity().unwrap().as_bytes());
        });
    }
}

#[test]
fn a8_the_owned_value_and_json_are_one() {
    let json = json!({ "a": [1, 2.5, "x", null, true], "b": { "c": u64::MAX } });
    let owned = Value::Map(BTreeMap::from([
        ("a".to_owned(), Value::List(vec![1.into(), 2.5.into(), "x".into(), Value::Null, true.into()])),
        ("b".to_owned(), Value::from_iter([("c", u64::MAX)])),
    ]));
    assert_eq!(preimage(&owned).unwrap(), preimage(&Json(&json)).unwrap());
}
