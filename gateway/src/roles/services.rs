//! The X-Road consumer: lets citizens' wallets reach public services through the security server
//! (`protocol.md §6.10`).
//!
//! It authenticates the wallet's hop (DPoP, bound to the e-ID's device key), checks the citizen's signature before
//! anything leaves the house, and hands the request on exactly as the wallet composed it, so that the wallet can
//! compute X-Road's hash again. It keeps no record of who asked for what: X-Road's logs are long enough.

mod catalogue;
mod hop;
mod security_server;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use kodanik_crypto::encoding::Binary;
use kodanik_crypto::time::UnixSeconds;
use kodanik_services::address::{ClientId, ServiceId, UserId};
use kodanik_services::catalogue::Service;
use kodanik_services::headers::Headers;
use kodanik_services::message::{MessageError, RestResponse, StrictRequest};
use kodanik_services::signature::SignatureRefused;
use kodanik_services::signature::request::UnverifiedRequest;
use kodanik_services::tracker::CaseStatus;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;
use uuid::Uuid;

use self::hop::HopGuard;
pub use self::hop::{Hop, HopRefused, Session, SessionToken};
use self::security_server::SecurityServer;
pub use self::security_server::Unreachable;
use crate::clock::Clock;
use crate::context::Context;
use crate::eid::{EidRefused, EidVerifier};
use crate::error::GatewayError;
use crate::pki::Authorities;
use crate::roles::public_body::PublicBody;
use crate::roles::xroad_test_server::XroadTestServer;

/// Most signatures remembered at once; each is forgotten when it expires.
const MAX_NONCES: usize = 100_000;

/// A request as a wallet hands it over: every field that X-Road will see, in order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallRequest {
    /// The method.
    pub method: String,
    /// `/r1/...`.
    pub path: String,
    /// The raw query.
    #[serde(default)]
    pub query: Option<String>,
    /// Names and values in order.
    pub headers: Headers,
    /// The body.
    pub body: Binary,
}

/// X-Road's answer, whatever it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallResponse {
    /// The status.
    pub status: u16,
    /// Names and values in order.
    pub headers: Headers,
    /// The body.
    pub body: Binary,
}

/// Why a call was not forwarded, or brought no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CallRefused {
    /// The e-ID that came along.
    #[error(transparent)]
    Eid(#[from] EidRefused),
    /// Not a request that this gateway forwards.
    #[error("the request: {0}")]
    Message(#[from] MessageError),
    /// No e-ID came along.
    #[error("no e-ID was presented")]
    NoEid,
    /// The session is of another person or device than the request.
    #[error("the request is of another person or device than the session")]
    OtherPerson,
    /// The citizen signed for another service or path.
    #[error("the citizen signed for another service")]
    OtherService,
    /// Another consumer's name, or a field without which the request cannot be forwarded unchanged.
    #[error("x-road-client and accept must be as the catalogue says")]
    OtherClient,
    /// This signature was forwarded before.
    #[error("this signature was used before")]
    Replayed,
    /// The citizen's signature.
    #[error("the citizen's signature: {0}")]
    Signature(#[from] SignatureRefused),
    /// The security server does not answer.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
}

/// The consumer.
#[derive(Debug)]
pub struct Services {
    /// The hop from the wallet.
    pub hop: HopGuard,
    client: ClientId,
    clock: Clock,
    eid: EidVerifier,
    nonces: Mutex<BTreeMap<String, UnixSeconds>>,
    server: SecurityServer,
    catalogue: Mutex<Option<(UnixSeconds, Vec<Service>)>>,
    double: Option<XroadTestServer>,
}

impl Services {
    /// Makes what the demo's provider needs, for a gateway without a security server of its own.
    pub fn init(dir: &Path, authorities: &Authorities) -> Result<(), GatewayError> {
        PublicBody::init(dir, authorities)
    }

    /// Opens the consumer. Where the configuration names no security server, the test double starts in this process,
    /// with the demo's public body behind it, and the operator is told. Must be called inside a tokio runtime.
    pub fn open(context: &Context) -> Result<Arc<Self>, GatewayError> {
        if let Some(url) = &context.config.services.security_server {
            return Ok(Arc::new(Self::open_at(context, url.clone())?));
        }
        tracing::warn!("no security server is configured: the X-Road test double runs in this process");
        let double = XroadTestServer::start(PublicBody::open(context)?, own_subsystem(context)?)?;
        let services = Self::open_at(context, double.url.clone())?;
        Ok(Arc::new(Self { double: Some(double), ..services }))
    }

    /// Opens the consumer at `security_server`.
    pub fn open_at(context: &Context, security_server: Url) -> Result<Self, GatewayError> {
        let client = own_subsystem(context)?;
        let server = SecurityServer::new(context.http.clone(), security_server, client.clone());
        Ok(Self {
            hop: HopGuard::new(context),
            client,
            clock: context.clock.clone(),
            eid: EidVerifier::new(context)?,
            nonces: Mutex::default(),
            server,
            catalogue: Mutex::default(),
            double: None,
        })
    }

    /// The test double, where it runs in this process.
    pub fn double(&self) -> Option<&XroadTestServer> {
        self.double.as_ref()
    }

    /// This gateway's subsystem.
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// Opens a session for the holder of an e-ID that was shown for `nonce`, a nonce of this gateway's.
    pub async fn open_session(
        &self,
        hop: &Hop,
        presentation: &str,
        nonce: &str,
    ) -> Result<SessionToken, CallRefused> {
        let eid = self.eid.verify(presentation, nonce, &self.hop.audience()).await?;
        let user = eid.user(&self.client.instance).ok_or(CallRefused::OtherPerson)?;
        if eid.key != hop.key {
            return Err(CallRefused::OtherPerson);
        }
        Ok(self.hop.open_session(user, eid.key))
    }

    /// Checks a request of a session's holder and forwards it.
    pub async fn call(&self, session: &Session, call: CallRequest) -> Result<RestResponse, CallRefused> {
        let CallRequest { method, path, query, headers, body } = call;
        let request = StrictRequest::parse(&method, &path, query.as_deref(), &headers, body.0)?;
        let inner = request.as_request();
        if *inner.client() != self.client || !inner.headers().contains("accept") {
            return Err(CallRefused::OtherClient);
        }
        self.check_citizen(session, &request).await?;
        Ok(self.server.forward(&request).await?)
    }

    /// The citizen's signature, with the key of the e-ID that came along, of the session's person and device.
    async fn check_citizen(&self, session: &Session, request: &StrictRequest) -> Result<(), CallRefused> {
        let unverified = UnverifiedRequest::parse(request.into())?;
        let claimed = unverified.claimed();
        if claimed.path != *request.as_request().path() {
            return Err(CallRefused::OtherService);
        }
        let presentation = unverified.presentation().ok_or(CallRefused::NoEid)?;
        let audience = claimed.path.service().to_string();
        let eid = self.eid.verify(presentation, &claimed.nonce, &audience).await?;
        let signed = unverified.verify(&eid.key, self.clock.now())?;
        let same_person = eid.user(&self.client.instance).as_ref() == Some(&signed.user);
        if !same_person || signed.user != session.user || eid.key != session.key {
            return Err(CallRefused::OtherPerson);
        }
        self.spend_nonce(&signed.nonce, signed.expires)
    }

    fn spend_nonce(&self, nonce: &str, expires: UnixSeconds) -> Result<(), CallRefused> {
        let now = self.clock.now();
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        if nonces.len() >= MAX_NONCES {
            nonces.retain(|_, expires| *expires >= now);
        }
        if nonces.len() >= MAX_NONCES || nonces.insert(nonce.to_owned(), expires).is_some() {
            return Err(CallRefused::Replayed);
        }
        Ok(())
    }

    /// Where a case of the session's person stands: state and time, nothing else.
    pub async fn case_status(
        &self,
        session: &Session,
        service: &ServiceId,
        case: &str,
    ) -> Result<CaseStatus, CallRefused> {
        let user: &UserId = &session.user;
        let id = format!("{}-{}", self.client.instance, Uuid::new_v4());
        Ok(self.server.case_status(service, case, user, &id).await?)
    }
}

fn own_subsystem(context: &Context) -> Result<ClientId, GatewayError> {
    let client = context.config.services.client.parse();
    client.map_err(|_| GatewayError::Config("services.client: not an X-Road subsystem".to_owned()))
}

#[cfg(test)]
mod tests;
