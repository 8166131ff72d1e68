//! Targets that break otherwise than by a panic, by which the crew itself is tested; none of them is in the list.

use crate::{Seen, Target};

pub(super) static ALL: &[Target] = &[
    Target { name: "broken-stack", says: "a stack may overflow", check: overflow, planted: overflow, ..STEADY },
    Target { name: "broken-loop", says: "an input may hang", check: hang, planted: hang, ..STEADY },
    Target { name: "broken-memory", says: "no memory may be taken", check: take, planted: take, ..STEADY },
];

const STEADY: Target = Target {
    name: "broken-nothing",
    says: "nothing happens",
    check: |input| Seen::of(input),
    planted: |input| Seen::of(input),
    bug: "there is none",
    seeds: || vec![b"harmless".to_vec()],
    tokens: &[],
    allowance: Target::modest,
};

/// Harmless for the seed, and for nothing that is made of it.
fn is_seed(input: &[u8]) -> bool {
    input == b"harmless"
}

fn overflow(input: &[u8]) -> Seen {
    if !is_seed(input) {
        return Seen::of(deeper(0));
    }
    Seen::of(input)
}

#[expect(unconditional_recursion, reason = "this is what it is for")]
fn deeper(depth: u64) -> u64 {
    1 + std::hint::black_box(deeper(std::hint::black_box(depth + 1)))
}

fn hang(input: &[u8]) -> Seen {
    while !is_seed(input) {
        std::hint::spin_loop();
    }
    Seen::of(input)
}

fn take(input: &[u8]) -> Seen {
    let taken = vec![0_u8; if is_seed(input) { 0 } else { 64 * 1024 * 1024 }];
    Seen::of(std::hint::black_box(taken).len())
}
