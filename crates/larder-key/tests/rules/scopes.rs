use std::collections::HashSet;

use larder_key::{KeyFault, KeyGenerator, Request, Scope};
use proptest::prelude::*;

/// Ids made to read as a separator, as another field, as an encoded scope.
const CRAFTED: [&str; 16] = [
    "acme",
    "acme:",
    "acme|op:qa",
    "acme:ann",
    ":ann",
    "ann",
    "\0",
    "acme\0",
    "s\u{4}acme",
    "r\u{1}s\u{4}acme",
    "tenant:acme",
    "public",
    "*",
    "%",
    "ACME",
    "acme ",
];

fn all(ids: &[&str]) -> Vec<Scope> {
    let singles = ids.iter().flat_map(|id| [Scope::tenant(*id), Scope::user(*id)]);
    let pairs = ids.iter().flat_map(|tenant| ids.iter().map(|user| Scope::user_of(*tenant, *user)));
    singles.chain(pairs).chain([Scope::public()]).collect()
}

#[test]
fn t03_a15_no_crafted_id_reaches_another_scope() {
    let scopes = all(&CRAFTED);
    let generator = KeyGenerator::builder().readable(true).build();
    let keys: HashSet<_> = scopes
        .iter()
        .map(|scope| generator.generate(scope, "qa", "text", &(), None).unwrap())
        .flat_map(|key| [key.text, key.identity.to_string()])
        .collect();
    let hashes: HashSet<_> = scopes.iter().map(Scope::hash).collect();
    assert_eq!(keys.len(), 2 * scopes.len());
    assert_eq!(hashes.len(), scopes.len());
}

proptest! {
    #[test]
    fn t03_b01_tenant_and_user_do_not_run_together(a in "[a:|\0]{1,4}", b in "[a:|\0]{1,4}", c in "[a:|\0]{1,4}", d in "[a:|\0]{1,4}") {
        let identity = |tenant: &str, user: &str| Request::new(&Scope::user_of(tenant, user), "qa", "text").identity().unwrap();
        prop_assert_eq!(identity(&a, &b) == identity(&c, &d), (a, b) == (c, d));
    }
}

#[test]
fn t03_an_empty_id_is_refused_by_name() {
    let refused = [
        (Scope::tenant(""), "scope.tenant"),
        (Scope::user(""), "scope.user"),
        (Scope::user_of("acme", ""), "scope.user"),
        (Scope::user_of("", "ann"), "scope.tenant"),
    ];
    for (scope, field) in refused {
        let error = Request::new(&scope, "qa", "text").identity().unwrap_err();
        assert_eq!(error.field(), field);
        assert!(matches!(error.fault(), KeyFault::Empty));
    }
}

#[test]
fn a13_a_scope_shows_its_hash_only() {
    let scope = Scope::user_of("acme-secret", "ann-secret");
    assert!(!format!("{scope:?}").contains("secret"));
    assert!(format!("{scope:?}").contains(&scope.hash()));
    assert_eq!(scope.hash().len(), 32);
}

/// A namespace divides its scope and reaches no other, whatever it is called.
#[test]
fn a16_a_namespace_only_subdivides_its_scope() {
    let generator = KeyGenerator::new();
    let mut keys = HashSet::new();
    for scope in all(&CRAFTED[..6]) {
        for namespace in [None, Some("acme"), Some("acme:ann"), Some("*")] {
            let key = generator.generate_request(&Request { namespace, ..Request::new(&scope, "qa", "text") }).unwrap();
            assert!(key.text.starts_with(&format!("s:{}|", scope.hash())), "the scope's part stays");
            assert!(keys.insert(key.text));
        }
    }
    let error = Request { namespace: Some(""), ..Request::new(&Scope::public(), "qa", "text") }.identity().unwrap_err();
    assert_eq!(error.field(), "namespace");
}

#[test]
fn a15_scopes_know_whose_data_they_are() {
    assert!(Scope::public().is_public() && !Scope::tenant("acme").is_public());
    let scope = Scope::user_of("acme", "ann");
    assert_eq!((scope.tenant_id(), scope.user_id()), (Some("acme"), Some("ann")));
    assert_eq!(scope, scope.clone());
}
