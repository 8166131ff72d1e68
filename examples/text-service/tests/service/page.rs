//! The page and the probes.

use reqwest::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use serde_json::Value;

use crate::running::Running;

#[tokio::test]
async fn the_page_allows_nothing_that_it_does_not_bring() {
    let service = Running::offline().await;
    let response = service.get("/").await;
    let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
    let page = response.text().await.unwrap();
    assert!(!page.contains("<script>") && !page.contains("style=") && !page.contains("onclick"));
    assert!(!page.contains("http://") && !page.contains("https://"), "the page needs nobody else");
}

#[tokio::test]
async fn everything_the_page_names_is_there() {
    let service = Running::offline().await;
    let page = service.get("/").await.text().await.unwrap();
    for (path, kind) in [("/app.js", "text/javascript"), ("/app.css", "text/css"), ("/icon.svg", "image/svg+xml")] {
        assert!(page.contains(path), "{path}");
        let response = service.get(path).await;
        assert!(response.headers()[CONTENT_TYPE].to_str().unwrap().starts_with(kind), "{path}");
    }
    for script in ["/app.js", "/answer.js", "/statistics.js", "/element.js"] {
        let text = service.get(script).await.text().await.unwrap();
        assert!(!text.contains("innerHTML") && !text.contains("insertAdjacentHTML"), "{script}");
        for (_, name) in text.match_indices("from \"./").map(|(at, begin)| (at, &text[at + begin.len()..])) {
            let name = name.split('"').next().unwrap();
            assert!(service.get(&format!("/{name}")).await.status().is_success(), "{script} needs {name}");
        }
    }
}

#[tokio::test]
async fn every_control_has_a_label() {
    let page = Running::offline().await.get("/").await.text().await.unwrap();
    for id in ["question", "document", "text", "option"] {
        assert!(page.contains(&format!("id=\"{id}\"")) && page.contains(&format!("for=\"{id}\"")), "{id}");
    }
    assert!(page.contains("aria-live=\"polite\"") && page.contains("lang=\"en\"") && page.contains("<legend>"));
}

#[tokio::test]
async fn a_degraded_cache_is_said_in_words_and_to_everybody() {
    let service = Running::offline().await;
    let page = service.get("/").await.text().await.unwrap();
    assert!(page.contains("role=\"status\"><p class=\"degraded\" id=\"degraded\" hidden>"), "readers are told");
    let script = service.get("/statistics.js").await.text().await.unwrap();
    assert!(script.contains("`Degraded: ${store} ${STATES[shared.state]}."));
    for state in ["connected", "not_connected", "breaker_open", "breaker_half_open"] {
        assert!(script.contains(&format!("  {state}: \"")), "{state} has words");
    }
}

#[tokio::test]
async fn probes_answer_and_are_not_kept() {
    let service = Running::offline().await;
    for (path, status) in [("/livez", "live"), ("/readyz", "ready")] {
        let response = service.get(path).await;
        assert!(response.status().is_success());
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        assert_eq!(response.json::<Value>().await.unwrap()["status"], status);
    }
}
