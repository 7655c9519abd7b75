//! The way to the security server. Requests leave exactly as they were composed, or not at all.

use axum::http::StatusCode;
use kodanik_services::address::{ClientId, RestPath, ServiceId, UserId};
use kodanik_services::error::Fault;
use kodanik_services::headers::Headers;
use kodanik_services::message::{MAX_BODY, Method, RestResponse, StrictRequest, is_hop_header};
use kodanik_services::tracker::CaseStatus;
use thiserror::Error;
use url::Url;

/// Why X-Road brought no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unreachable {
    /// X-Road itself failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The answer is too large or not readable.
    #[error("the security server's answer cannot be read")]
    Malformed,
    /// No connection, or no answer in time. The request may have arrived.
    #[error("the security server does not answer")]
    NoAnswer,
    /// Nothing under this name, says the provider.
    #[error("the provider knows nothing of this name")]
    NotFound,
    /// The address cannot be written into a URL unchanged.
    #[error("the address cannot be forwarded unchanged")]
    Path,
}

#[derive(Debug)]
pub(super) struct SecurityServer {
    http: reqwest::Client,
    base: Url,
    client: ClientId,
}

impl SecurityServer {
    pub(super) fn new(http: reqwest::Client, base: Url, client: ClientId) -> Self {
        Self { http, base, client }
    }

    /// Forwards a citizen's request.
    pub(super) async fn forward(&self, request: &StrictRequest) -> Result<RestResponse, Unreachable> {
        let request = request.as_request();
        let url = self.url(request.path().as_str(), request.query())?;
        self.send(request.method(), url, request.headers(), request.body().to_vec()).await
    }

    /// GET of a metaservice or a case's status, in the gateway's own name.
    pub(super) async fn get(
        &self,
        path: &str,
        query: Option<&str>,
        extra: &[(&str, String)],
    ) -> Result<RestResponse, Unreachable> {
        let mut headers = Headers::new();
        let own = [("accept", "application/json".to_owned()), ("x-road-client", self.client.to_string())];
        for (name, value) in own.iter().chain(extra) {
            headers.push(name, value).map_err(|_| Unreachable::Malformed)?;
        }
        let response = self.send(Method::Get, self.url(path, query)?, &headers, Vec::new()).await?;
        match Fault::of(&response.headers, &response.body) {
            Some(fault) => Err(fault.into()),
            None if response.status == 404 => Err(Unreachable::NotFound),
            None if response.status != 200 => Err(Unreachable::Malformed),
            None => Ok(response),
        }
    }

    pub(super) async fn case_status(
        &self,
        service: &ServiceId,
        case: &str,
        user: &UserId,
        id: &str,
    ) -> Result<CaseStatus, Unreachable> {
        if case.is_empty() || !case.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            return Err(Unreachable::NotFound);
        }
        let path = RestPath::new(service, &format!("/cases/{case}/status")).map_err(|_| Unreachable::Path)?;
        let extra = [("x-road-id", id.to_owned()), ("x-road-userid", user.to_string())];
        let response = self.get(path.as_str(), None, &extra).await?;
        serde_json::from_slice(&response.body).map_err(|_| Unreachable::Malformed)
    }

    /// The URL whose path and query are byte for byte those that were signed.
    fn url(&self, path: &str, query: Option<&str>) -> Result<Url, Unreachable> {
        let mut url = self.base.clone();
        url.set_path(path);
        url.set_query(query);
        let unchanged = url.path() == path && url.query() == query;
        unchanged.then_some(url).ok_or(Unreachable::Path)
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        headers: &Headers,
        body: Vec<u8>,
    ) -> Result<RestResponse, Unreachable> {
        let method = reqwest::Method::from_bytes(method.as_str().as_bytes());
        let mut request = self.http.request(method.map_err(|_| Unreachable::Malformed)?, url);
        for (name, value) in headers.iter() {
            request = request.header(name, value);
        }
        if !body.is_empty() {
            request = request.body(body);
        }
        read(request.send().await.map_err(|_| Unreachable::NoAnswer)?).await
    }
}

async fn read(mut response: reqwest::Response) -> Result<RestResponse, Unreachable> {
    let status = response.status().as_u16();
    let field = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        value.to_str().ok().map(|value| (name.as_str().to_owned(), value.to_owned()))
    };
    let fields = response.headers().iter().filter(|(name, _)| !is_hop_header(name.as_str()));
    let fields = fields.map(field).collect::<Option<Vec<_>>>().ok_or(Unreachable::Malformed)?;
    let headers = Headers::parse(fields).map_err(|_| Unreachable::Malformed)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Unreachable::NoAnswer)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BODY {
            return Err(Unreachable::Malformed);
        }
    }
    Ok(RestResponse { status, headers, body })
}

impl Unreachable {
    /// The status and the stable code that a wallet is told.
    pub fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Fault(_) => (StatusCode::BAD_GATEWAY, "x_road_fault"),
            Self::Malformed => (StatusCode::BAD_GATEWAY, "x_road_malformed"),
            Self::NoAnswer => (StatusCode::GATEWAY_TIMEOUT, "x_road_no_answer"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::Path => (StatusCode::BAD_REQUEST, "unforwardable"),
        }
    }
}
