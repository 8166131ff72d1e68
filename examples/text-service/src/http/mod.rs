//! The service as HTTP: JSON under `/v1`, probes, and one page.

mod body;
mod cache;
mod documents;
mod error;
mod health;
mod page;
mod text;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{DefaultBodyLimit, Path};
use axum::http::{HeaderValue, Uri, header};
use axum::response::Response;
use axum::routing::{get, post};

use self::error::ApiError;
use crate::ledger::Ledger;
use crate::replies::Replies;

/// A text of the greatest length whose every character is escaped as `\uXXXX` twice, and the rest of a request.
const MAX_BODY: usize = crate::MAX_TEXT * 12 + 64 * 1024;

/// What all requests share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Service {
    replies: Arc<Replies>,
    ledger: Arc<Ledger>,
    stopping: Arc<AtomicBool>,
}

impl Service {
    /// A service that answers with these replies.
    #[must_use]
    pub fn new(replies: Replies) -> Self {
        Self { replies: Arc::new(replies), ledger: Arc::default(), stopping: Arc::default() }
    }

    /// From now on the service says that it is not ready.
    pub fn stop(&self) {
        self.stopping.store(true, Relaxed);
    }

    /// Whether [`stop`](Self::stop) was called.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Relaxed)
    }

    /// The replies.
    #[must_use]
    pub fn replies(&self) -> &Replies {
        &self.replies
    }
}

/// All routes of the service.
pub fn router(service: Service) -> Router {
    Router::new()
        .route("/", get(page::index))
        .route("/app.js", get(page::app))
        .route("/answer.js", get(page::answer))
        .route("/statistics.js", get(page::statistics))
        .route("/element.js", get(page::element))
        .route("/app.css", get(page::style))
        .route("/icon.svg", get(page::icon))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/v1/text/{operation}", post(text::answer))
        .route("/v1/documents", get(documents::list))
        .route("/v1/documents/{name}", get(documents::show))
        .route("/v1/cache/stats", get(cache::statistics))
        .route("/v1/cache/invalidate/{operation}", post(cache::forget))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(axum::middleware::map_response(guard))
        .with_state(service)
}

/// The named part of an address. One that is no text names nothing, and is answered as any unknown name.
fn segment(path: Result<Path<String>, PathRejection>) -> String {
    path.map(|Path(name)| name).unwrap_or_default()
}

async fn unknown(uri: Uri) -> ApiError {
    ApiError::unknown_route(uri.path())
}

async fn wrong_method() -> ApiError {
    ApiError::wrong_method()
}

/// What every response says: believe the content type, and keep nothing that does not say otherwise.
async fn guard(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
