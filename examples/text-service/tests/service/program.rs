//! The program itself, as it is started in earnest.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use larder_testkit::{Canaries, RedisServer};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::running::{Running, client};

/// A process of the service; it ends with this value.
struct Program {
    process: Child,
    service: Running,
    /// What it logged and printed, once it has ended.
    said: Vec<JoinHandle<String>>,
}

impl Program {
    /// Starts it and reads where it listens.
    async fn start(variables: &[(&str, &str)]) -> Self {
        let variables: Vec<_> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let starting = tokio::task::spawn_blocking(move || {
            let mut process = Command::new(env!("CARGO_BIN_EXE_text-service"))
                .args(["serve", "--listen", "127.0.0.1:0"])
                .env_remove("CACHE_PRESET")
                .env_remove("CACHE_CUSTOM_CONFIG")
                .envs(variables)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut stderr = process.stderr.take().unwrap();
            let mut stdout = BufReader::new(process.stdout.take().unwrap());
            let log = std::thread::spawn(move || all(&mut stderr));
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            let url = line.trim().strip_prefix("listening on ").expect("it says where it listens").to_owned();
            let rest = std::thread::spawn(move || all(&mut stdout));
            (process, url, vec![log, rest])
        });
        let (process, url, said) = starting.await.unwrap();
        Self { process, service: Running { url, client: client() }, said }
    }

    async fn is_ready(&self) -> bool {
        self.service.get("/readyz").await.status() == 200
    }

    /// Stops it as an operator does, and returns what it said.
    async fn stop(mut self) -> String {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let said = std::mem::take(&mut self.said);
        let ended = tokio::task::spawn_blocking(move || {
            assert_eq!(self.process.wait().unwrap().code(), Some(0));
            said.into_iter().map(|reader| reader.join().unwrap()).collect()
        });
        ended.await.unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn all(stream: &mut impl Read) -> String {
    let mut text = Vec::new();
    stream.read_to_end(&mut text).unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

/// What was promised holds, within `limit`.
async fn within(limit: Duration, what: &str, work: impl Future<Output = ()>) {
    let deadline = tokio::time::sleep_until(Instant::now() + limit);
    tokio::select! {
        () = work => {}
        () = deadline => panic!("{what} took longer than {limit:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boot_without_redis_is_ready_in_2_s_and_finds_it_within_3_s_of_its_appearance() {
    let server = RedisServer::start().await.unwrap();
    server.kill().unwrap();
    let url = server.url();
    let variables = [("CACHE_REDIS_URL", url.as_str())];
    let mut programs = Vec::new();
    within(Duration::from_secs(2), "to be ready without Redis", async {
        programs.push(Program::start(&variables).await);
        assert!(programs[0].is_ready().await);
    })
    .await;
    programs.push(Program::start(&variables).await);
    let [one, other] = &programs[..] else { panic!("there are two") };
    let said: Value = one.service.get("/readyz").await.json().await.unwrap();
    assert_eq!(said["status"], "degraded");
    assert_eq!(one.service.ask("sentiment", &json!({ "text": "Nobody minds." })).await["cache"]["outcome"], "loaded");
    server.start_again().await.unwrap();
    within(Duration::from_secs(3), "the first hit from Redis", async {
        for number in 0.. {
            let body = json!({ "text": format!("Text number {number} is good.") });
            one.service.ask("sentiment", &body).await;
            if other.service.ask("sentiment", &body).await["cache"]["tier"] == "l2" {
                break;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t10_the_password_in_the_url_comes_out_nowhere() {
    let canaries = Canaries::new();
    let password = canaries.as_str().to_owned();
    let server = RedisServer::builder().password(password.as_str()).start().await.unwrap();
    let wrong = format!("redis://{password}:{password}@{}", server.address());
    for (url, state) in [(server.url(), "connected"), (wrong, "not_connected")] {
        let custom = r#"{"log_level":"TRACE"}"#;
        let variables = [("CACHE_REDIS_URL", url.as_str()), ("RUST_LOG", "trace"), ("CACHE_CUSTOM_CONFIG", custom)];
        let program = Program::start(&variables).await;
        let service = &program.service;
        service.until(state, |all| all["cache"]["shared"]["state"] == state).await;
        for operation in ["summarize", "sentiment", "summarize"] {
            let answer = service.ask(operation, &json!({ "document": "the-stampede" })).await;
            canaries.take("an answer", &answer.to_string());
        }
        let forgotten = service.post("/v1/cache/invalidate/summarize", &json!({})).await;
        canaries.take("what was forgotten", &forgotten.text().await.unwrap());
        for path in ["/", "/app.js", "/statistics.js", "/v1/cache/stats", "/livez", "/readyz", "/v1/text/nothing"] {
            let response = service.get(path).await;
            canaries.take_debug("the headers", response.headers());
            canaries.take(path, &response.text().await.unwrap());
        }
        let log = program.stop().await;
        assert!(log.contains("redis_url = redis://***@127.0.0.1:"), "{log}");
        canaries.take("the log", &log);
    }
    canaries.assert_silent();
}
