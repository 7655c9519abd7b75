//! Two kinds of errors: what stops the gateway ([`GatewayError`]) and what a client is told ([`ApiError`]).

use std::borrow::Cow;
use std::path::PathBuf;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

/// Why the gateway, or a role of it, cannot start or go on. Read by its operator.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// A key or certificate file is not what it should be.
    #[error("{path}: not a usable key or certificate; restore it from your backup")]
    BadKeyFile {
        /// Which file.
        path: PathBuf,
    },
    /// Nothing can listen there.
    #[error("cannot listen on {address}: {source}; choose another port or stop what uses it")]
    Bind {
        /// The address asked for.
        address: std::net::SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// `gateway.toml` is wrong.
    #[error("gateway.toml: {0}")]
    Config(String),
    /// SQLite's own error.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The ledger's own reason.
    #[error("ledger: {0}")]
    Ledger(String),
    /// The database was written by a newer release.
    #[error("the database is of a newer release; update this gateway")]
    NewerDatabase,
    /// The folder already holds a gateway; nothing was changed.
    #[error("{0} already holds a gateway; nothing was changed")]
    NotEmpty(PathBuf),
}

/// What a client is told: a status, a stable code, a sentence. Never personal data, never internals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    status: StatusCode,
    code: Cow<'static, str>,
    message: Cow<'static, str>,
    retry_after: Option<u64>,
}

/// The body of an [`ApiError`].
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// A stable code, for example `already_issued`.
    pub error: String,
    /// What happened and what to do, in English, for a developer.
    pub message: String,
}

impl ApiError {
    /// An error of `status` with a stable `code` and a sentence.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, code: code.into(), message: message.into(), retry_after: None }
    }

    /// 400: the request is not what this route takes.
    pub fn bad_request(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// What the server itself refuses, by its status. Says nothing of what was sent.
    pub fn of_status(status: StatusCode) -> Self {
        let (code, message) = match status {
            StatusCode::METHOD_NOT_ALLOWED => {
                ("method_not_allowed", "this route has other methods; see /docs")
            }
            StatusCode::NOT_FOUND => return Self::not_found(),
            StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "larger than this route takes"),
            StatusCode::REQUEST_TIMEOUT => ("timeout", "this took too long; try again"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                ("unsupported_media_type", "another content type is expected; see /docs")
            }
            _ => ("malformed", "the request is not what this route takes; see /docs"),
        };
        Self::new(status, code, message)
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "nothing is known under this name")
    }

    /// 503 with `Retry-After` in seconds.
    pub fn busy(retry_after: u64) -> Self {
        let busy = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "too much at once; try again shortly");
        Self { retry_after: Some(retry_after), ..busy }
    }

    /// 500; the reason goes to the operator's log, not to the client.
    pub fn internal(reason: &dyn std::error::Error) -> Self {
        tracing::error!(reason = %reason, "internal error");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the gateway failed; asking again is safe")
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        Self::internal(&error)
    }
}

impl From<GatewayError> for ApiError {
    fn from(error: GatewayError) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody { error: self.code.into_owned(), message: self.message.into_owned() };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
