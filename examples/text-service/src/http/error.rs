//! Errors as JSON: what is wrong, and what to do about it. Never what was sent.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::models::ModelError;
use crate::nearest::nearest;
use crate::operation::{Operation, UnknownOperation};
use crate::options::OptionFault;
use crate::replies::ReplyError;

/// An error of the interface.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    fix: String,
    retry_after: Option<u64>,
}

impl ApiError {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { status, code, message: message.into(), fix: fix.into(), retry_after: None }
    }

    pub(super) fn bad_request(code: &'static str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message, fix)
    }

    pub(super) fn unknown_route(path: &str) -> Self {
        const ROUTES: [&str; 6] = ["/", "/livez", "/readyz", "/v1/documents", "/v1/cache/stats", "/v1/text"];
        let fix = match nearest(path.trim_end_matches('/'), ROUTES) {
            Some("/v1/text") | None => format!("POST /v1/text/{{operation}}, with one of {}", Operation::names()),
            Some(route) => format!("did you mean {route}?"),
        };
        Self::new(StatusCode::NOT_FOUND, "unknown_route", "nothing is at this address", fix)
    }

    pub(super) fn wrong_method() -> Self {
        let fix = "GET what is read, POST /v1/text/{operation} and /v1/cache/invalidate/{operation}";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", "this address does not have this method", fix)
    }

    pub(super) fn unknown_document(suggestion: Option<&str>) -> Self {
        let fix = match suggestion {
            Some(name) => format!("did you mean `{name}`?"),
            None => "GET /v1/documents lists the names".to_owned(),
        };
        Self::new(StatusCode::NOT_FOUND, "unknown_document", "there is no document of this name", fix)
    }
}

impl From<UnknownOperation> for ApiError {
    fn from(error: UnknownOperation) -> Self {
        let fix = match error.suggestion {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("use one of {}", Operation::names()),
        };
        Self::new(StatusCode::NOT_FOUND, "unknown_operation", error.to_string(), fix)
    }
}

impl From<OptionFault> for ApiError {
    fn from(fault: OptionFault) -> Self {
        Self::bad_request("bad_options", fault.to_string(), fault.fix())
    }
}

impl From<ModelError> for ApiError {
    fn from(error: ModelError) -> Self {
        let (status, code) = match &error {
            ModelError::Unsuitable(_) => (StatusCode::UNPROCESSABLE_ENTITY, "unsuitable_text"),
            ModelError::Timeout(_) => (StatusCode::GATEWAY_TIMEOUT, "model_timeout"),
            _ => (StatusCode::BAD_GATEWAY, "model_failed"),
        };
        let retry_after = match &error {
            ModelError::Status { retry_after, .. } => retry_after.map(|after| after.as_secs()),
            _ => None,
        };
        Self { retry_after, ..Self::new(status, code, error.to_string(), error.fix()) }
    }
}

impl From<ReplyError> for ApiError {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::Model(error) => error.into(),
            ReplyError::Cache(message) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "cache_unavailable", message, "try again")
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "code": self.code, "message": self.message, "fix": self.fix } });
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
