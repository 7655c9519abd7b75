//! Who signed: certificates (RFC 5280 on P-256 with SHA-256 alone) that chain to an anchor pinned beforehand.
//! protocol.md §4.1.3.
//!
//! A peer sends its certificates in `x5c`, leaf first and never the anchor. [`TrustAnchors::verify`] gives a
//! [`VerifiedParty`], the only source of a peer's name. A certificate is for one [`Purpose`]: what a relying party
//! holds signs no e-ID.

mod certificate;
pub mod make;

use kodanik_crypto::encoding::{Bytes, to_base64url};
use kodanik_crypto::signature::{Signature, VerifyingKey};
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::sha256;
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, UnixTime, alg_id,
};
use thiserror::Error;
use webpki::{EndEntityCert, KeyUsage};
use x509_cert::Certificate;
use x509_cert::ext::pkix::BasicConstraints;

use crate::jose::{JoseError, UnverifiedJws, VerifiedJws};

/// Certificates in one `x5c`, at most.
pub const MAX_CHAIN: usize = 4;
/// Bytes of DER in one certificate, at most.
pub const MAX_CERTIFICATE: usize = 8 * 1024;
/// Anchors in one set, at most.
pub const MAX_ANCHORS: usize = 64;

/// Why a party is not known to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TrustError {
    // The peer misbehaved.
    /// The anchor, or another self-issued certificate, is among the certificates sent.
    #[error("a self-issued certificate is in the chain")]
    AnchorInChain,
    /// Not DER of a certificate that we understand, or a key that is not on P-256.
    #[error("a certificate is malformed or not on P-256")]
    Certificate,
    /// The signed object is refused.
    #[error("{0}")]
    Jose(#[from] JoseError),
    /// The leaf may not sign documents, or an issuer may not sign certificates.
    #[error("a certificate may not sign this")]
    KeyUsage,
    /// No certificates, more than [`MAX_CHAIN`], or one above [`MAX_CERTIFICATE`].
    #[error("no certificates, too many, or too large ones")]
    Length,
    /// No subject name, or one with control characters.
    #[error("the certificate's subject has no name that can be shown")]
    Name,
    /// The leaf was issued for another purpose.
    #[error("the certificate is for another purpose")]
    Purpose,
    // The citizen can know better: an unknown party, or a wrong clock.
    /// The chain does not end at an anchor that is pinned here and valid now.
    #[error("the certificates do not lead to a trust anchor")]
    Unknown,
    /// A certificate has expired, or is not valid yet.
    #[error("a certificate is not valid at this time")]
    Validity,
    // The operator misconfigured us.
    /// An anchor is not a certificate authority's self-signed certificate, or there are more than [`MAX_ANCHORS`].
    #[error("not a trust anchor")]
    Anchor,
    /// Not PEM of a certificate or of a P-256 private key.
    #[error("not PEM of the expected kind")]
    Pem,
}

/// What a leaf certificate is for: its extended key usage (RFC 5280 section 4.2.1.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Signs ledger heads and election documents.
    Log,
    /// Signs e-IDs and the metadata of their issuer.
    PidIssuer,
    /// Provides a wallet or a public service.
    Provider,
    /// Registers what relying parties may ask for.
    Registrar,
    /// Asks citizens for claims.
    RelyingParty,
    /// Signs status lists.
    Status,
}

impl Purpose {
    /// The DER value (without tag and length) of the object identifier 1.3.6.1.4.1.32473.1.n. 32473 is RFC 5612's
    /// number, until one is assigned to the project.
    const fn oid(self) -> &'static [u8] {
        match self {
            Self::PidIssuer => &[0x2b, 6, 1, 4, 1, 0x81, 0xfd, 0x59, 1, 1],
            Self::RelyingParty => &[0x2b, 6, 1, 4, 1, 0x81, 0xfd, 0x59, 1, 2],
            Self::Status => &[0x2b, 6, 1, 4, 1, 0x81, 0xfd, 0x59, 1, 3],
            Self::Log => &[0x2b, 6, 1, 4, 1, 0x81, 0xfd, 0x59, 1, 4],
            Self::Provider => &[0x2b, 6, 1, 4, 1, 0x81, 0xfd, 0x59, 1, 5],
            Self::Registrar => &[0x2b, 6, 1, 4, 1, 0x81, 0xfd, 0x59, 1, 6],
        }
    }
}

/// The authorities that are believed, pinned beforehand.
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors(Vec<PinnedAnchor>);

#[derive(Clone, Debug)]
struct PinnedAnchor {
    der: CertificateDer<'static>,
    parsed: Certificate,
    /// Intermediate authorities that may follow it.
    path_len: Option<u8>,
}

impl TrustAnchors {
    /// Reads the self-signed certificates of authorities, one or more PEM blocks.
    pub fn from_pem(pem: &[u8]) -> Result<Self, TrustError> {
        let mut anchors = Self::default();
        for der in make::certificates_from_pem(pem)? {
            anchors.push(&der)?;
        }
        Ok(anchors)
    }

    /// Adds the anchors of `other`.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many anchors are pinned.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody is believed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn push(&mut self, der: &[u8]) -> Result<(), TrustError> {
        let parsed = certificate::parse(der).map_err(|_| TrustError::Anchor)?;
        let constraints = certificate::extension::<BasicConstraints>(&parsed)?.ok_or(TrustError::Anchor)?;
        if !constraints.ca || !certificate::may_sign_certificates(&parsed)? || self.0.len() == MAX_ANCHORS {
            return Err(TrustError::Anchor);
        }
        let der = CertificateDer::from(der.to_vec());
        webpki::anchor_from_trusted_cert(&der).map_err(|_| TrustError::Anchor)?;
        self.0.push(PinnedAnchor { der, parsed, path_len: constraints.path_len_constraint });
        Ok(())
    }

    /// Follows `x5c` (DER, leaf first) to a pinned anchor at `now`, and demands that the leaf is for `purpose`.
    pub fn verify(
        &self,
        x5c: &[Vec<u8>],
        purpose: Purpose,
        now: UnixSeconds,
    ) -> Result<VerifiedParty, TrustError> {
        let in_bounds = |der: &Vec<u8>| der.len() <= MAX_CERTIFICATE;
        if x5c.is_empty() || x5c.len() > MAX_CHAIN || !x5c.iter().all(in_bounds) {
            return Err(TrustError::Length);
        }
        let chain = x5c.iter().map(|der| certificate::parse(der)).collect::<Result<Vec<_>, _>>()?;
        if chain.iter().any(certificate::is_self_issued) {
            return Err(TrustError::AnchorInChain);
        }
        certificate::check_usage(&chain, purpose)?;
        self.check_path(x5c, purpose, now)?;
        VerifiedParty::read(&x5c[0], &chain)
    }

    /// [`Self::verify`] on the header's `x5c`, then the signature by the leaf's key and the `typ`.
    pub fn verify_jws(
        &self,
        jws: UnverifiedJws,
        purpose: Purpose,
        typ: &str,
        now: UnixSeconds,
    ) -> Result<(VerifiedJws, VerifiedParty), TrustError> {
        let party = self.verify(&jws.header().x5c, purpose, now)?;
        Ok((jws.verify(party.key(), typ)?, party))
    }

    fn check_path(&self, x5c: &[Vec<u8>], purpose: Purpose, now: UnixSeconds) -> Result<(), TrustError> {
        let mut verdict = Err(TrustError::Unknown);
        for anchor in self.0.iter().filter(|anchor| certificate::is_valid_at(&anchor.parsed, now)) {
            match anchor.check_path(x5c, purpose, now) {
                Ok(()) => return Ok(()),
                Err(TrustError::Unknown) => {}
                // A known anchor's chain with a fault says more than "unknown".
                Err(fault) => verdict = Err(fault),
            }
        }
        verdict
    }
}

impl PinnedAnchor {
    fn check_path(&self, x5c: &[Vec<u8>], purpose: Purpose, now: UnixSeconds) -> Result<(), TrustError> {
        if self.path_len.is_some_and(|most| x5c.len() - 1 > usize::from(most)) {
            return Err(TrustError::Unknown);
        }
        let anchor = webpki::anchor_from_trusted_cert(&self.der).map_err(|_| TrustError::Anchor)?;
        let chain: Vec<CertificateDer<'_>> = x5c.iter().map(|der| der.as_slice().into()).collect();
        let anchors = [anchor];
        let leaf = EndEntityCert::try_from(&chain[0]).map_err(certificate::fault)?;
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now.0));
        let usage = KeyUsage::required_if_present(purpose.oid());
        let path = leaf
            .verify_for_usage(&[&EcdsaP256Sha256], &anchors, &chain[1..], time, usage, None, None)
            .map_err(certificate::fault)?;
        // Every certificate that was sent is part of the path, in its place: no stowaways.
        let used = path.intermediate_certificates().map(|issuer| issuer.der());
        if used.eq(chain[1..].iter().cloned()) { Ok(()) } else { Err(TrustError::Unknown) }
    }
}

/// A party whose certificate chains to an anchor. Made by [`TrustAnchors::verify`] alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedParty {
    name: String,
    dns_names: Vec<String>,
    uris: Vec<String>,
    key: VerifyingKey,
    leaf_hash: Bytes<32>,
    authorities: Vec<Vec<u8>>,
}

impl VerifiedParty {
    fn read(leaf_der: &[u8], chain: &[Certificate]) -> Result<Self, TrustError> {
        let leaf = &chain[0];
        let (dns_names, uris) = certificate::alternative_names(leaf)?;
        Ok(Self {
            name: certificate::name(leaf)?,
            dns_names,
            uris,
            key: certificate::key(leaf)?,
            leaf_hash: Bytes(sha256(leaf_der)),
            authorities: chain.iter().filter_map(certificate::authority_key_id).collect(),
        })
    }

    /// The subject's organization, or its common name where it has none. Free of control characters.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The DNS names of the subject.
    pub fn dns_names(&self) -> &[String] {
        &self.dns_names
    }

    /// The URIs of the subject: issuer identifiers, service addresses.
    pub fn uris(&self) -> &[String] {
        &self.uris
    }

    /// The key that the leaf certifies.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// SHA-256 of the leaf's DER.
    pub fn leaf_hash(&self) -> Bytes<32> {
        self.leaf_hash
    }

    /// The client identifier `x509_hash:<base64url>` (OpenID4VP 1.0 section 5.9.3).
    pub fn client_id(&self) -> String {
        format!("x509_hash:{}", self.leaf_hash)
    }

    /// The authority key identifiers of the chain, leaf's first: what DCQL's `aki` is compared with.
    pub fn authorities(&self) -> &[Vec<u8>] {
        &self.authorities
    }
}

/// The part after `x509_hash:` for a leaf in DER.
pub fn x509_hash(leaf: &[u8]) -> String {
    to_base64url(sha256(leaf))
}

/// The one signature algorithm of our certificates.
#[derive(Debug)]
struct EcdsaP256Sha256;

impl SignatureVerificationAlgorithm for EcdsaP256Sha256 {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let key = VerifyingKey::from_uncompressed_sec1(key).map_err(|_| InvalidSignature)?;
        let signature = Signature::from_der(signature).map_err(|_| InvalidSignature)?;
        key.verify(message, &signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P256
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA256
    }
}

#[cfg(test)]
mod tests;
