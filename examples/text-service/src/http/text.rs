//! `POST /v1/text/{operation}`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::error::ApiError;
use super::{Service, body};
use crate::operation::Operation;
use crate::replies::Reply;
use crate::time::{Stopwatch, micros, millis};

pub(super) async fn answer(
    State(service): State<Service>,
    operation: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, ApiError> {
    let operation: Operation = super::segment(operation).parse()?;
    let prompt = body::prompt(operation, &headers, body)?;
    let watch = Stopwatch::start();
    let reply = service.replies.answer(&prompt).await.inspect_err(|error| {
        service.ledger.failed(operation);
        tracing::warn!(%operation, %error, "no answer");
    })?;
    let took = watch.elapsed();
    service.ledger.answered(operation, &reply, took);
    let cache_us = micros(reply.found.cache_time);
    tracing::info!(%operation, outcome = reply.found.outcome, took_us = micros(took), cache_us, "answered");
    Ok(Json(response(operation, reply, micros(took))))
}

fn response(operation: Operation, reply: Reply, took_us: u64) -> Value {
    let Reply { answer, found, model_time, saved, text_tier } = reply;
    json!({
        "operation": operation.as_str(),
        "answer": answer.text,
        "data": answer.data,
        "finish": answer.finish.as_str(),
        "usage": { "input_tokens": answer.usage.input_tokens, "output_tokens": answer.usage.output_tokens },
        "model": answer.model,
        "text_tier": text_tier,
        "cache": {
            "hit": found.hit,
            "outcome": found.outcome,
            "tier": found.tier,
            "cache_us": micros(found.cache_time),
            "age_ms": found.age.map(|age| age.as_millis()),
            "cached_at": found.cached_at,
            "not_kept": found.not_kept,
        },
        "took_us": took_us,
        "model_ms": model_time.map(millis),
        "saved": {
            "ms": millis(saved.time),
            "input_tokens": saved.input_tokens,
            "output_tokens": saved.output_tokens,
        },
    })
}
