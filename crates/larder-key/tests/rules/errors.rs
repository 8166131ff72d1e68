use std::error::Error;
use std::io::{self, Read};

use larder_key::{
    Canonical, Encoder, KeyError, KeyFault, KeyGenerator, MAX_DEPTH, Message, Request, Scope, Value, hash_reader,
    preimage,
};

fn refused(change: impl for<'a> FnOnce(Request<'a>) -> Result<larder_key::Identity, KeyError>) -> KeyError {
    change(Request::new(&Scope::public(), "qa", "private text")).unwrap_err()
}

#[test]
fn b08_an_error_names_the_field_why_and_the_fix() {
    let error = refused(|request| Request { options: &[("top_p", f64::NAN)], ..request }.identity());
    assert_eq!(error.to_string(), "no key: `options.top_p` is NaN or infinite; give a finite number or leave it out");
    let error = refused(|request| Request { operation: "", ..request }.identity());
    assert_eq!(error.to_string(), "no key: `operation` is empty; give it a name or leave it out where it is optional");
    let content = Value::from(vec![f64::INFINITY]);
    let messages = [Message::new("user", &"fine"), Message::new("user", &content)];
    let error = refused(|request| Request { messages: &messages, ..request }.identity());
    assert_eq!(error.field(), "messages.1.content");
    let error = refused(|request| Request { tools: Some(&content), ..request }.identity());
    assert_eq!(error.field(), "tools");
}

#[test]
fn b04_a_repeated_name_is_refused() {
    let error = refused(|request| Request { options: &[("a", 1), ("b", 2), ("a", 1)], ..request }.identity());
    assert!(matches!(error.fault(), KeyFault::Repeated));
    assert_eq!(error.field(), "options");
    let twice = Twice;
    let error = refused(|request| Request { options: &[("bias", twice)], ..request }.identity());
    assert!(matches!(error.fault(), KeyFault::Repeated));
    assert_eq!(error.field(), "options.bias");
}

struct Twice;

impl Canonical for Twice {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        encoder.map([("private", 1), ("private", 2)])
    }
}

#[test]
fn t21_deep_nesting_is_refused_before_it_exhausts_the_stack() {
    let nest = |depth| (0..depth).fold(Value::Null, |inner, _| Value::List(vec![inner]));
    assert!(preimage(&nest(MAX_DEPTH)).is_ok());
    let error = preimage(&nest(MAX_DEPTH + 1)).unwrap_err();
    assert!(matches!(error.fault(), KeyFault::TooDeep));
    assert_eq!(error.to_string(), "no key: `value` is nested deeper than 128 levels; flatten it");
}

#[test]
fn a13_no_error_holds_a_value_and_names_are_cut() {
    let name = "n|\n".repeat(100);
    let error = refused(|request| Request { options: &[(name.as_str(), f64::NAN)], ..request }.identity());
    assert!(error.field().len() < 250 && !error.field().contains(['|', '\n']));
    let twice = refused(|request| Request { options: &[("bias", Twice)], ..request }.identity());
    for shown in [error.to_string(), format!("{error:?}"), twice.to_string(), format!("{twice:?}")] {
        assert!(!shown.contains("private"), "{shown}");
    }
}

#[test]
fn b08_a_failing_source_is_an_error_with_its_cause() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::new(io::ErrorKind::ConnectionReset, "private"))
        }
    }
    let error = hash_reader(Broken, 10).unwrap_err();
    assert_eq!(error.to_string(), "no key: `text` could not be read (ConnectionReset); try again");
    assert!(error.source().is_some());
}

#[test]
fn k1_a_refused_request_is_counted_and_makes_no_key() {
    let generator = KeyGenerator::new();
    generator.generate(&Scope::public(), "", "text", &(), None).unwrap_err();
    let statistics = generator.statistics();
    assert_eq!((statistics.count, statistics.refused), (0, 1));
    assert!(statistics.recent.is_empty());
}
