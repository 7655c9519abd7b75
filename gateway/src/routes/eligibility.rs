//! Asking eligibility issuers for a voting credential (protocol.md §3.3.3). Identified plane.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Form, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Json, body::Bytes};
use kodanik_crypto::blind_rsa::BlindSignature;
use kodanik_identity::presentation::REQUEST_MEDIA_TYPE;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::{ApiError, ErrorBody};
use crate::roles::eligibility::{Ask, Desk};

/// Seconds for which a request can be answered.
const EXPIRES_IN: u64 = 300;

/// The desks of the issuers that run here, by issuer id.
#[derive(Clone, Debug)]
pub struct Desks(Arc<BTreeMap<String, Arc<Desk>>>);

impl Desks {
    /// By the issuers' ids.
    pub fn new(desks: impl IntoIterator<Item = Arc<Desk>>) -> Self {
        let by_id = desks.into_iter().map(|desk| (desk.issuer().id().to_owned(), desk));
        Self(Arc::new(by_id.collect()))
    }

    fn desk(&self, issuer: &str) -> Result<&Arc<Desk>, ApiError> {
        self.0.get(issuer).ok_or_else(ApiError::not_found)
    }
}

/// The router of this module.
pub fn router(desks: Desks) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(request))
        .routes(routes!(request_object))
        .routes(routes!(response))
        .with_state(desks)
}

/// Where the wallet presents the e-ID.
#[derive(Debug, Serialize, ToSchema)]
struct RequestBody {
    /// Seconds for which the request can be answered.
    expires_in: u64,
    /// `openid4vp://?...`.
    request: String,
}

/// A blind signature.
#[derive(Debug, Serialize, ToSchema)]
struct IssuedBody {
    /// 384 bytes, base64url.
    #[schema(value_type = String)]
    blind_signature: BlindSignature,
}

#[derive(Debug, Deserialize)]
struct WalletNonce {
    wallet_nonce: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    response: String,
}

/// Asks for a signature on a blinded pseudonym; answered by a request to present the e-ID for exactly this.
#[utoipa::path(post, path = "/eligibility/{issuer}/requests", tag = "eligibility",
    params(("issuer" = String, Path, description = "the issuer's id in the manifest")),
    request_body(content = Object, description = "`blinded` (384 bytes), `election` (H_E), `style`"),
    responses(
        (status = 200, body = RequestBody),
        (status = 404, description = "no such issuer, election or style", body = ErrorBody),
        (status = 409, description = "`issuing_closed`", body = ErrorBody),
    ))]
async fn request(
    State(desks): State<Desks>,
    Path(issuer): Path<String>,
    body: Bytes,
) -> Result<Json<RequestBody>, ApiError> {
    let ask: Ask = serde_json::from_slice(&body)
        .map_err(|_| ApiError::bad_request("bad_request", "not a request for a voting credential"))?;
    let desk = desks.desk(&issuer)?.clone();
    let created = tokio::task::spawn_blocking(move || desk.request(&ask));
    let created = match created.await {
        Ok(result) => result?,
        Err(stopped) => std::panic::resume_unwind(stopped.into_panic()),
    };
    Ok(Json(RequestBody { expires_in: EXPIRES_IN, request: created.link }))
}

/// The signed OpenID4VP request object; `wallet_nonce` as a form parameter.
#[utoipa::path(post, path = "/eligibility/{issuer}/requests/{id}/object", tag = "eligibility",
    params(
        ("issuer" = String, Path, description = "the issuer's id"),
        ("id" = String, Path, description = "the request, from the link"),
    ),
    responses(
        (status = 200, description = "a signed request object", body = String, content_type = "application/oauth-authz-req+jwt"),
        (status = 404, description = "unknown or expired", body = ErrorBody),
    ))]
async fn request_object(
    State(desks): State<Desks>,
    Path((issuer, id)): Path<(String, String)>,
    Form(form): Form<WalletNonce>,
) -> Result<Response, ApiError> {
    let object = desks.desk(&issuer)?.verifier().request_object(&id, form.wallet_nonce.as_deref())?;
    Ok(([(header::CONTENT_TYPE, REQUEST_MEDIA_TYPE), (header::CACHE_CONTROL, "no-store")], object)
        .into_response())
}

/// Takes the encrypted presentation (`direct_post.jwt`) and answers with the blind signature.
#[utoipa::path(post, path = "/eligibility/{issuer}/responses/{id}", tag = "eligibility",
    params(
        ("issuer" = String, Path, description = "the issuer's id"),
        ("id" = String, Path, description = "the request"),
    ),
    responses(
        (status = 200, body = IssuedBody),
        (status = 400, description = "`invalid_presentation`, `already_answered`", body = ErrorBody),
        (status = 403, description = "`not_on_roll`, `wrong_style`", body = ErrorBody),
        (status = 409, description = "`already_issued`, `issuing_closed`", body = ErrorBody),
    ))]
async fn response(
    State(desks): State<Desks>,
    Path((issuer, id)): Path<(String, String)>,
    Form(answer): Form<Answer>,
) -> Result<Json<IssuedBody>, ApiError> {
    let blind_signature = desks.desk(&issuer)?.answer(&id, &answer.response).await?;
    Ok(Json(IssuedBody { blind_signature }))
}
