use larder_key::{KeyFault, Request, Scope, Value, preimage};

fn same(left: impl Into<Value>, right: impl Into<Value>) -> bool {
    preimage(&left.into()).unwrap() == preimage(&right.into()).unwrap()
}

#[test]
fn a8_an_integral_float_is_the_integer() {
    assert!(same(1, 1.0));
    assert!(same(-7, -7.0));
    assert!(same(0, 0.0));
    assert!(same(0.0, -0.0));
    assert!(same(1i128 << 100, (1i128 << 100) as f64));
    assert!(!same(1, 1.000_000_000_000_000_2));
    assert!(!same(1, -1));
}

#[test]
fn a8_b04_big_integers_are_exact() {
    let edge = 1_u64 << 53;
    assert!(same(edge, 9_007_199_254_740_992.0));
    assert!(!same(edge + 1, 9_007_199_254_740_992.0));
    assert!(!same(edge, edge + 1));
    assert!(!same(u64::MAX, u64::MAX - 1));
    assert!(!same(u64::MAX, u64::MAX as f64));
    assert!(!same(i64::MIN, i64::MIN + 1));
    assert!(!same(i128::MAX, i128::MAX as f64));
    assert!(same(i128::MIN + 1, i128::MIN + 1) && !same(i128::MIN, i128::MAX));
}

#[test]
fn a8_b04_what_is_not_finite_is_refused_by_name() {
    for number in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let scope = Scope::public();
        let options = [("top_p", Value::from(1)), ("bias", Value::from_iter([("a", vec![number])]))];
        let error = Request { options: &options, ..Request::new(&scope, "qa", "text") }.identity().unwrap_err();
        assert_eq!(error.field(), "options.bias");
        assert!(matches!(error.fault(), KeyFault::NotFinite));
    }
}

#[test]
fn a8_absent_is_not_the_default() {
    let scope = Scope::public();
    let absent = Request::new(&scope, "qa", "text");
    let explicit = Request { options: &[("temperature", 1.0)], ..absent };
    assert_ne!(absent.identity().unwrap(), explicit.identity().unwrap());
}

#[test]
fn a8_extremes_have_a_key() {
    for number in [f64::MIN, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e300, 1.7e38, 1.8e38, -1.8e38] {
        assert!(same(number, number));
        assert!(!same(number, number / 2.0) || number == 5e-324);
    }
}
