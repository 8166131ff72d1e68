//! The demo service lives through a short outage; the long ones are the program's.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use larder_lab::{Fault, Outage};

#[tokio::test]
async fn f03_f11_no_request_and_no_probe_fails_while_redis_is_killed_and_it_is_used_again() {
    let [warm, lasts, recovery] = [3, 2, 5].map(Duration::from_secs);
    let outage = Outage { service: service(), fault: Fault::Kill, rate: 100, warm, lasts, recovery };
    let survived = outage.survive().await.unwrap();
    let [well, _, away, back] = &survived.parts;
    assert!(survived.parts.iter().map(|part| part.requests).sum::<usize>() > 900, "{survived:?}");
    assert!(survived.failures.is_empty() && survived.probe_failures.is_empty(), "{survived:?}");
    assert!(survived.probes >= 10 && survived.opened_after.is_some(), "{survived:?}");
    assert!(well.sources[1] > 0, "nothing came out of Redis while all was well: {survived:?}");
    assert!(away.sources[1] == 0 && away.sources[2] > 0, "nobody answers for Redis but the model: {survived:?}");
    assert!(back.sources[1] > 0 && survived.resumed_after.is_some(), "Redis was not used again: {survived:?}");
}

/// The demo service as the source has it now: cargo builds it, unless it is built already.
fn service() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "text-service", "--bin", "text-service", "--target-dir"]).arg(target);
    assert!(build.status().unwrap().success(), "the demo service does not build");
    target.join("debug").join("text-service")
}
