//! `GET /.well-known/kodanik`: where the planes are and what a wallet may pin on first use.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What a wallet without a trust folder pins on first use, after showing its fingerprint. A wallet *with* a trust
/// folder takes only the two addresses from here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WellKnown {
    /// Base URL of the anonymous plane (ledger, ballots).
    #[schema(value_type = String)]
    pub anonymous_plane: Url,
    /// Base URL of the identified plane (e-ID, services, recovery).
    #[schema(value_type = String)]
    pub identified_plane: Url,
    /// The log's trust policy in C2SP tlog-policy form.
    pub ledger_policy: String,
    /// PEM certificates of the trust anchors.
    pub anchors: Vec<String>,
}

/// The router of this module; both planes serve it.
pub fn router(well_known: WellKnown) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(read)).with_state(well_known)
}

/// Where the planes are and what to pin.
#[utoipa::path(get, path = "/.well-known/kodanik", tag = "operation", responses((status = 200, body = WellKnown)))]
async fn read(State(well_known): State<WellKnown>) -> Json<WellKnown> {
    Json(well_known)
}
