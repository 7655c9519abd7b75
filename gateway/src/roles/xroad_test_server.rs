//! TEST DOUBLE of an X-Road security server, for tests and the demo. It speaks the REST wire format of X-Road 7.8
//! on a loopback listener of its own (`protocol.md §6.2`): header rules, request hash, filtered headers, rewritten
//! path, response headers, metaservices, errors. It has no mutual TLS, signs and logs nothing, and knows one
//! provider, [`PublicBody`], which runs in the same process.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use kodanik_services::address::{ClientId, ServiceId};
use kodanik_services::headers::Headers;
use kodanik_services::message::{MAX_BODY, Method, RestRequest, RestResponse, is_hashed, is_hop_header};
use kodanik_services::signature::HopInvariant;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;
use uuid::Uuid;

use super::public_body::{Call, PublicBody};
use crate::error::GatewayError;

/// A running double.
#[derive(Debug)]
pub struct XroadTestServer {
    /// Where it listens.
    pub url: Url,
    state: Arc<Double>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Double {
    allowed: ClientId,
    body: PublicBody,
    lose: AtomicUsize,
}

/// A fault in X-Road's dialect of 7.8.
struct Fault(StatusCode, &'static str, &'static str);

impl XroadTestServer {
    /// Starts on a free loopback port. `allowed` is the one subsystem that has the right to call the provider.
    ///
    /// # Errors
    /// Where nothing can listen. Must be called inside a tokio runtime.
    pub fn start(body: PublicBody, allowed: ClientId) -> Result<Self, GatewayError> {
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let bind = |source| GatewayError::Bind { address, source };
        let listener = std::net::TcpListener::bind(address).map_err(bind)?;
        listener.set_nonblocking(true).map_err(bind)?;
        let bound = listener.local_addr().map_err(bind)?;
        let listener = TcpListener::from_std(listener).map_err(bind)?;
        let url = Url::parse(&format!("http://{bound}"))
            .map_err(|error| GatewayError::Config(error.to_string()))?;
        let state = Arc::new(Double { allowed, body, lose: AtomicUsize::new(0) });
        let router = Router::new().fallback(handle).with_state(state.clone());
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the X-Road test server failed");
            }
        });
        Ok(Self { url, state, task })
    }

    /// Lets the provider handle the next `count` calls and loses their answers, as a broken line does.
    pub fn lose_answers(&self, count: usize) {
        self.state.lose.store(count, Ordering::SeqCst);
    }
}

impl Drop for XroadTestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn handle(State(double): State<Arc<Double>>, request: Request) -> Response<Body> {
    let response = match double.answer(request).await {
        Ok(response) => response,
        Err(fault) => fault.response(),
    };
    to_http(response)
}

impl Double {
    async fn answer(&self, request: Request) -> Result<RestResponse, Fault> {
        if request.method() == "GET" && request.uri().path() == "/listClients" {
            return Ok(json_response(&self.list_clients()));
        }
        let request = read(request).await?;
        let service = request.path().service().clone();
        match (request.method(), service.service_code.as_str()) {
            (Method::Get, "listMethods" | "allowedMethods") => self.list_methods(&request, &service),
            (Method::Get, "getOpenAPI") => self.open_api(&request, &service),
            _ => self.forward(&request, &service).await,
        }
    }

    async fn forward(&self, request: &RestRequest, service: &ServiceId) -> Result<RestResponse, Fault> {
        self.check_provider(service)?;
        if !self.body.descriptions().iter().any(|(code, _)| *code == service.service_code) {
            return Err(Fault(
                StatusCode::INTERNAL_SERVER_ERROR,
                "server.serverproxy.unknown_service",
                "Unknown service",
            ));
        }
        if *request.client() != self.allowed {
            return Err(Fault(
                StatusCode::INTERNAL_SERVER_ERROR,
                "server.serverproxy.access_denied",
                "Request is not allowed",
            ));
        }
        let request_id = Uuid::new_v4().to_string();
        let generated = format!("{}-{}", service.instance, Uuid::new_v4());
        let mut headers = request.headers().clone();
        push(&mut headers, "x-road-request-id", &request_id);
        if request.x_road_id().is_none() {
            push(&mut headers, "x-road-id", &generated);
        }
        let view = HopInvariant {
            method: request.method(),
            query: request.query(),
            headers: &headers,
            body: request.body(),
        };
        let (client, tail) = (request.client(), request.path().tail());
        let response = self.body.answer(Call { client, service, tail, request: view }).await;
        if self.lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err(Fault(
                StatusCode::INTERNAL_SERVER_ERROR,
                "server.clientproxy.network_error",
                "Connection reset",
            ));
        }
        Ok(self.complete(response, request, &request_id, &generated))
    }

    /// What security servers do to a response: drop what belongs to a hop or claims to be X-Road's, add their own.
    fn complete(
        &self,
        response: RestResponse,
        request: &RestRequest,
        request_id: &str,
        generated: &str,
    ) -> RestResponse {
        let own = |name: &str| !is_hop_header(name) && !name.to_ascii_lowercase().starts_with("x-road-");
        let mut headers = response.headers.filtered(own);
        push(&mut headers, "x-road-id", request.x_road_id().unwrap_or(generated));
        push(&mut headers, "x-road-client", &request.client().to_string());
        push(&mut headers, "x-road-service", &request.path().service().to_string());
        push(&mut headers, "x-road-request-id", request_id);
        push(&mut headers, "x-road-request-hash", &request.request_hash(request_id, generated));
        RestResponse { headers, ..response }
    }

    fn check_provider(&self, service: &ServiceId) -> Result<(), Fault> {
        let fault =
            Fault(StatusCode::INTERNAL_SERVER_ERROR, "server.clientproxy.unknown_member", "Unknown member");
        if service.provider() == *self.body.address() { Ok(()) } else { Err(fault) }
    }

    fn list_clients(&self) -> Value {
        let member = |id: &ClientId| {
            json!({"id": {
                "object_type": "SUBSYSTEM", "xroad_instance": id.instance, "member_class": id.member_class,
                "member_code": id.member_code, "subsystem_code": id.subsystem,
            }})
        };
        json!({"member": [member(&self.allowed), member(self.body.address())]})
    }

    fn list_methods(&self, request: &RestRequest, service: &ServiceId) -> Result<RestResponse, Fault> {
        if service.provider() != *self.body.address() {
            // a subsystem without services, such as the gateway's own
            return Ok(json_response(&json!({"service": []})));
        }
        let allowed = service.service_code == "listMethods" || *request.client() == self.allowed;
        let record = |(code, openapi): &(&str, Value)| {
            let endpoints: Vec<Value> = endpoints(openapi);
            json!({
                "object_type": "SERVICE", "service_type": "OPENAPI", "xroad_instance": service.instance,
                "member_class": service.member_class, "member_code": service.member_code,
                "subsystem_code": service.subsystem, "service_code": code, "endpoint_list": endpoints,
            })
        };
        let services: Vec<Value> = self.body.descriptions().iter().filter(|_| allowed).map(record).collect();
        Ok(json_response(&json!({"service": services})))
    }

    fn open_api(&self, request: &RestRequest, service: &ServiceId) -> Result<RestResponse, Fault> {
        self.check_provider(service)?;
        let code = request.query().and_then(|query| query.strip_prefix("serviceCode="));
        let found = self.body.descriptions().into_iter().find(|(other, _)| Some(*other) == code);
        let fault =
            Fault(StatusCode::INTERNAL_SERVER_ERROR, "server.serverproxy.unknown_service", "Unknown service");
        found.map(|(_, openapi)| json_response(&openapi)).ok_or(fault)
    }
}

fn endpoints(openapi: &Value) -> Vec<Value> {
    let paths = openapi["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.map(move |(method, _)| json!({"method": method.to_ascii_uppercase(), "path": path}))
        })
        .collect()
}

async fn read(request: Request) -> Result<RestRequest, Fault> {
    let bad = |_| Fault(StatusCode::BAD_REQUEST, "client.invalid_request", "Invalid request");
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| bad(()))?;
    let field = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        value.to_str().ok().map(|value| (name.as_str().to_owned(), value.to_owned()))
    };
    let fields = parts.headers.iter().map(field).collect::<Option<Vec<_>>>().ok_or_else(|| bad(()))?;
    let headers = Headers::parse(fields).map_err(|_| bad(()))?;
    let (path, query) = (parts.uri.path(), parts.uri.query());
    RestRequest::parse_lenient(parts.method.as_str(), path, query, &headers, body.to_vec())
        .map_err(|_| bad(()))
}

impl Fault {
    fn response(&self) -> RestResponse {
        let Self(status, code, message) = self;
        let body = json!({"type": code, "message": message, "detail": Uuid::new_v4().to_string()});
        let mut response = RestResponse { status: status.as_u16(), ..json_response(&body) };
        push(&mut response.headers, "x-road-error", code);
        response
    }
}

fn json_response(body: &Value) -> RestResponse {
    let mut headers = Headers::new();
    push(&mut headers, "content-type", "application/json;charset=utf-8");
    RestResponse { status: 200, headers, body: body.to_string().into_bytes() }
}

/// Adds a field; one that does not fit is left out, and whoever needs it notices.
fn push(headers: &mut Headers, name: &str, value: &str) {
    let before = headers.clone();
    if headers.push(name, value).is_err() {
        *headers = before;
    }
}

fn to_http(response: RestResponse) -> Response<Body> {
    let mut http = Response::builder().status(response.status);
    for (name, value) in
        response.headers.iter().filter(|(name, _)| is_hashed(name) || name.starts_with("x-road-"))
    {
        http = http.header(name, value);
    }
    let failed = |_| {
        let mut failed = Response::new(Body::empty());
        *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        failed
    };
    http.body(Body::from(response.body)).unwrap_or_else(failed)
}
