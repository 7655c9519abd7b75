//! What the contract knows of elections, for wallets to find their way in the log (protocol.md §5.1.8). Nothing here
//! is proof: a wallet fetches each entry with its inclusion proof. Anonymous plane.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use kodanik_ballot::ids::{ElectionId, Tracker};
use kodanik_ballot::tally::ContestTally;
use kodanik_contract::election::{ElectionRecord, Phase};
use kodanik_contract::eligibility::Eligibility;
use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::UnixMinute;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::{ApiError, ErrorBody};
use crate::roles::ledger::Ledger;

/// The router of this module.
pub fn router(ledger: Arc<Ledger>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(elections))
        .routes(routes!(ballots))
        .routes(routes!(eligibility))
        .with_state(ledger)
}

/// One election of this log. Indices are those of entries in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ElectionSummary {
    /// Ballots that were accepted, replaced ones too.
    pub ballots: u64,
    /// The close entry.
    pub close_index: Option<u64>,
    /// First minute (since 1970) in which a ballot is late.
    #[schema(value_type = u64)]
    pub closes: UnixMinute,
    /// The election's slug.
    pub election: String,
    /// H_E, base64url; there is none before the trustees' key exists.
    #[schema(value_type = Option<String>)]
    pub id: Option<ElectionId>,
    /// The manifest entry.
    pub manifest_index: u64,
    /// The open entry.
    pub open_index: Option<u64>,
    /// First minute (since 1970) in which a ballot is accepted.
    #[schema(value_type = u64)]
    pub opens: UnixMinute,
    /// Where the election stands.
    #[schema(value_type = String)]
    pub phase: Phase,
    /// Pseudonyms that cast at least one ballot: the turnout.
    pub pseudonyms: u64,
    /// The published result.
    #[schema(value_type = Option<Vec<Object>>)]
    pub result: Option<Vec<ContestTally>>,
    /// The result entry.
    pub result_index: Option<u64>,
    /// For people.
    pub title: String,
}

impl From<&ElectionRecord> for ElectionSummary {
    fn from(record: &ElectionRecord) -> Self {
        let manifest = record.manifest();
        Self {
            ballots: record.ballot_count(),
            close_index: record.close_index(),
            closes: manifest.closes,
            election: manifest.election.clone(),
            id: record.election().map(|election| election.id),
            manifest_index: record.manifest_index(),
            open_index: record.open_index(),
            opens: manifest.opens,
            phase: record.phase(),
            pseudonyms: record.pseudonym_count(),
            result: record.result().map(<[_]>::to_vec),
            result_index: record.result_index(),
            title: manifest.title.clone(),
        }
    }
}

/// One ballot of a pseudonym.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BallotSummary {
    /// The ballot's entry in the log.
    pub index: u64,
    /// The minute at which the log took it.
    #[schema(value_type = u64)]
    pub minute: UnixMinute,
    /// 1 for the first one.
    pub seq: u32,
    /// The ballot's tracker, base64url.
    #[schema(value_type = String)]
    pub tracker: Tracker,
}

/// Every election of this log, by slug.
#[utoipa::path(get, path = "/elections", tag = "elections",
    responses((status = 200, body = Vec<ElectionSummary>)))]
async fn elections(State(ledger): State<Arc<Ledger>>) -> Result<Json<Vec<ElectionSummary>>, ApiError> {
    let summaries = ledger.engine().read_state(|state| state.elections().map(Into::into).collect())?;
    Ok(Json(summaries))
}

/// The ballots of one pseudonym, oldest first; the last one counts. An unknown pseudonym has none.
#[utoipa::path(get, path = "/elections/{election}/ballots/{pseudonym}", tag = "elections",
    params(
        ("election" = String, Path, description = "H_E, base64url"),
        ("pseudonym" = String, Path, description = "the pseudonym's public key, 33 bytes SEC 1, base64url"),
    ),
    responses((status = 200, body = Vec<BallotSummary>), (status = 404, description = "no such election", body = ErrorBody)))]
async fn ballots(
    State(ledger): State<Arc<Ledger>>,
    Path((election, pseudonym)): Path<(String, String)>,
) -> Result<Json<Vec<BallotSummary>>, ApiError> {
    let election = ElectionId::parse(&election).map_err(|_| ApiError::not_found())?;
    let key = Bytes::<33>::parse(&pseudonym).ok().and_then(|bytes| VerifyingKey::from_sec1(&bytes.0).ok());
    let key = key.ok_or(ApiError::bad_request("bad_pseudonym", "not a public key in base64url"))?;
    let ballots = ledger.engine().read_state(|state| {
        let record = state.election(&election)?;
        let ballots = record.ballots_of(&key).iter();
        Some(
            ballots
                .map(|b| BallotSummary { index: b.index, minute: b.minute, seq: b.seq, tracker: b.tracker })
                .collect(),
        )
    })?;
    ballots.map(Json).ok_or_else(ApiError::not_found)
}

/// Credentials issued and used, by style and issuer, and what looks wrong about them: computed by the contract, as any
/// auditor does.
#[utoipa::path(get, path = "/elections/{election}/eligibility", tag = "elections",
    params(("election" = String, Path, description = "H_E, base64url")),
    responses(
        (status = 200, description = "`required`, `styles`, `tolerated`, `unused`", body = Object),
        (status = 404, description = "no such election", body = ErrorBody),
    ))]
async fn eligibility(
    State(ledger): State<Arc<Ledger>>,
    Path(election): Path<String>,
) -> Result<Json<Eligibility>, ApiError> {
    let election = ElectionId::parse(&election).map_err(|_| ApiError::not_found())?;
    let of = |state: &kodanik_contract::state::State| Some(state.election(&election)?.eligibility());
    ledger.engine().read_state(of)?.map(Json).ok_or_else(ApiError::not_found)
}
