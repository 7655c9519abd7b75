//! OpenID4VCI 1.0: the e-ID issuer's endpoints (protocol.md §4.2.2).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kodanik_identity::oauth::{OAuthError, OAuthErrorCode};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiError;
use crate::roles::eid_issuer::{EidError, EidIssuer};

const BODY_CAP: usize = 128 * 1024;
const DPOP: &str = "dpop";

/// The router of this module, for the identified plane.
pub fn router(issuer: Arc<EidIssuer>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(issuer_metadata))
        .routes(routes!(server_metadata))
        .routes(routes!(token))
        .routes(routes!(nonce))
        .routes(routes!(credential))
        .routes(routes!(status_list))
        .layer(DefaultBodyLimit::max(BODY_CAP))
        .with_state(issuer)
}

impl IntoResponse for EidError {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(error) => refusal(&error),
            Self::Damaged | Self::Database(_) => ApiError::internal(&self).into_response(),
            Self::Full => ApiError::internal(&self).into_response(),
            Self::Unknown => ApiError::not_found().into_response(),
        }
    }
}

fn refusal(error: &OAuthError) -> Response {
    if error.code == OAuthErrorCode::InvalidToken {
        let challenge = [(header::WWW_AUTHENTICATE, r#"DPoP error="invalid_token", algs="ES256""#)];
        return (StatusCode::UNAUTHORIZED, challenge, Json(error)).into_response();
    }
    (StatusCode::BAD_REQUEST, Json(error)).into_response()
}

/// The issuer's metadata: signed where `Accept` names `application/jwt`, else plain JSON.
#[utoipa::path(get, path = "/.well-known/openid-credential-issuer/eid", tag = "e-ID issuer",
    responses((status = 200, description = "OpenID4VCI 1.0 section 12.2", body = String, content_type = "application/jwt")))]
async fn issuer_metadata(
    State(issuer): State<Arc<EidIssuer>>,
    headers: HeaderMap,
) -> Result<Response, EidError> {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepts.contains("application/jwt") {
        return Ok(typed("application/jwt", issuer.signed_metadata()?));
    }
    Ok(Json(issuer.metadata()).into_response())
}

/// The authorization server's metadata.
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server/eid", tag = "e-ID issuer",
    responses((status = 200, description = "RFC 8414", body = String, content_type = "application/json")))]
async fn server_metadata(State(issuer): State<Arc<EidIssuer>>) -> Response {
    Json(issuer.authorization_server_metadata()).into_response()
}

/// Trades a pre-authorized code and `tx_code` for a DPoP-bound access token.
#[utoipa::path(post, path = "/eid/token", tag = "e-ID issuer",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "OpenID4VCI 1.0 section 6.2"), (status = 400, description = "section 6.3")))]
async fn token(
    State(issuer): State<Arc<EidIssuer>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, EidError> {
    let dpop = single(&headers, DPOP).ok_or(OAuthErrorCode::InvalidDpopProof)?;
    blocking(move || issuer.token(&dpop, &body)).await.map(|response| not_stored(&response))
}

/// A fresh nonce for a key proof.
#[utoipa::path(post, path = "/eid/nonce", tag = "e-ID issuer",
    responses((status = 200, description = "OpenID4VCI 1.0 section 7.2")))]
async fn nonce(State(issuer): State<Arc<EidIssuer>>) -> Response {
    not_stored(&issuer.nonce())
}

/// Issues the PID bound to the proved key.
#[utoipa::path(post, path = "/eid/credential", tag = "e-ID issuer",
    request_body(content = String, content_type = "application/json"),
    responses((status = 200, description = "OpenID4VCI 1.0 section 8.3"), (status = 400, description = "section 8.3.1"),
              (status = 401, description = "the token is not good")))]
async fn credential(
    State(issuer): State<Arc<EidIssuer>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, EidError> {
    let token = single(&headers, header::AUTHORIZATION.as_str())
        .and_then(|value| value.strip_prefix("DPoP ").map(str::to_owned))
        .ok_or(OAuthErrorCode::InvalidToken)?;
    let dpop = single(&headers, DPOP).ok_or(OAuthErrorCode::InvalidDpopProof)?;
    blocking(move || issuer.credential(&token, &dpop, &body)).await.map(|response| not_stored(&response))
}

/// The status list token: which of this issuer's credentials are revoked.
#[utoipa::path(get, path = "/eid/status/1", tag = "e-ID issuer",
    responses((status = 200, description = "Token Status List", body = String, content_type = "application/statuslist+jwt")))]
async fn status_list(State(issuer): State<Arc<EidIssuer>>) -> Result<Response, EidError> {
    let token = blocking(move || issuer.status_token()).await?;
    Ok(typed("application/statuslist+jwt", token))
}

/// A header that is there exactly once.
fn single(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok().map(str::to_owned),
        _ => None,
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EidError> + Send + 'static,
) -> Result<T, EidError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(stopped) => std::panic::resume_unwind(stopped.into_panic()),
    }
}

fn not_stored(body: &impl Serialize) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

fn typed(media_type: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))], body).into_response()
}
