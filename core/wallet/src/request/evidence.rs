//! Evidence: what proves to anyone that this was asked and that was answered.

use kodanik_crypto::time::UnixSeconds;
use kodanik_identity::sd_jwt::{Expected, UnverifiedPresentation};
use kodanik_identity::trust::{Purpose, TrustAnchors, VerifiedParty};
use kodanik_services::address::ServiceId;
use kodanik_services::evidence::{UnverifiedEvidence, VerifiedEvidence};
use kodanik_services::message::{RestResponse, StrictRequest};

use super::RequestError;
use crate::error::{Misbehaviour, Misuse, WalletError};
use crate::store::Table;
use crate::wallet::Wallet;

/// What evidence says, every word of it verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceReport {
    /// When the provider signed its answer.
    pub answered: UnixSeconds,
    /// The provider's name out of its certificate.
    pub provider: String,
    /// X-Road's hash of the request, computed again.
    pub request_hash: String,
    /// X-Road's id of the attempt.
    pub request_id: String,
    /// The service.
    pub service: ServiceId,
    /// The provider's HTTP status.
    pub status: u16,
    /// The request's id.
    pub x_road_id: String,
}

pub(super) fn row_id(request: &str) -> String {
    format!("service:{request}")
}

impl Wallet {
    /// The evidence file of an answered request, as it was stored: canonical JSON.
    pub fn evidence_file(&self, request: &str) -> Result<Vec<u8>, WalletError> {
        let bytes = self.store().get_bytes(Table::Evidence, &row_id(request))?.ok_or(Misuse::NotFound)?;
        Ok(bytes.expose().to_vec())
    }

    /// Verifies an evidence file offline: the citizen's e-ID and signature, X-Road's hash, the provider's certificate
    /// and signature.
    pub fn verify_evidence(&self, file: &[u8]) -> Result<EvidenceReport, WalletError> {
        Ok(self.open_evidence(file)?.1)
    }

    pub(super) fn open_evidence(
        &self,
        file: &[u8],
    ) -> Result<(VerifiedEvidence, EvidenceReport), WalletError> {
        let evidence = UnverifiedEvidence::parse(file).map_err(RequestError::from)?;
        Ok(verify(evidence, &self.anchors()?)?)
    }

    pub(super) fn keep_evidence(
        &self,
        request: StrictRequest,
        response: RestResponse,
    ) -> Result<(Vec<u8>, VerifiedEvidence, EvidenceReport), WalletError> {
        let anchors = self.anchors()?;
        let kept = || -> Result<_, RequestError> {
            let evidence = UnverifiedEvidence::new(request, response)?;
            let file = evidence.to_bytes()?;
            let (verified, report) = verify(evidence, &anchors)?;
            Ok((file, verified, report))
        };
        kept().map_err(|error| Misbehaviour::new("provider", "answer_not_verifiable", error).into())
    }
}

/// Certificates and the e-ID are judged at the moment the citizen signed, which both signatures enclose.
fn verify(
    evidence: UnverifiedEvidence,
    anchors: &TrustAnchors,
) -> Result<(VerifiedEvidence, EvidenceReport), RequestError> {
    let claimed = evidence.claimed();
    let (now, service) = (claimed.created, claimed.path.service().clone());
    let audience = service.to_string();
    let expected = Expected { nonce: &claimed.nonce, audience: &audience, now };
    let presentation = evidence.presentation().ok_or(RequestError::NoEid)?;
    let shown = UnverifiedPresentation::parse(presentation)?.verify(anchors, &expected)?;
    let citizen = *shown.credential.holder_key();
    let party = anchors.verify(&evidence.provider_chain()?, Purpose::Provider, now)?;
    check_provider(&party, &service)?;
    let verified = evidence.verify(&citizen, party.key())?;
    let report = EvidenceReport {
        answered: verified.answered,
        provider: party.name().to_owned(),
        request_hash: verified.exchange.request_hash.clone(),
        request_id: verified.exchange.request_id.clone(),
        service,
        status: verified.response.status,
        x_road_id: verified.signed.x_road_id.clone(),
    };
    Ok((verified, report))
}

/// The certificate names the subsystem: one public body cannot answer for another.
fn check_provider(party: &VerifiedParty, service: &ServiceId) -> Result<(), RequestError> {
    let subsystem = format!("x-road:{}", service.provider());
    let certified = party.uris().contains(&subsystem);
    certified.then_some(()).ok_or(RequestError::UncertifiedProvider)
}
