//! The page. Everything it needs is in the binary, and nothing else may run in it.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// A new binary may bring a new page: ask before using a stored one.
const ASK_FIRST: &str = "no-cache";

pub(super) async fn index() -> impl IntoResponse {
    let headers =
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, ASK_FIRST)];
    (headers, include_str!("../../web/index.html"))
}

pub(super) async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("../../web/app.css"))
}

pub(super) async fn icon() -> impl IntoResponse {
    asset("image/svg+xml", include_str!("../../web/icon.svg"))
}

pub(super) async fn app() -> impl IntoResponse {
    script(include_str!("../../web/app.js"))
}

pub(super) async fn answer() -> impl IntoResponse {
    script(include_str!("../../web/answer.js"))
}

pub(super) async fn statistics() -> impl IntoResponse {
    script(include_str!("../../web/statistics.js"))
}

pub(super) async fn element() -> impl IntoResponse {
    script(include_str!("../../web/element.js"))
}

fn script(text: &'static str) -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", text)
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, ASK_FIRST)], text)
}
