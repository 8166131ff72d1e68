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

/// Requests are welcome; not while the service is stopping.
pub(super) async fn ready(State(service): State<Service>) -> (StatusCode, Json<Value>) {
    if service.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "stopping" })));
    }
    (StatusCode::OK, Json(json!({ "status": "ready", "model": service.replies.model() })))
}
