//! Metadata of the issuer (section 12.2) and of its authorization server (RFC 8414, section 12.3).

use std::collections::BTreeMap;

use kodanik_crypto::time::UnixSeconds;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::IssuanceError;
use crate::dcql::{ClaimPath, DC_SD_JWT};
use crate::endpoint::{Endpoint, EndpointPolicy};
use crate::jose::{JwsDraft, JwsHeader, UnverifiedJws};
use crate::json;
use crate::trust::{Purpose, TrustAnchors, VerifiedParty};

/// The largest metadata document, in bytes.
pub const MAX_METADATA: usize = 256 * 1024;
/// The well-known name of an issuer's metadata.
pub const CREDENTIAL_ISSUER: &str = "openid-credential-issuer";
/// The well-known name of an authorization server's metadata (RFC 8414).
pub const AUTHORIZATION_SERVER: &str = "oauth-authorization-server";
/// The `typ` of signed issuer metadata (section 12.2.3).
pub const SIGNED_METADATA_TYPE: &str = "openidvci-issuer-metadata+jwt";

const ES256: &str = "ES256";
/// How far an issuer's clock may be ahead, in seconds.
const CLOCK_SKEW: u64 = 60;

/// What an issuer offers and where.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IssuerMetadata {
    /// The issuer's identifier.
    pub credential_issuer: Endpoint,
    /// Its authorization servers; the issuer itself where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_servers: Vec<Endpoint>,
    /// Where credentials are asked for.
    pub credential_endpoint: Endpoint,
    /// Where fresh nonces are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce_endpoint: Option<Endpoint>,
    /// What can be asked for, by name.
    pub credential_configurations_supported: BTreeMap<String, CredentialConfiguration>,
    /// The issuer's names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub display: Vec<Display>,
}

/// One kind of credential that an issuer offers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CredentialConfiguration {
    /// The format, for example `dc+sd-jwt`.
    pub format: String,
    /// The type of an SD-JWT VC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vct: Option<String>,
    /// The OAuth scope that asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// How it can be bound to a key: `jwk`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cryptographic_binding_methods_supported: Vec<String>,
    /// With what it is signed: `"ES256"`, or a COSE number for other formats.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub credential_signing_alg_values_supported: Vec<Value>,
    /// Which key proofs are taken, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub proof_types_supported: BTreeMap<String, ProofType>,
    /// Names to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_metadata: Option<CredentialMetadata>,
}

/// A kind of key proof.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProofType {
    /// The algorithms taken.
    pub proof_signing_alg_values_supported: Vec<String>,
}

/// What to call a credential and its claims.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CredentialMetadata {
    /// The credential's names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub display: Vec<Display>,
    /// The claims' names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<ClaimDescription>,
}

/// What to call a claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimDescription {
    /// Which claim.
    pub path: ClaimPath,
    /// Its names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub display: Vec<Display>,
}

/// A name in a language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Display {
    /// The name.
    pub name: String,
    /// The language (RFC 5646).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

impl IssuerMetadata {
    /// Parses unsigned metadata that was fetched for `issuer`. Whoever serves it is only as known as its TLS name.
    pub fn parse(bytes: &[u8], issuer: &Endpoint, policy: EndpointPolicy) -> Result<Self, IssuanceError> {
        Self::from_value(json::parse_value(bytes, MAX_METADATA)?, issuer, policy)
    }

    /// The configuration `id`, if this crate can handle it: `dc+sd-jwt`, ES256, key binding by `jwk`, proof type `jwt`.
    pub fn usable_configuration(&self, id: &str) -> Result<&CredentialConfiguration, IssuanceError> {
        let configuration =
            self.credential_configurations_supported.get(id).ok_or(IssuanceError::Configuration)?;
        configuration.is_usable().then_some(configuration).ok_or(IssuanceError::Unsupported)
    }

    /// The authorization server to use: the one the offer names if the issuer lists it, or the only one.
    pub fn authorization_server(&self, offered: Option<&Endpoint>) -> Result<&Endpoint, IssuanceError> {
        match (offered, self.authorization_servers.as_slice()) {
            (None, []) => Ok(&self.credential_issuer),
            (None, [only]) => Ok(only),
            (None, _) => Err(IssuanceError::Identifier),
            (Some(server), servers) => {
                servers.iter().find(|listed| *listed == server).ok_or(IssuanceError::Identifier)
            }
        }
    }

    fn from_value(value: Value, issuer: &Endpoint, policy: EndpointPolicy) -> Result<Self, IssuanceError> {
        let wire: WireIssuer = json::from_value(value)?;
        if wire.credential_issuer != issuer.as_str() {
            return Err(IssuanceError::Identifier);
        }
        let parse = |text: String| Endpoint::parse(&text, policy);
        Ok(Self {
            credential_issuer: issuer.clone(),
            authorization_servers: wire
                .authorization_servers
                .into_iter()
                .map(parse)
                .collect::<Result<_, _>>()?,
            credential_endpoint: parse(wire.credential_endpoint)?,
            nonce_endpoint: wire.nonce_endpoint.map(parse).transpose()?,
            credential_configurations_supported: wire.credential_configurations_supported,
            display: wire.display,
        })
    }
}

impl CredentialConfiguration {
    /// A configuration for SD-JWT VCs of type `vct`, bound to a key that is proved by a JWT.
    pub fn sd_jwt(vct: &str) -> Self {
        let proof = ProofType { proof_signing_alg_values_supported: vec![ES256.to_owned()] };
        Self {
            format: DC_SD_JWT.to_owned(),
            vct: Some(vct.to_owned()),
            cryptographic_binding_methods_supported: vec!["jwk".to_owned()],
            credential_signing_alg_values_supported: vec![ES256.into()],
            proof_types_supported: BTreeMap::from([("jwt".to_owned(), proof)]),
            ..Self::default()
        }
    }

    fn is_usable(&self) -> bool {
        let proof_fits = self.proof_types_supported.get("jwt").is_some_and(|proof| {
            proof.proof_signing_alg_values_supported.iter().any(|algorithm| algorithm == ES256)
        });
        let signed_fits = self.credential_signing_alg_values_supported.is_empty()
            || self.credential_signing_alg_values_supported.contains(&ES256.into());
        let bound_by_jwk = self.cryptographic_binding_methods_supported.iter().any(|method| method == "jwk");
        self.format == DC_SD_JWT && self.vct.is_some() && proof_fits && signed_fits && bound_by_jwk
    }
}

/// Signs the metadata (section 12.2.3); to be finished with the key of the leaf of `x5c`.
pub fn sign_issuer_metadata(
    metadata: &IssuerMetadata,
    x5c: Vec<Vec<u8>>,
    issued: UnixSeconds,
    expires: UnixSeconds,
) -> Result<JwsDraft, IssuanceError> {
    let mut claims = json!(metadata);
    claims["sub"] = json!(metadata.credential_issuer);
    claims["iat"] = issued.0.into();
    claims["exp"] = expires.0.into();
    Ok(JwsDraft::new(&JwsHeader::new(SIGNED_METADATA_TYPE).with_x5c(x5c), &claims)?)
}

/// Parses signed metadata that was fetched for `issuer`: the chain to an anchor for e-ID issuers, the signature, `sub`
/// and `credential_issuer`, the times, and that the certificate is of this issuer's host. Also gives who signed.
pub fn parse_signed_issuer_metadata(
    text: &str,
    issuer: &Endpoint,
    anchors: &TrustAnchors,
    policy: EndpointPolicy,
    now: UnixSeconds,
) -> Result<(IssuerMetadata, VerifiedParty), IssuanceError> {
    let jws = UnverifiedJws::parse(text, MAX_METADATA)?;
    let (jws, party) = anchors.verify_jws(jws, Purpose::PidIssuer, SIGNED_METADATA_TYPE, now)?;
    let times: SignedTimes = jws.claims()?;
    if times.sub != issuer.as_str() {
        return Err(IssuanceError::Identifier);
    }
    if times.iat > now.plus(CLOCK_SKEW) || times.exp.is_some_and(|expires| expires <= now) {
        return Err(IssuanceError::NotValidNow);
    }
    if !issuer.belongs_to(&party, policy) {
        return Err(IssuanceError::UnrelatedCertificate);
    }
    let metadata = IssuerMetadata::from_value(Value::Object(jws.into_payload()), issuer, policy)?;
    Ok((metadata, party))
}

/// What an authorization server offers and where.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuthorizationServerMetadata {
    /// The server's identifier.
    pub issuer: Endpoint,
    /// Where tokens are.
    pub token_endpoint: Endpoint,
    /// The grants it takes; all that OAuth 2.0 defaults to where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grant_types_supported: Vec<String>,
    /// Whether the pre-authorized grant needs no client id.
    #[serde(rename = "pre-authorized_grant_anonymous_access_supported")]
    pub anonymous_pre_authorized: bool,
    /// The algorithms of DPoP proofs that it takes.
    pub dpop_signing_alg_values_supported: Vec<String>,
}

impl AuthorizationServerMetadata {
    /// The metadata of a server that takes anonymous pre-authorized codes with DPoP.
    pub fn pre_authorized(issuer: Endpoint, token_endpoint: Endpoint) -> Self {
        Self {
            issuer,
            token_endpoint,
            grant_types_supported: vec![super::PRE_AUTHORIZED_CODE.to_owned()],
            anonymous_pre_authorized: true,
            dpop_signing_alg_values_supported: vec![ES256.to_owned()],
        }
    }

    /// Parses metadata that was fetched for `server`, and checks that it takes our DPoP proofs.
    pub fn parse(bytes: &[u8], server: &Endpoint, policy: EndpointPolicy) -> Result<Self, IssuanceError> {
        let wire: WireServer = json::parse(bytes, MAX_METADATA)?;
        if wire.issuer != server.as_str() {
            return Err(IssuanceError::Identifier);
        }
        if !wire.dpop_signing_alg_values_supported.iter().any(|algorithm| algorithm == ES256) {
            return Err(IssuanceError::TokenType);
        }
        Ok(Self {
            issuer: server.clone(),
            token_endpoint: Endpoint::parse(&wire.token_endpoint, policy)?,
            grant_types_supported: wire.grant_types_supported,
            anonymous_pre_authorized: wire.anonymous_pre_authorized,
            dpop_signing_alg_values_supported: wire.dpop_signing_alg_values_supported,
        })
    }
}

#[derive(Deserialize)]
struct WireIssuer {
    credential_issuer: String,
    #[serde(default)]
    authorization_servers: Vec<String>,
    credential_endpoint: String,
    nonce_endpoint: Option<String>,
    credential_configurations_supported: BTreeMap<String, CredentialConfiguration>,
    #[serde(default)]
    display: Vec<Display>,
}

#[derive(Deserialize)]
struct SignedTimes {
    sub: String,
    iat: UnixSeconds,
    exp: Option<UnixSeconds>,
}

#[derive(Deserialize)]
struct WireServer {
    issuer: String,
    token_endpoint: String,
    #[serde(default)]
    grant_types_supported: Vec<String>,
    #[serde(default, rename = "pre-authorized_grant_anonymous_access_supported")]
    anonymous_pre_authorized: bool,
    #[serde(default)]
    dpop_signing_alg_values_supported: Vec<String>,
}
