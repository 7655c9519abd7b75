//! `GET /healthz`.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The router of this module.
pub fn router() -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(healthz))
}

/// Answers `ok` while the gateway serves.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "serving", body = String)))]
async fn healthz() -> &'static str {
    "ok\n"
}
