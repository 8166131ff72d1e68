//! `GET /v1/cache/stats` and `POST /v1/cache/invalidate/{operation}`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::error::ApiError;
use super::{Service, body};
use crate::operation::Operation;

/// What the service counted, and what the tiers say of themselves.
pub(super) async fn statistics(State(service): State<Service>) -> Json<Value> {
    let mut all = service.ledger.to_json();
    all["model"] = json!(service.replies.model());
    all["cache"] = service.replies.statistics();
    Json(all)
}

/// Takes JSON only: another site's form cannot send it.
pub(super) async fn forget(
    State(service): State<Service>,
    operation: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, ApiError> {
    let operation: Operation = super::segment(operation).parse()?;
    body::object(&headers, body, &[])?;
    let forgotten = service.replies.forget(operation).await?;
    let (removed, pending) = (forgotten.count.exact(), forgotten.pending);
    tracing::info!(%operation, removed, pending, "forgotten");
    Ok(Json(json!({ "operation": operation.as_str(), "removed": removed, "pending": pending })))
}
