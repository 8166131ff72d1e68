//! Request bodies, read by hand: the usual messages of a JSON reader would quote the text.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};

use super::error::ApiError;
use crate::documents;
use crate::nearest::nearest;
use crate::operation::Operation;
use crate::options::Options;
use crate::prompt::{MAX_QUESTION, MAX_TEXT, Prompt};

const FIELDS: [&str; 4] = ["text", "document", "question", "options"];

type Received = Result<Bytes, BytesRejection>;

/// What is asked about `operation`.
pub(super) fn prompt(operation: Operation, headers: &HeaderMap, body: Received) -> Result<Prompt, ApiError> {
    let fields = object(headers, body, &FIELDS)?;
    let text = text(&fields)?;
    let question = question(operation, &fields)?;
    let options = Options::read(operation, fields.get("options").unwrap_or(&Value::Null))?;
    Ok(Prompt { operation, text, question, options })
}

/// A JSON object with no other than these fields.
pub(super) fn object(headers: &HeaderMap, body: Received, known: &[&str]) -> Result<Map<String, Value>, ApiError> {
    check_type(headers)?;
    let body = body.map_err(|rejection| too_large(&rejection))?;
    let fields = match serde_json::from_slice(&body) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Err(ApiError::bad_request("bad_json", "the body is JSON, but no object", EXAMPLE)),
        Err(error) => {
            let place = format!("the body is no JSON at line {}, column {}", error.line(), error.column());
            return Err(ApiError::bad_request("bad_json", place, EXAMPLE));
        }
    };
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(fields),
        Some(name) => Err(unknown_field(name, known)),
    }
}

const EXAMPLE: &str = "send an object such as {\"text\": \"…\"}";

fn check_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let fix = "send the header `content-type: application/json`";
    Err(ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "wrong_content_type",
        "the body is not declared as JSON",
        fix,
    ))
}

fn too_large(rejection: &BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        too_long("the body is larger than any accepted text".to_owned())
    } else {
        ApiError::bad_request("broken_body", "the body did not arrive whole", "send it again")
    }
}

fn too_long(message: String) -> ApiError {
    let fix = format!("send at most {MAX_TEXT} characters; split a longer text");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "text_too_long", message, fix)
}

fn unknown_field(name: &str, known: &[&str]) -> ApiError {
    let fix = match nearest(name, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "send an empty object: {}".to_owned(),
        None => format!("use {}", known.join(", ")),
    };
    ApiError::bad_request("unknown_field", "the body has a field that is not known here", fix)
}

fn text(fields: &Map<String, Value>) -> Result<Arc<str>, ApiError> {
    const FIX: &str = "send one of `text` (the text itself) and `document` (a name of GET /v1/documents)";
    match (fields.get("text"), fields.get("document")) {
        (Some(Value::String(text)), None) => own_text(text),
        (None, Some(Value::String(name))) => {
            documents::find(name).map(|document| document.text.into()).map_err(ApiError::unknown_document)
        }
        (Some(_), Some(_)) => Err(ApiError::bad_request("two_texts", "both `text` and `document` are given", FIX)),
        (None, None) => Err(ApiError::bad_request("missing_text", "there is no text", FIX)),
        _ => Err(ApiError::bad_request("bad_text", "the text is not a JSON string", FIX)),
    }
}

fn own_text(text: &str) -> Result<Arc<str>, ApiError> {
    if text.trim().is_empty() {
        return Err(ApiError::bad_request("empty_text", "the text is empty", "send a text with at least one sentence"));
    }
    match text.chars().count() {
        length if length > MAX_TEXT => Err(too_long(format!("the text has {length} characters"))),
        _ => Ok(text.into()),
    }
}

fn question(operation: Operation, fields: &Map<String, Value>) -> Result<Option<Arc<str>>, ApiError> {
    const FIX: &str = "send the question as a string in `question`";
    match fields.get("question") {
        None if operation.needs_question() => {
            Err(ApiError::bad_request("missing_question", format!("{operation} needs a question"), FIX))
        }
        None => Ok(None),
        Some(_) if !operation.needs_question() => {
            let fix = "leave `question` out, or use the operation qa";
            Err(ApiError::bad_request("unexpected_question", format!("{operation} takes no question"), fix))
        }
        Some(Value::String(question)) if question.trim().is_empty() => {
            Err(ApiError::bad_request("missing_question", "the question is empty", FIX))
        }
        Some(Value::String(question)) if question.chars().count() > MAX_QUESTION => {
            let fix = format!("ask in at most {MAX_QUESTION} characters");
            Err(ApiError::bad_request("question_too_long", "the question is too long", fix))
        }
        Some(Value::String(question)) => Ok(Some(question.as_str().into())),
        Some(_) => Err(ApiError::bad_request("bad_question", "the question is not a JSON string", FIX)),
    }
}
