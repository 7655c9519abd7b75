//! A shown e-ID, verified all the way: the issuer's chain, the key binding, and that it was not revoked.

use kodanik_crypto::signature::VerifyingKey;
use kodanik_identity::sd_jwt::{Expected, SdJwtError, UnverifiedPresentation};
use kodanik_identity::status::{Status, StatusReference};
use kodanik_identity::trust::TrustAnchors;
use kodanik_services::address::UserId;
use serde_json::Value;
use thiserror::Error;

use crate::clock::Clock;
use crate::context::Context;
use crate::error::GatewayError;
use crate::pki;
use crate::status::StatusClient;

/// The e-ID's type: the EU PID as SD-JWT VC.
pub const PID_TYPE: &str = "urn:eudi:pid:1";
/// The claim that names the person.
pub const NUMBER_CLAIM: &str = "personal_administrative_number";

/// Why a shown e-ID is not accepted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EidRefused {
    /// The credential or its key binding.
    #[error("the e-ID: {0}")]
    Credential(#[from] SdJwtError),
    /// The claim that names the person was not shown.
    #[error("the personal number was not shown")]
    NoNumber,
    /// Revoked.
    #[error("the e-ID was revoked")]
    Revoked,
    /// The status list cannot be had or read now: nobody is let in on a guess.
    #[error("the e-ID's status cannot be checked now")]
    StatusUnavailable,
    /// Suspended for the time being.
    #[error("the e-ID is suspended")]
    Suspended,
    /// Another kind of credential.
    #[error("not an e-ID")]
    WrongType,
}

/// An e-ID that was shown, verified, and is in force.
#[derive(Clone, Debug)]
pub struct ShownEid {
    /// The device key it is bound to, which signed the key binding.
    pub key: VerifyingKey,
    claims: Value,
    number: String,
}

impl ShownEid {
    /// The person's number.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// A claim that is text, where shown.
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.claims[name].as_str()
    }

    /// The person as X-Road names one: of the issuing country where that was shown, else of `home`.
    pub fn user(&self, home: &str) -> Option<UserId> {
        UserId::new(self.claim("issuing_country").unwrap_or(home), &self.number).ok()
    }
}

/// Verifies e-IDs that come with a request, outside OpenID4VP.
#[derive(Debug)]
pub struct EidVerifier {
    anchors: TrustAnchors,
    clock: Clock,
    status: StatusClient,
}

impl EidVerifier {
    /// A verifier that believes the issuers that this gateway trusts.
    pub fn new(context: &Context) -> Result<Self, GatewayError> {
        Ok(Self {
            anchors: pki::anchors(&context.dir)?,
            clock: context.clock.clone(),
            status: StatusClient::new(context)?,
        })
    }

    /// Verifies an SD-JWT + KB that was made for `audience` with `nonce`.
    pub async fn verify(
        &self,
        presentation: &str,
        nonce: &str,
        audience: &str,
    ) -> Result<ShownEid, EidRefused> {
        let expected = Expected { nonce, audience, now: self.clock.now() };
        let shown = UnverifiedPresentation::parse(presentation)?.verify(&self.anchors, &expected)?;
        let credential = shown.credential;
        if credential.vct() != PID_TYPE {
            return Err(EidRefused::WrongType);
        }
        match credential.status() {
            Some(reference) => self.check_status(reference).await?,
            None if credential.is_short_lived() => {}
            None => return Err(EidRefused::StatusUnavailable),
        }
        let claims = credential.claims().clone();
        let number = claims[NUMBER_CLAIM].as_str().ok_or(EidRefused::NoNumber)?.to_owned();
        Ok(ShownEid { key: *credential.holder_key(), claims, number })
    }

    /// The present status, fetched now: a revoked e-ID is refused from that moment on.
    async fn check_status(&self, reference: &StatusReference) -> Result<(), EidRefused> {
        match self.status.look_up(reference).await.ok_or(EidRefused::StatusUnavailable)? {
            Status::Valid => Ok(()),
            Status::Suspended => Err(EidRefused::Suspended),
            Status::ApplicationSpecific | Status::Invalid => Err(EidRefused::Revoked),
        }
    }
}
