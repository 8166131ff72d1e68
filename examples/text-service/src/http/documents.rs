//! `GET /v1/documents` and `GET /v1/documents/{name}`.

use axum::Json;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use serde_json::{Value, json};

use super::error::ApiError;
use crate::documents::{DOCUMENTS, Document, find};

pub(super) async fn list() -> Json<Value> {
    Json(json!({ "documents": DOCUMENTS.iter().map(about).collect::<Vec<_>>() }))
}

pub(super) async fn show(name: Result<Path<String>, PathRejection>) -> Result<Json<Value>, ApiError> {
    let document = find(&super::segment(name)).map_err(ApiError::unknown_document)?;
    let mut shown = about(document);
    shown["text"] = json!(document.text);
    Ok(Json(shown))
}

fn about(document: &Document) -> Value {
    let Document { name, title, question, text } = document;
    json!({ "name": name, "title": title, "question": question, "characters": text.chars().count() })
}
