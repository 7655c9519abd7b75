//! OpenID4VP 1.0: the relying party's endpoints (protocol.md §4.2.3).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kodanik_identity::presentation::{MAX_RESPONSE, REQUEST_MEDIA_TYPE};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiError;
use crate::roles::relying_party::{CreateError, RelyingParty, RequestResult};

/// What to ask for.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRequest {
    /// Claims of the e-ID, dots between members; what the party is registered for where empty.
    #[serde(default)]
    pub claims: Vec<String>,
    /// Claims that the citizen may leave out.
    #[serde(default)]
    pub optional: Vec<String>,
}

/// A request that wallets can answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewRequestCreated {
    /// Its name.
    pub id: String,
    /// For the wallet: `openid4vp://?...`.
    pub link: String,
}

/// The router of this module, for the identified plane.
pub fn router(party: Arc<RelyingParty>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(object, object_with_nonce))
        .routes(routes!(respond))
        .routes(routes!(result))
        .layer(DefaultBodyLimit::max(MAX_RESPONSE + 4096))
        .with_state(party)
}

impl From<CreateError> for ApiError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Query(reason) => Self::bad_request("invalid_query", reason.to_string()),
            CreateError::Verifier(reason) => reason.into(),
            CreateError::Database(reason) => reason.into(),
        }
    }
}

/// Makes a request for claims of the e-ID.
#[utoipa::path(post, path = "/rp/requests", tag = "relying party", request_body = NewRequest,
    responses((status = 200, body = NewRequestCreated)))]
async fn create(
    State(party): State<Arc<RelyingParty>>,
    Json(request): Json<NewRequest>,
) -> Result<Json<NewRequestCreated>, ApiError> {
    let created = party.create_request_with(&request.claims, &request.optional)?;
    Ok(Json(NewRequestCreated { id: created.id, link: created.link }))
}

/// The signed request object.
#[utoipa::path(get, path = "/rp/requests/{id}/object", tag = "relying party", params(("id" = String, Path)),
    responses((status = 200, description = "OpenID4VP 1.0 section 5", body = String, content_type = "application/oauth-authz-req+jwt")))]
async fn object(
    State(party): State<Arc<RelyingParty>>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    Ok(request_object(party.request_object(&id, None)?))
}

/// The signed request object with the wallet's nonce in it.
#[utoipa::path(post, path = "/rp/requests/{id}/object", tag = "relying party", params(("id" = String, Path)),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "OpenID4VP 1.0 section 5.10", body = String, content_type = "application/oauth-authz-req+jwt")))]
async fn object_with_nonce(
    State(party): State<Arc<RelyingParty>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let nonce = form_parameter(&body, "wallet_nonce")?;
    Ok(request_object(party.request_object(&id, nonce.as_deref())?))
}

/// Takes the wallet's encrypted answer.
#[utoipa::path(post, path = "/rp/responses/{id}", tag = "relying party", params(("id" = String, Path)),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "accepted"), (status = 400, description = "refused, with the reason")))]
async fn respond(
    State(party): State<Arc<RelyingParty>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let response = form_parameter(&body, "response")?
        .ok_or_else(|| ApiError::bad_request("invalid_request", "the form has no `response`"))?;
    party.accept(&id, &response).await?;
    Ok(Json(serde_json::json!({})).into_response())
}

/// What became of a request: names of claims and the verdict, never values.
#[utoipa::path(get, path = "/rp/requests/{id}", tag = "relying party", params(("id" = String, Path)),
    responses((status = 200, body = RequestResult)))]
async fn result(
    State(party): State<Arc<RelyingParty>>,
    Path(id): Path<String>,
) -> Result<Json<RequestResult>, ApiError> {
    Ok(Json(party.result(&id)?))
}

/// The request object as a response: for every role that embeds a [`crate::verifier::Verifier`].
pub(crate) fn request_object(token: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(REQUEST_MEDIA_TYPE))], token).into_response()
}

/// A parameter of a form, given at most once: for every role that embeds a [`crate::verifier::Verifier`].
pub(crate) fn form_parameter(body: &[u8], name: &str) -> Result<Option<String>, ApiError> {
    let mut values = url::form_urlencoded::parse(body).filter(|(key, _)| key == name);
    match (values.next(), values.next()) {
        (value, None) => Ok(value.map(|(_, value)| value.into_owned())),
        (_, Some(_)) => Err(ApiError::bad_request("invalid_request", "a parameter is given twice")),
    }
}
