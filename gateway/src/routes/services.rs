//! Public services for wallets, on the identified plane (`protocol.md §6.10`).

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kodanik_crypto::encoding::Binary;
use kodanik_services::address::ServiceId;
use serde::Deserialize;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::eid::EidRefused;
use crate::error::{ApiError, ErrorBody};
use crate::roles::services::{
    CallRefused, CallRequest, CallResponse, Hop, HopRefused, Services, Session, SessionToken, Unreachable,
};

/// A message body of 2 MiB in base64url, and headers.
const BODY_CAP: usize = 3 * 1024 * 1024;
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The router of this module.
pub fn router(services: Arc<Services>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(catalogue))
        .routes(routes!(open_session))
        .routes(routes!(call))
        .routes(routes!(case_status))
        .layer(DefaultBodyLimit::max(BODY_CAP))
        .with_state(services)
}

/// What can be asked for, and under which subsystem's name this gateway asks.
#[utoipa::path(get, path = "/services", tag = "services",
    responses((status = 200, description = "`client` and `services`"), (status = 502, body = ErrorBody)))]
async fn catalogue(State(services): State<Arc<Services>>) -> Result<Response, ApiError> {
    let found = services.catalogue().await.map_err(unreachable)?;
    Ok(Json(json!({"client": services.client(), "services": found})).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionRequest {
    presentation: String,
    nonce: String,
}

/// Opens a session for the device key of a shown e-ID. DPoP without a token; the key binding's nonce is one of
/// `DPoP-Nonce`.
#[utoipa::path(post, path = "/services/session", tag = "services",
    responses((status = 200, description = "`access_token`, `token_type`, `expires_in`"), (status = 401, body = ErrorBody)))]
async fn open_session(
    State(services): State<Arc<Services>>,
    headers: HeaderMap,
    Json(request): Json<SessionRequest>,
) -> Response {
    let result = async {
        let hop = proved(&services, &headers, "POST", "/services/session", None)?;
        if !services.hop.accepts_nonce(&request.nonce) {
            return Err(hop_refused(&HopRefused::Nonce));
        }
        let session = services.open_session(&hop, &request.presentation, &request.nonce).await;
        session.map_err(|refused| call_refused(&refused))
    };
    let result: Result<SessionToken, ApiError> = result.await;
    with_nonce(&services, result.map(Json))
}

/// Checks a citizen's request and forwards it to X-Road. The answer is X-Road's, whatever its status.
#[utoipa::path(post, path = "/services/calls", tag = "services",
    responses((status = 200, description = "`status`, `headers`, `body`"), (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody), (status = 502, body = ErrorBody), (status = 504, body = ErrorBody)))]
async fn call(
    State(services): State<Arc<Services>>,
    headers: HeaderMap,
    Json(request): Json<CallRequest>,
) -> Response {
    let result = async {
        let session = session(&services, &headers, "POST", "/services/calls")?;
        let response = services.call(&session, request).await.map_err(|refused| call_refused(&refused))?;
        let body = Binary(response.body);
        Ok(CallResponse { status: response.status, headers: response.headers, body })
    };
    let result: Result<CallResponse, ApiError> = result.await;
    with_nonce(&services, result.map(Json))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseQuery {
    service: ServiceId,
    case: String,
}

/// Where a case of the session's person stands.
#[utoipa::path(get, path = "/services/case-status", tag = "services",
    params(("service" = String, Query), ("case" = String, Query)),
    responses((status = 200, description = "`state`, `since`"), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 502, body = ErrorBody)))]
async fn case_status(
    State(services): State<Arc<Services>>,
    headers: HeaderMap,
    Query(query): Query<CaseQuery>,
) -> Response {
    let result = async {
        let session = session(&services, &headers, "GET", "/services/case-status")?;
        let status = services.case_status(&session, &query.service, &query.case).await;
        status.map_err(|refused| call_refused(&refused))
    };
    let result = result.await;
    with_nonce(&services, result.map(Json))
}

fn proved(
    services: &Services,
    headers: &HeaderMap,
    method: &str,
    path: &str,
    token: Option<&str>,
) -> Result<Hop, ApiError> {
    let proof =
        single(headers, "dpop").ok_or_else(|| unauthorized("invalid_dpop_proof", "one DPoP proof"))?;
    services.hop.verify(proof, method, path, token).map_err(|refused| hop_refused(&refused))
}

fn session(services: &Services, headers: &HeaderMap, method: &str, path: &str) -> Result<Session, ApiError> {
    let authorization = single(headers, header::AUTHORIZATION.as_str());
    let token = authorization.and_then(|value| value.strip_prefix("DPoP "));
    let token = token.ok_or_else(|| hop_refused(&HopRefused::NoSession))?;
    let hop = proved(services, headers, method, path, Some(token))?;
    services.hop.session(token, &hop).map_err(|refused| hop_refused(&refused))
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Every answer brings the nonce for the next proof (RFC 9449 section 8.2); a 401 says which scheme.
fn with_nonce(services: &Services, result: Result<impl IntoResponse, ApiError>) -> Response {
    let mut response = match result {
        Ok(answer) => answer.into_response(),
        Err(error) => {
            let challenge = format!("DPoP error=\"{}\", algs=\"ES256\"", error.code());
            let unauthorized = error.status() == StatusCode::UNAUTHORIZED;
            let mut response = error.into_response();
            if let (true, Ok(challenge)) = (unauthorized, HeaderValue::from_str(&challenge)) {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
            response
        }
    };
    if let Ok(nonce) = HeaderValue::from_str(&services.hop.nonce()) {
        response.headers_mut().insert(DPOP_NONCE, nonce);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn unauthorized(code: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, code, message.into())
}

fn hop_refused(refused: &HopRefused) -> ApiError {
    tracing::info!(%refused, "a wallet's hop was refused");
    match refused {
        HopRefused::NoSession => unauthorized("invalid_token", refused.to_string()),
        HopRefused::Nonce => unauthorized("use_dpop_nonce", refused.to_string()),
        HopRefused::Proof(_) => unauthorized("invalid_dpop_proof", refused.to_string()),
    }
}

fn call_refused(refused: &CallRefused) -> ApiError {
    tracing::info!(%refused, "a call was refused");
    let (status, code) = match refused {
        CallRefused::Eid(EidRefused::StatusUnavailable) => {
            (StatusCode::SERVICE_UNAVAILABLE, "status_unavailable")
        }
        CallRefused::Eid(EidRefused::Revoked | EidRefused::Suspended) => {
            (StatusCode::FORBIDDEN, "eid_revoked")
        }
        CallRefused::Eid(_) | CallRefused::NoEid => (StatusCode::FORBIDDEN, "eid_refused"),
        CallRefused::Message(_) | CallRefused::OtherClient => (StatusCode::BAD_REQUEST, "bad_request"),
        CallRefused::OtherPerson => (StatusCode::FORBIDDEN, "other_person"),
        CallRefused::OtherService => (StatusCode::FORBIDDEN, "other_service"),
        CallRefused::Replayed => (StatusCode::CONFLICT, "replayed"),
        CallRefused::Signature(_) => (StatusCode::FORBIDDEN, "signature_refused"),
        CallRefused::Unreachable(unreachable) => unreachable.status_and_code(),
    };
    ApiError::new(status, code, refused.to_string())
}

fn unreachable(unreachable: Unreachable) -> ApiError {
    let (status, code) = unreachable.status_and_code();
    ApiError::new(status, code, unreachable.to_string())
}
