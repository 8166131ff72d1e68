//! Stopping: what has begun is finished, what is stuck is cut off, and the process says that it went well.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};
use text_service::Prompt;
use text_service::http::Service;
use text_service::models::{Answering, Model, Offline};
use text_service::serve::{DRAIN, serve};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::running::{Running, client};

/// A model that says when it was asked, and answers when it may.
#[derive(Debug, Default)]
struct Gated {
    asked: Arc<Notify>,
    may_answer: Arc<Notify>,
    offline: Offline,
}

impl Model for Gated {
    fn name(&self) -> &'static str {
        "gated"
    }

    fn answer<'a>(&'a self, prompt: &'a Prompt) -> Answering<'a> {
        Box::pin(async move {
            self.asked.notify_one();
            self.may_answer.notified().await;
            self.offline.answer(prompt).await
        })
    }
}

/// A service that is working on a request, and is asked to stop.
struct Stopping {
    serving: JoinHandle<std::io::Result<()>>,
    request: JoinHandle<reqwest::Result<reqwest::Response>>,
    may_answer: Arc<Notify>,
    service: Service,
    url: String,
}

async fn stopping() -> Stopping {
    let model = Gated::default();
    let (asked, may_answer) = (Arc::clone(&model.asked), Arc::clone(&model.may_answer));
    let service = Service::new(crate::running::replies(Arc::new(model)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    let serving = tokio::spawn(serve(listener, service.clone(), async move { stopped.notified().await }));
    let running = Running { url: url.clone(), client: client() };
    let body = json!({ "text": "A cache answers quickly." });
    let request = running.client.post(format!("{url}/v1/text/summarize")).json(&body).send();
    let request = tokio::spawn(request);
    asked.notified().await;
    stop.notify_one();
    while !service.is_stopping() {
        tokio::task::yield_now().await;
    }
    Stopping { serving, request, may_answer, service, url }
}

#[tokio::test]
async fn what_has_begun_is_finished() {
    let Stopping { serving, request, may_answer, service, url } = stopping().await;
    assert!(service.is_stopping());
    may_answer.notify_one();
    let answer: Value = request.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(answer["answer"], "A cache answers quickly.");
    serving.await.unwrap().unwrap();
    assert!(client().get(format!("{url}/livez")).send().await.is_err(), "nobody listens any more");
}

#[tokio::test(start_paused = true)]
async fn what_is_stuck_is_cut_off() {
    let begun = Instant::now();
    let Stopping { serving, request, .. } = stopping().await;
    serving.await.unwrap().unwrap();
    assert!(begun.elapsed() >= DRAIN, "{:?}", begun.elapsed());
    request.abort();
}

#[tokio::test]
async fn a_stopping_service_is_live_and_not_ready() {
    let service = Service::new(crate::running::replies(Arc::new(Offline::new())));
    let url = crate::running::listen(text_service::http::router(service.clone())).await;
    service.stop();
    let get = |path: &str| client().get(format!("{url}{path}")).send();
    assert_eq!(get("/livez").await.unwrap().status(), 200);
    assert_eq!(get("/readyz").await.unwrap().status(), 503);
}

fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_text-service"))
        .args(arguments)
        .env_remove("OPENAI_API_KEY")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn signals_end_the_process_well() {
    for signal in ["-TERM", "-INT"] {
        let mut process = start(&["serve", "--listen", "127.0.0.1:0"]);
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("listening on http://127.0.0.1:"), "{line}");
        assert!(!line.trim_end().ends_with(":0"), "{line}");
        assert!(Command::new("kill").args([signal, &process.id().to_string()]).status().unwrap().success());
        assert_eq!(process.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[test]
fn what_cannot_run_ends_with_2_and_says_why() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let rows: [(&[&str], &str); 6] = [
        (&["serve", "--listen", &address], "is the port taken?"),
        (&["serve", "--model", "openai"], "OPENAI_API_KEY"),
        (&["serve", "--model", "poem"], "possible values"),
        (&["serve", "--listen", "nowhere"], "--listen"),
        (&["smoke", "--url", "nowhere"], "http://127.0.0.1:8080"),
        (&["smoke", "--url", "http://127.0.0.1:9"], "does not answer"),
    ];
    for (arguments, said) in rows {
        let output = start(arguments).wait_with_output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {complaint}");
        assert!(complaint.contains(said), "{arguments:?}: {complaint}");
    }
}
