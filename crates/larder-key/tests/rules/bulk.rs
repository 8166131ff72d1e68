use larder_key::{Request, Scope};

/// Keys compared with one another: three million where evidence is gathered, a tenth of it otherwise.
const KEYS: u64 = if option_env!("LARDER_FULL_COUNTS").is_some() { 3_000_000 } else { 300_000 };

/// No collision among identities, nor among the 128 bits of them that a readable key would show.
#[test]
fn a2_b06_no_collision_in_bulk() {
    let scope = Scope::tenant("acme");
    let mut identities: Vec<[u8; 32]> = (0..KEYS)
        .map(|number| {
            let request = Request { options: &[("seed", number)], ..Request::new(&scope, "qa", "text") };
            *request.identity().unwrap().as_bytes()
        })
        .collect();
    identities.sort_unstable();
    assert!(identities.windows(2).all(|pair| pair[0][..16] != pair[1][..16]));
}

/// The test would see a short hash: 32 bits collide in as many keys.
#[test]
fn b06_thirty_two_bits_would_collide() {
    let scope = Scope::tenant("acme");
    let mut short: Vec<_> = (0..KEYS.min(300_000))
        .map(|number| {
            let request = Request { options: &[("seed", number)], ..Request::new(&scope, "qa", "text") };
            request.identity().unwrap().as_bytes()[..4].to_vec()
        })
        .collect();
    short.sort_unstable();
    assert!(short.windows(2).any(|pair| pair[0] == pair[1]));
}
