//! Probes. Both answer from what is known, and ask nobody.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Service;

/// The process runs.
pub(super) async fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// Requests are welcome; not while the service is stopping. A shared tier that is away is no reason to send them elsewhere.
pub(super) async fn ready(State(service): State<Service>) -> (StatusCode, Json<Value>) {
    if service.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "stopping" })));
    }
    let replies = &service.replies;
    let status = if replies.is_degraded() { "degraded" } else { "ready" };
    (StatusCode::OK, Json(json!({ "status": status, "l2": replies.shared_tier(), "model": replies.model() })))
}
