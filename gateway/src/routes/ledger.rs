//! The log over HTTP (protocol.md §5.1.8): C2SP tlog-tiles for reading, one route for appending. Anonymous plane.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::tile::TilePath;
use kodanik_ledger::tree::NodeHash;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::engines::embedded::{ReadError, SubmitError};
use crate::error::{ApiError, ErrorBody};
use crate::roles::ledger::Ledger;

/// Seconds after which a wallet may try again when the queue is full.
const RETRY_AFTER_SECONDS: u64 = 2;
/// What is published under a tile's path never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The router of this module.
pub fn router(ledger: Arc<Ledger>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(checkpoint))
        .routes(routes!(tile))
        .routes(routes!(inclusion))
        .routes(routes!(consistency))
        .routes(routes!(append))
        .layer(DefaultBodyLimit::max(Leaf::MAX_ENTRY_BYTES))
        .with_state(ledger)
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Busy => Self::busy(RETRY_AFTER_SECONDS),
            SubmitError::Rejected(rejection) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, rejection.code(), rejection.to_string())
            }
            SubmitError::Stopped => Self::internal(&error),
        }
    }
}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound => Self::not_found(),
            other => Self::internal(&other),
        }
    }
}

fn plain(text: String, cache: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, cache)];
    (headers, text).into_response()
}

/// The newest signed head: a C2SP checkpoint.
#[utoipa::path(get, path = "/ledger/checkpoint", tag = "ledger",
    responses((status = 200, description = "signed note", body = String, content_type = "text/plain")))]
async fn checkpoint(State(ledger): State<Arc<Ledger>>) -> Result<Response, ApiError> {
    Ok(plain(ledger.engine().checkpoint().await?.to_string(), "no-store"))
}

/// Hashes (`{L}/{N}[.p/{W}]`) or entries (`entries/{N}[.p/{W}]`): C2SP tlog-tiles.
#[utoipa::path(get, path = "/ledger/tile/{*path}", tag = "ledger",
    params(("path" = String, Path, description = "the tile's path, for example `entries/x001/234.p/5`")),
    responses(
        (status = 200, description = "concatenated hashes, or a bundle of entries", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, description = "no such tile yet", body = ErrorBody),
    ))]
async fn tile(State(ledger): State<Arc<Ledger>>, Path(path): Path<String>) -> Result<Response, ApiError> {
    let path = TilePath::parse(&path).map_err(|_| ApiError::not_found())?;
    let tile = ledger.engine().tile(path).await?;
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, FOR_EVER)];
    Ok((headers, tile).into_response())
}

/// Which leaf, of which tree.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct InclusionQuery {
    /// The leaf, from 0.
    index: u64,
    /// Number of leaves; at most the published size.
    size: u64,
}

/// Which tree grew into which.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ConsistencyQuery {
    /// The smaller size.
    from: u64,
    /// The larger size; at most the published one.
    to: u64,
}

/// Hashes of a proof, base64url.
#[derive(Debug, Serialize, ToSchema)]
struct ProofBody {
    /// In the order of RFC 6962 sections 2.1.1 and 2.1.2.
    #[schema(value_type = Vec<String>)]
    hashes: Vec<NodeHash>,
}

/// An inclusion proof (RFC 6962 section 2.1.1).
#[utoipa::path(get, path = "/ledger/proof/inclusion", tag = "ledger", params(InclusionQuery),
    responses((status = 200, body = ProofBody), (status = 404, description = "beyond the published size", body = ErrorBody)))]
async fn inclusion(
    State(ledger): State<Arc<Ledger>>,
    Query(query): Query<InclusionQuery>,
) -> Result<Json<ProofBody>, ApiError> {
    let proof = ledger.engine().inclusion(query.index, query.size).await?;
    Ok(Json(ProofBody { hashes: proof.0 }))
}

/// A consistency proof (RFC 6962 section 2.1.2).
#[utoipa::path(get, path = "/ledger/proof/consistency", tag = "ledger", params(ConsistencyQuery),
    responses((status = 200, body = ProofBody), (status = 404, description = "beyond the published size", body = ErrorBody)))]
async fn consistency(
    State(ledger): State<Arc<Ledger>>,
    Query(query): Query<ConsistencyQuery>,
) -> Result<Json<ProofBody>, ApiError> {
    let proof = ledger.engine().consistency(query.from, query.to).await?;
    Ok(Json(ProofBody { hashes: proof.0 }))
}

/// Appends an entry (canonical JSON) and answers with its receipt (C2SP tlog-proof). Safe to repeat: an entry that
/// is logged already gets the receipt of where it is.
#[utoipa::path(post, path = "/ledger/entries", tag = "ledger",
    request_body(content = String, content_type = "application/json", description = "an entry, at most 65,527 bytes"),
    responses(
        (status = 200, description = "the receipt", body = String, content_type = "text/plain"),
        (status = 413, description = "too large"),
        (status = 422, description = "refused by the contract; `error` says why", body = ErrorBody),
        (status = 503, description = "too many entries wait; try again after `Retry-After` seconds", body = ErrorBody),
    ))]
async fn append(State(ledger): State<Arc<Ledger>>, entry: Bytes) -> Result<Response, ApiError> {
    let receipt = ledger.engine().submit(entry.to_vec()).await?;
    Ok(plain(receipt.to_string(), "no-store"))
}

#[cfg(test)]
mod tests;
