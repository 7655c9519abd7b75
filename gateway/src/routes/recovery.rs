//! `/recovery/...` on the identified plane (protocol.md §7): storing backup codes, and re-binding with one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kodanik_identity::rebinding::{
    AccountRequest, AccountResponse, ChallengeResponse, NoticesRequest, NoticesResponse, ProveRequest,
    ProveResponse, RefreshRequest, Release, ResumeRequest, ResumeResponse, StartRequest, StartResponse,
    StepRequest, StoreSetRequest,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::eid::{EidRefused, EidVerifier};
use crate::error::{ApiError, ErrorBody};
use crate::roles::recovery::{Recovery, RecoveryRefused};

/// What the handlers share.
#[derive(Clone, Debug)]
pub struct RecoveryRoutes {
    /// The role.
    pub recovery: Arc<Recovery>,
    /// Verifies the e-ID that is shown to store codes.
    pub eid: Arc<EidVerifier>,
    /// What the key binding of a shown e-ID must name: the address of `/recovery` on this plane.
    pub audience: String,
}

/// The router of this module.
pub fn router(state: RecoveryRoutes) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(challenge))
        .routes(routes!(account))
        .routes(routes!(store_set))
        .routes(routes!(refresh))
        .routes(routes!(start))
        .routes(routes!(prove))
        .routes(routes!(resume))
        .routes(routes!(second_factor))
        .routes(routes!(activate))
        .routes(routes!(acknowledge))
        .routes(routes!(notices))
        .routes(routes!(cancel))
        .with_state(state)
}

type Answer<T> = Result<Json<T>, ApiError>;

/// A one-time challenge, to be signed by a phone that holds an e-ID.
#[utoipa::path(post, path = "/recovery/challenge", tag = "recovery",
    responses((status = 200, body = Object), (status = 500, body = ErrorBody)))]
async fn challenge(State(state): State<RecoveryRoutes>) -> Answer<ChallengeResponse> {
    work(&state, |recovery| Ok(ChallengeResponse { challenge: recovery.challenge()? })).await
}

/// Shows the e-ID; gives the account's name.
#[utoipa::path(post, path = "/recovery/account", tag = "recovery", request_body = Object,
    responses((status = 200, body = Object), (status = 403, body = ErrorBody)))]
async fn account(
    State(state): State<RecoveryRoutes>,
    Json(request): Json<AccountRequest>,
) -> Answer<AccountResponse> {
    let nonce = request.challenge.to_string();
    let shown = state.eid.verify(&request.presentation, &nonce, &state.audience).await;
    let shown = shown.map_err(|refused| eid_refused(&refused))?;
    work(&state, move |recovery| recovery.account(&request.challenge, shown.number(), &shown.key)).await
}

/// Stores a set of codes in the place of the old one.
#[utoipa::path(post, path = "/recovery/set", tag = "recovery", request_body = Object,
    responses((status = 200), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn store_set(State(state): State<RecoveryRoutes>, Json(request): Json<StoreSetRequest>) -> Answer<()> {
    work(&state, move |recovery| recovery.store_set(&request)).await
}

/// Takes a newer blob.
#[utoipa::path(post, path = "/recovery/blob", tag = "recovery", request_body = Object,
    responses((status = 200), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn refresh(State(state): State<RecoveryRoutes>, Json(request): Json<RefreshRequest>) -> Answer<()> {
    work(&state, move |recovery| recovery.refresh(&request)).await
}

/// What a wallet needs to stretch a code; the same for codes that do not exist.
#[utoipa::path(post, path = "/recovery/start", tag = "recovery", request_body = Object,
    responses((status = 200, body = Object), (status = 429, body = ErrorBody)))]
async fn start(
    State(state): State<RecoveryRoutes>,
    Json(request): Json<StartRequest>,
) -> Answer<StartResponse> {
    work(&state, move |recovery| recovery.start(&request.id)).await
}

/// Proves a code and uses it up.
#[utoipa::path(post, path = "/recovery/prove", tag = "recovery", request_body = Object,
    responses((status = 200, body = Object), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn prove(
    State(state): State<RecoveryRoutes>,
    Json(request): Json<ProveRequest>,
) -> Answer<ProveResponse> {
    work(&state, move |recovery| recovery.prove(&request)).await
}

/// How a re-binding stands, with a challenge for its next step.
#[utoipa::path(post, path = "/recovery/resume", tag = "recovery", request_body = Object,
    responses((status = 200, body = Object), (status = 404, body = ErrorBody)))]
async fn resume(
    State(state): State<RecoveryRoutes>,
    Json(ResumeRequest { rebinding }): Json<ResumeRequest>,
) -> Answer<ResumeResponse> {
    work(&state, move |recovery| recovery.resume(&rebinding)).await
}

/// The ID card's signature.
#[utoipa::path(post, path = "/recovery/second-factor", tag = "recovery", request_body = Object,
    responses((status = 200), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn second_factor(State(state): State<RecoveryRoutes>, Json(step): Json<StepRequest>) -> Answer<()> {
    work(&state, move |recovery| recovery.second_factor(&step)).await
}

/// Puts the old phone out of force, then hands over share, wrap, blob and an offer.
#[utoipa::path(post, path = "/recovery/activate", tag = "recovery", request_body = Object,
    responses((status = 200, body = Object), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn activate(State(state): State<RecoveryRoutes>, Json(step): Json<StepRequest>) -> Answer<Release> {
    work(&state, move |recovery| recovery.activate(&step)).await
}

/// Deletes what was handed over.
#[utoipa::path(post, path = "/recovery/acknowledge", tag = "recovery", request_body = Object,
    responses((status = 200), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn acknowledge(State(state): State<RecoveryRoutes>, Json(step): Json<StepRequest>) -> Answer<()> {
    work(&state, move |recovery| recovery.acknowledge(&step)).await
}

/// What an old phone should show its owner.
#[utoipa::path(post, path = "/recovery/notices", tag = "recovery", request_body = Object,
    responses((status = 200, body = Object), (status = 403, body = ErrorBody)))]
async fn notices(
    State(state): State<RecoveryRoutes>,
    Json(request): Json<NoticesRequest>,
) -> Answer<NoticesResponse> {
    work(&state, move |recovery| recovery.notices(&request)).await
}

/// Stops a re-binding from the old phone.
#[utoipa::path(post, path = "/recovery/cancel", tag = "recovery", request_body = Object,
    responses((status = 200), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn cancel(State(state): State<RecoveryRoutes>, Json(step): Json<StepRequest>) -> Answer<()> {
    work(&state, move |recovery| recovery.cancel(&step)).await
}

/// Runs a step of the role on a thread that may block.
async fn work<T: Send + 'static>(
    state: &RecoveryRoutes,
    step: impl FnOnce(&Recovery) -> Result<T, RecoveryRefused> + Send + 'static,
) -> Answer<T> {
    let recovery = Arc::clone(&state.recovery);
    match tokio::task::spawn_blocking(move || step(&recovery)).await {
        Ok(result) => Ok(Json(result?)),
        Err(stopped) => std::panic::resume_unwind(stopped.into_panic()),
    }
}

fn eid_refused(refused: &EidRefused) -> ApiError {
    let (status, code) = match refused {
        EidRefused::StatusUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "status_unavailable"),
        EidRefused::Revoked | EidRefused::Suspended => (StatusCode::FORBIDDEN, "eid_revoked"),
        _ => (StatusCode::FORBIDDEN, "eid_refused"),
    };
    ApiError::new(status, code, refused.to_string())
}

impl From<RecoveryRefused> for ApiError {
    fn from(refused: RecoveryRefused) -> Self {
        let (status, code) = match &refused {
            RecoveryRefused::AttemptsExhausted => (StatusCode::TOO_MANY_REQUESTS, "attempts_exhausted"),
            RecoveryRefused::BadProof => (StatusCode::FORBIDDEN, "bad_proof"),
            RecoveryRefused::Blob(_) => (StatusCode::BAD_REQUEST, "blob_refused"),
            RecoveryRefused::ChallengeSpent => (StatusCode::BAD_REQUEST, "challenge_spent"),
            RecoveryRefused::CodeUsed => (StatusCode::CONFLICT, "code_used"),
            RecoveryRefused::Database(error) => return Self::internal(error),
            RecoveryRefused::Eid(error) => return Self::internal(error),
            RecoveryRefused::ElectionOpen => (StatusCode::CONFLICT, "election_open"),
            RecoveryRefused::NoIdCard => (StatusCode::CONFLICT, "no_id_card"),
            RecoveryRefused::RebindingPending => (StatusCode::CONFLICT, "rebinding_pending"),
            RecoveryRefused::Set(_) => (StatusCode::BAD_REQUEST, "set_refused"),
            RecoveryRefused::Suspended => (StatusCode::CONFLICT, "suspended"),
            RecoveryRefused::Unknown => (StatusCode::NOT_FOUND, "unknown"),
            RecoveryRefused::Waiting => (StatusCode::CONFLICT, "waiting"),
            RecoveryRefused::WrongPhone => (StatusCode::FORBIDDEN, "wrong_phone"),
        };
        Self::new(status, code, refused.to_string())
    }
}

/// What the key binding of an e-ID shown to this office names.
pub fn audience(identified: &url::Url) -> String {
    format!("{}/recovery", identified.as_str().trim_end_matches('/'))
}
