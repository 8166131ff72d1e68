//! `cargo xtask demo --smoke`, run on a service that only pretends.

mod seeded;

use seeded::Workspace;

/// Says where it listens, ends by `exit` when asked to, and is content with one address.
const SERVICE: &str = r#"//! Pretends.
use std::os::unix::process::CommandExt;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", "--listen", "127.0.0.1:0", extra @ ..] => serve(extra),
        ["smoke", "--url", "http://127.0.0.1:4711"] => println!("all questions answered"),
        ["smoke", "--url", one] => println!("Redis there: {}", is_there(one)),
        ["smoke", "--url", one, "--second", _] => println!("shared, Redis there: {}", is_there(one)),
        ["smoke", "--url", one, "--second", _, "--degraded"] => println!("degraded, Redis there: {}", is_there(one)),
        other => panic!("unexpected {other:?}"),
    }
}

fn serve(extra: &[&str]) {
    let code = extra.first().unwrap_or(&"0");
    let redis = std::env::var("CACHE_REDIS_URL").unwrap_or("redis://127.0.0.1:4711".into());
    let address = redis.replace("redis://", "http://");
    let script = format!("trap 'exit {code}' TERM; echo listening on {address}; while :; do sleep 0.01; done");
    panic!("{}", std::process::Command::new("sh").args(["-c", &script]).exec());
}

/// The pretended service listens, as it says, where its Redis does.
fn is_there(url: &str) -> bool {
    std::net::TcpStream::connect(url.trim_start_matches("http://")).is_ok()
}
"#;

/// Answers PING until its input ends.
const REDIS: &str = r#"//! Pretends.
use std::io::{Read, Write};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words == ["--path"] {
        return println!("/pretended/redis-server");
    }
    let port = words.iter().position(|word| word == "--port").map(|at| words[at + 1].parse::<u16>().unwrap());
    let listener = std::net::TcpListener::bind(("127.0.0.1", port.unwrap())).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut asked = [0; 6];
            if stream.read_exact(&mut asked).is_ok() && asked == *b"PING\r\n" {
                let _ = stream.write_all(b"+PONG\r\n");
            }
        }
    });
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
}
"#;

fn workspace(name: &str) -> Workspace {
    Workspace::new(&format!("demo-{name}"), "")
        .member("text-service", "", "//! Empty.\n")
        .file("crates/text-service/src/main.rs", SERVICE)
}

#[test]
fn a_service_is_started_asked_and_stopped() {
    let said = workspace("good").xtask(&["demo", "--smoke"]).ended_with(0);
    assert!(said.contains("all questions answered"), "{said}");
}

#[test]
fn a_service_that_ends_badly_fails() {
    let said = workspace("bad").xtask(&["demo", "--smoke", "--", "9"]).ended_with(1);
    assert!(said.contains("the service, asked to stop, ended with exit status: 9"), "{said}");
}

fn with_redis(name: &str, server: &str) -> Workspace {
    let manifest =
        "[package]\nname = \"larder-testkit\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[features]\nredis = []\n";
    workspace(name)
        .file("crates/larder-testkit/Cargo.toml", manifest)
        .file("crates/larder-testkit/src/bin/larder-redis-server.rs", server)
}

#[test]
fn two_services_share_a_redis_that_is_then_taken_away() {
    let said = with_redis("shared", REDIS).xtask(&["demo", "--smoke", "--redis"]).ended_with(0);
    let told = ["Redis there: true\n", "shared, Redis there: true", "degraded, Redis there: false"];
    assert!(told.iter().all(|part| said.contains(part)), "{said}");
    let port = said.split("http://127.0.0.1:").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a port");
    let left = std::net::TcpStream::connect(format!("127.0.0.1:{port}"));
    assert!(left.is_err(), "nothing is left running");
}

#[test]
fn a_service_over_redis_that_ends_badly_fails_and_leaves_nothing() {
    let said = with_redis("shared-bad", REDIS).xtask(&["demo", "--smoke", "--redis", "--", "9"]).ended_with(1);
    assert!(said.contains("the service, asked to stop, ended with exit status: 9"), "{said}");
}

#[test]
fn a_redis_that_cannot_be_found_or_ends_at_once_could_not_be_tried() {
    let none = "fn main() { eprintln!(\"install one\"); std::process::exit(2) }";
    let said = with_redis("no-redis", none).xtask(&["demo", "--smoke", "--redis"]).ended_with(2);
    assert!(said.contains("install one") && said.contains("there is no Redis to start"), "{said}");
    let ends = "fn main() { if std::env::args().any(|word| word == \"--path\") { println!(\"/x\") } }";
    let said = with_redis("dead-redis", ends).xtask(&["demo", "--smoke", "--redis"]).ended_with(2);
    assert!(said.contains("ended before it answered"), "{said}");
}

#[test]
fn a_workspace_without_the_service_could_not_be_tried() {
    Workspace::new("demo-none", "").member("other", "", "//! Empty.\n").xtask(&["demo", "--smoke"]).ended_with(2);
}
