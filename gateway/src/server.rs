//! Opens the roles, binds the two listeners, serves, and stops gracefully.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::clock::Clock;
use crate::config::Config;
use crate::context::Context;
use crate::eid::EidVerifier;
use crate::error::{ApiError, GatewayError};
use crate::pki;
use crate::roles::Roles;
use crate::routes;
use crate::routes::recovery::RecoveryRoutes;
use crate::routes::trust::WellKnown;

/// No route takes a larger body; those that take less say so themselves.
const BODY_CAP: usize = 1024 * 1024;
/// No request takes longer.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);
/// How long open requests may take to end once the gateway stops.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);

/// The listener of everything that concerns a known person.
const IDENTIFIED: &str = "identified plane";
/// The listener of ledger and ballots.
const ANONYMOUS: &str = "anonymous plane";

/// A running gateway. Dropping it leaves the listeners running until the runtime ends; call [`Self::stop`].
#[derive(Debug)]
pub struct Gateway {
    /// What the roles were opened with.
    pub context: Context,
    /// The roles, for whoever runs them in this process.
    pub roles: Roles,
    stop: watch::Sender<bool>,
    planes: Vec<JoinHandle<()>>,
}

impl Gateway {
    /// Reads `dir/gateway.toml`, opens every role, binds both listeners and serves.
    pub async fn start(dir: &Path, clock: Clock) -> Result<Self, GatewayError> {
        let config = Config::read(dir)?;
        let identified = bind(config.listen.identified).await?;
        let anonymous = bind(config.listen.anonymous).await?;
        let bound =
            |plane: &TcpListener| plane.local_addr().map_err(|error| GatewayError::Config(error.to_string()));
        let urls = config.urls(bound(&identified)?, bound(&anonymous)?)?;
        let context = Context { dir: dir.to_owned(), config, urls, clock, http: http_client()? };
        let roles = Roles::open(&context)?;
        let (identified_routes, anonymous_routes) = planes(&context, &roles)?;
        let (stop, stopped) = watch::channel(false);
        let planes = vec![
            serve(identified, finish(IDENTIFIED, identified_routes), stopped.clone()),
            serve(anonymous, finish(ANONYMOUS, anonymous_routes), stopped),
        ];
        tracing::info!(identified = %context.urls.identified, anonymous = %context.urls.anonymous, "gateway serves");
        Ok(Self { context, roles, stop, planes })
    }

    /// Stops taking requests, lets open ones end (at most 10 s), then returns.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for mut plane in self.planes {
            if tokio::time::timeout(DRAIN_LIMIT, &mut plane).await.is_err() {
                plane.abort();
            }
        }
        tracing::info!("gateway stopped");
    }
}

/// The routes of the identified and of the anonymous plane. Nothing that asks who somebody is belongs on the second.
fn planes(context: &Context, roles: &Roles) -> Result<(OpenApiRouter, OpenApiRouter), GatewayError> {
    let well_known = WellKnown {
        anonymous_plane: context.urls.anonymous.clone(),
        identified_plane: context.urls.identified.clone(),
        ledger_policy: roles.ledger.policy_text(),
        anchors: pki::anchors_pem(&context.dir)?,
    };
    let both = || routes::health::router().merge(routes::trust::router(well_known.clone()));
    let recovery = RecoveryRoutes {
        recovery: roles.recovery.clone(),
        eid: Arc::new(EidVerifier::new(context)?),
        audience: routes::recovery::audience(&context.urls.identified),
    };
    let identified = both()
        .merge(routes::pages::identified(&context.urls))
        .merge(routes::issuance::router(roles.eid_issuer.clone()))
        .merge(routes::presentation::router(roles.relying_party.clone()))
        .merge(routes::eligibility::router(routes::eligibility::Desks::new(roles.desks.iter().cloned())))
        .merge(routes::services::router(roles.services.clone()))
        .merge(routes::recovery::router(recovery));
    let anonymous = both()
        .merge(routes::pages::board(roles.ledger.clone()))
        .merge(routes::ledger::router(roles.ledger.clone()))
        .merge(routes::elections::router(roles.ledger.clone()));
    Ok((identified, anonymous))
}

async fn bind(address: SocketAddr) -> Result<TcpListener, GatewayError> {
    TcpListener::bind(address).await.map_err(|source| GatewayError::Bind { address, source })
}

pub(crate) fn http_client() -> Result<reqwest::Client, GatewayError> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(20))
        .build()
        .map_err(|error| GatewayError::Config(error.to_string()))
}

/// What both planes have in common: the page of routes, limits, headers and the log line.
fn finish(plane: &'static str, routes: OpenApiRouter) -> Router {
    let (router, api) = routes.split_for_parts();
    router
        .merge(routes::docs::router(plane, api))
        .layer(DefaultBodyLimit::max(BODY_CAP))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_LIMIT))
        .layer(map_response(refusals_in_one_form))
        .layer(header_layer(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header_layer(header::REFERRER_POLICY, "no-referrer"))
        .layer(header_layer(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ))
        .layer(from_fn(move |request, next| log(plane, request, next)))
}

/// What the framework refuses by itself (a body that is no such JSON, a wrong method, too much) gets the form that every
/// other refusal has. The framework's own words may quote what was sent, and are dropped.
async fn refusals_in_one_form(response: Response) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_plain = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !(response.status().is_client_error() && is_plain) {
        return response;
    }
    let mut refusal = ApiError::of_status(response.status()).into_response();
    for (name, value) in response.headers() {
        if *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH {
            refusal.headers_mut().insert(name.clone(), value.clone());
        }
    }
    refusal
}

fn header_layer(name: header::HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// One line a request: the route's pattern, never the path itself, which may hold a pseudonym or a case number.
async fn log(plane: &'static str, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    let (status, ms) = (response.status().as_u16(), started.elapsed().as_millis() as u64);
    if plane == ANONYMOUS {
        // The time of a ballot beside the time of an e-ID request would help whoever reads the log to join them.
        tracing::debug!(plane, %method, route, status, ms);
    } else {
        tracing::info!(plane, %method, route, status, ms);
    }
    response
}

fn serve(listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let until_stopped = async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(until_stopped).await {
            tracing::error!(%error, "a listener failed");
        }
    })
}

#[cfg(test)]
mod tests {
    use axum::Json;
    use axum::body::{Body, to_bytes};
    use axum::routing::post;
    use serde::Deserialize;
    use tower::ServiceExt;

    use super::*;

    #[derive(Deserialize)]
    struct Wanted {
        _number: u32,
    }

    async fn ask(method: &str, path: &str, body: &str) -> (StatusCode, serde_json::Value) {
        let routes = OpenApiRouter::new().route("/number", post(async |Json(_): Json<Wanted>| "taken"));
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = finish("test", routes).oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), BODY_CAP).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    #[tokio::test]
    async fn what_the_framework_refuses_has_the_one_form_and_quotes_nothing() {
        let canary = r#"{"_number":"19900517"}"#;
        for (method, path, body, status, code) in [
            ("POST", "/number", canary, StatusCode::UNPROCESSABLE_ENTITY, "malformed"),
            ("POST", "/number", "{", StatusCode::BAD_REQUEST, "malformed"),
            ("GET", "/number", "", StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            ("GET", "/nowhere", "", StatusCode::NOT_FOUND, "not_found"),
            ("POST", "/number", &" ".repeat(BODY_CAP + 1), StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        ] {
            let (answered, body) = ask(method, path, body).await;
            assert_eq!((answered, &body["error"]), (status, &code.into()), "{method} {path}");
            assert!(!body.to_string().contains("19900517"));
        }
        let (status, _) = ask("POST", "/number", r#"{"_number":7}"#).await;
        assert_eq!(status, StatusCode::OK);
    }
}
