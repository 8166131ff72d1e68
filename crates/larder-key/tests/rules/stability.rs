//! The same key everywhere and ever: in every order, thread, process and build.

use std::collections::HashMap;
use std::fs;
use std::process::Command;

use larder_key::{KeyGenerator, Request, SCHEMA, Scope, Value};
use serde_json::json;

use crate::json::{Json, full, with_request};

/// Marks the line on which a process tells its keys.
const MARK: &str = "keys of this process: ";

/// A thousand orders of the same options, one key.
#[test]
fn a3_a_thousand_shuffles_are_one_key() {
    let mut options: Vec<_> = (0..20).map(|number| (format!("option-{number}"), Value::from(number))).collect();
    let expected = key(&options);
    let mut seed = 7_u64;
    for _ in 0..1_000 {
        for place in (1..options.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            options.swap(place, usize::try_from(seed >> 33).unwrap() % (place + 1));
        }
        assert_eq!(key(&options), expected);
        let nested: HashMap<_, _> = options.iter().cloned().collect();
        assert_eq!(nested_key(&nested), nested_key(&options.iter().cloned().collect()));
    }
}

fn key(options: &Vec<(String, Value)>) -> String {
    KeyGenerator::new().generate(&Scope::public(), "qa", "text", options, None).unwrap().text
}

/// The map's order differs from map to map and from process to process.
fn nested_key(options: &HashMap<String, Value>) -> String {
    KeyGenerator::new().generate(&Scope::public(), "qa", "text", &[("nested", options)], None).unwrap().text
}

fn keys_of_this_process() -> String {
    let options: HashMap<_, _> = (0..50).map(|number| (format!("option-{number}"), Value::from(number))).collect();
    let full = with_request(&full(), |request| KeyGenerator::new().generate_request(request).unwrap());
    format!("{MARK}{} {} {}", nested_key(&options), full.text, full.identity)
}

#[test]
fn a3_another_process_makes_the_same_keys() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "stability::a3_a_process_tells_its_keys", "--nocapture", "--test-threads=1"])
        .output()
        .unwrap();
    let said = String::from_utf8(child.stdout).unwrap();
    let at = said.find(MARK).unwrap_or_else(|| panic!("the other process told no keys: {said}"));
    assert_eq!(said[at..].lines().next().unwrap(), keys_of_this_process());
}

#[test]
fn a3_a_process_tells_its_keys() {
    println!("{}", keys_of_this_process());
}

#[test]
fn a3_threads_make_the_same_keys() {
    let expected = keys_of_this_process();
    let all: Vec<_> = (0..4).map(|_| std::thread::spawn(keys_of_this_process)).collect();
    assert!(all.into_iter().all(|thread| thread.join().unwrap() == expected));
}

/// Stored keys of this schema stay found. If this fails, the encoding changed: raise `SCHEMA` and write the file of the
/// new version; the message holds it.
#[test]
fn a12_golden_vectors_of_this_schema_hold() {
    let path = format!("{}/golden/v{SCHEMA}.json", env!("CARGO_MANIFEST_DIR"));
    let written = fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("{path}: {error}; write the golden vectors of schema {SCHEMA}:\n{}", vectors_of(&inputs()))
    });
    let golden: Vec<serde_json::Value> = serde_json::from_str(&written).unwrap();
    let requests: Vec<_> = golden.iter().map(|case| case["request"].clone()).collect();
    let now = vectors_of(&requests);
    let same = golden == serde_json::from_str::<Vec<serde_json::Value>>(&now).unwrap();
    assert!(same, "the encoding changed: raise SCHEMA, keep {path}, and write v{}.json:\n{now}", SCHEMA + 1);
    assert!(golden.len() >= inputs().len());
}

#[test]
fn a12_the_schema_version_begins_every_preimage() {
    for request in inputs() {
        with_request(&request, |request| assert_eq!(request.preimage().unwrap()[0], SCHEMA));
    }
}

fn vectors_of(requests: &[serde_json::Value]) -> String {
    let cases: Vec<_> = requests.iter().map(|request| with_request(request, |built| vector(request, built))).collect();
    serde_json::to_string_pretty(&cases).unwrap()
}

fn vector(json: &serde_json::Value, request: &Request<'_>) -> serde_json::Value {
    let hidden = KeyGenerator::new().generate_request(request).unwrap();
    let shown = KeyGenerator::builder().readable(true).build().generate_request(request).unwrap();
    let preimage: String = request.preimage().unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "request": json, "preimage": preimage, "identity": hidden.identity.to_string(),
        "key": hidden.text, "readable_key": shown.text,
    })
}

/// Where the first file of a schema starts from.
fn inputs() -> Vec<serde_json::Value> {
    let least = json!({ "scope": {}, "operation": "summarize", "text": "" });
    let with = |name: &str, value: serde_json::Value| {
        let mut request = least.clone();
        request[name] = value;
        request
    };
    vec![
        least.clone(),
        full(),
        with("scope", json!({ "tenant": "acme" })),
        with("scope", json!({ "user": "ann" })),
        with("namespace", json!("notes")),
        with("operation", json!("a|b:{c}%")),
        with("text", json!("Short & plain: 50% | “zwölf”\n")),
        with("text", json!("a long text, ".repeat(42))),
        with("question", json!("")),
        with(
            "options",
            json!({ "b": [1, 2.5, -0.0, 1e300, u64::MAX, i64::MIN], "a": { "z": null, "y": [true, false, {}] } }),
        ),
        with("options", json!({ "stream": true, "api_key": "left out", "kept": "é e\u{301}" })),
        with("system", json!("a long system text, ".repeat(15))),
        with("messages", json!([{ "role": "user", "content": "hello" }, { "role": "assistant", "content": "" }])),
    ]
}

/// What JSON says of a number is what Rust says of it.
#[test]
fn a3_json_and_rust_make_the_same_key() {
    let scope = Scope::public();
    let json = json!({ "n": 1.0, "t": 0.1, "s": "x" });
    let pairs: Vec<_> = json.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), Json(value))).collect();
    let generator = KeyGenerator::new();
    let owned = [("s", Value::from("x")), ("t", Value::from(0.1)), ("n", Value::from(1))];
    let keys = [
        generator.generate(&scope, "qa", "text", &pairs, None),
        generator.generate(&scope, "qa", "text", &owned, None),
    ];
    assert_eq!(keys[0].as_ref().unwrap(), keys[1].as_ref().unwrap());
}
