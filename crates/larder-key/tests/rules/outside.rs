//! What leaves the house: ids, debug output.

use larder_key::{
    Identity, KeyFault, KeyGenerator, Message, Request, Scope, TenantSecret, TextHasher, Value, hash_reader,
};

const SECRET: &[u8; 32] = b"0123456789abcdef0123456789abcdef";

fn identity(text: &str) -> Identity {
    Request::new(&Scope::tenant("acme"), "qa", text).identity().unwrap()
}

#[test]
fn a13_an_external_id_needs_the_tenants_secret() {
    let (acme, umbrella) = (TenantSecret::new(SECRET).unwrap(), TenantSecret::new(&SECRET[..31]).unwrap());
    let id = identity("text").external_id(&acme);
    assert_eq!(id.len(), 64);
    assert_eq!(id, identity("text").external_id(&acme.clone()));
    assert_ne!(id, identity("text").external_id(&umbrella));
    assert_ne!(id, identity("other").external_id(&acme));
    assert_ne!(id, identity("text").to_string());
}

#[test]
fn a13_a_short_secret_is_refused() {
    let error = TenantSecret::new(&SECRET[..15]).unwrap_err();
    assert!(matches!(error.fault(), KeyFault::ShortSecret { least: 16 }));
    assert!(!error.to_string().contains("0123"));
}

#[test]
fn a13_debug_output_holds_no_text_and_no_secret() {
    let private = "private words";
    let scope = Scope::tenant(private);
    let mut hasher = TextHasher::new(100);
    hasher.update(private.as_bytes()).unwrap();
    let request = Request {
        system: Some(private),
        question: Some(private),
        options: &[("a", private)],
        messages: &[Message::new("user", &private)],
        ..Request::new(&scope, "qa", private)
    };
    let debugs = [
        format!("{request:?}"),
        format!("{:?}", request.messages),
        format!("{:?}", request.text),
        format!("{:?}", hash_reader(private.as_bytes(), 100).unwrap()),
        format!("{hasher:?}"),
        format!("{:?}", Value::from(vec![private])),
        format!("{:?}", Value::from(private)),
        format!("{:?}", Value::from_iter([(private, private)])),
        format!("{:?}", TenantSecret::new(private.repeat(2).as_bytes()).unwrap()),
        format!("{:?}", KeyGenerator::new().generate_request(&request).unwrap()),
        format!("{:?}", KeyGenerator::builder()),
    ];
    for debug in debugs {
        assert!(!debug.contains("private"), "{debug}");
    }
}

#[test]
fn a2_an_identity_is_256_bits_and_comes_back_from_its_bytes() {
    let identity = identity("text");
    assert_eq!(identity.to_string().len(), 64);
    assert_eq!(Identity::from_bytes(*identity.as_bytes()), identity);
    assert_eq!(format!("{identity:?}"), format!("Identity({identity})"));
}

/// One bit anywhere makes another identity: nothing of it is cut off before it is compared.
#[test]
fn a2_every_bit_of_an_identity_counts() {
    let identity = identity("text");
    for bit in 0..256 {
        let mut bytes = *identity.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(Identity::from_bytes(bytes), identity);
    }
}
