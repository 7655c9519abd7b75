//! The issuer of the e-ID: keeps the register of people, offers each of them a PID, issues it bound to the wallet's
//! key (OpenID4VCI 1.0, protocol.md §4.2.2), and says by a status list which ones are still good.
//!
//! A person is identified elsewhere (at a counter, by the plastic ID card); [`EidIssuer::create_offer`] is what that
//! counter calls. Losing a phone is [`EidIssuer::revoke_person`], then a new offer.

mod nonce;
mod offers;
mod people;
mod pid;
mod status_list;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use kodanik_crypto::transcript::labelled_sha256;
use kodanik_identity::dpop::{self, DpopError, ReplayCache, UnverifiedDpop, VerifiedDpop};
use kodanik_identity::endpoint::Endpoint;
use kodanik_identity::issuance::{
    AuthorizationServerMetadata, CredentialConfiguration, CredentialMetadata, CredentialRequest,
    CredentialResponse, Display, IssuerMetadata, NonceResponse, Requested, TokenRequest, TokenResponse,
    sign_issuer_metadata,
};
use kodanik_identity::oauth::{OAuthError, OAuthErrorCode};
use rand_core::OsRng;
use thiserror::Error;

use self::nonce::NonceKey;
use self::status_list::StatusPublisher;
use crate::clock::Clock;
use crate::context::{Context, role_dir};
use crate::db::Db;
use crate::error::GatewayError;
use crate::pki::{self, Authorities, Leaf, Purpose, Signer};

pub use self::offers::Offer;
pub use self::people::{Person, PersonError, PersonId};
pub use self::pid::PID_VCT;

/// The role's folder.
const ROLE: &str = "eid-issuer";
/// The path of the issuer's identifier on the identified plane.
pub const PATH: &str = "eid";
/// The name of the PID in the issuer's metadata.
pub const CONFIGURATION: &str = "pid";

const SIGNER: &str = "pid";
const STATUS_SIGNER: &str = "status";
const MIGRATIONS: &[&str] = &[include_str!("../../../migrations/eid_issuer/1.sql")];
/// How long signed metadata is good, in seconds.
const METADATA_LIFE: u64 = 3600;
/// How many DPoP proofs are remembered against replay.
const REPLAY_CAPACITY: usize = 100_000;

/// Why the issuer does not do what it is asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EidError {
    /// What the wallet is told.
    #[error(transparent)]
    Refused(#[from] OAuthError),
    /// The database's own error.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// What was stored does not read back, or cannot be signed.
    #[error("the issuer's records or keys are damaged")]
    Damaged,
    /// The status list is full.
    #[error("the status list is full")]
    Full,
    /// No such person or credential.
    #[error("nobody and nothing of this name is in the register")]
    Unknown,
}

impl From<OAuthErrorCode> for EidError {
    fn from(code: OAuthErrorCode) -> Self {
        Self::Refused(code.into())
    }
}

/// The issuer.
#[derive(Debug)]
pub struct EidIssuer {
    db: Db,
    clock: Clock,
    signer: Signer,
    nonces: NonceKey,
    status: StatusPublisher,
    replays: Mutex<ReplayCache>,
    identifier: Endpoint,
}

impl EidIssuer {
    /// Makes the role's folder, keys and certificates; keeps those that are there.
    pub fn init(dir: &Path, authorities: &Authorities) -> Result<(), GatewayError> {
        let folder = role_dir(dir, ROLE);
        pki::private_folder(&folder)?;
        let leaf = |purpose, name, organization| Leaf { purpose, name, organization };
        authorities.issue(&folder, &leaf(Purpose::PidIssuer, SIGNER, "Kodanik e-ID office"))?;
        authorities.issue(&folder, &leaf(Purpose::Status, STATUS_SIGNER, "Kodanik e-ID office, status"))?;
        NonceKey::ensure(&Db::open(&folder.join("eid.sqlite"), MIGRATIONS)?)
    }

    /// Opens what [`Self::init`] made.
    pub fn open(context: &Context) -> Result<Arc<Self>, GatewayError> {
        let folder = role_dir(&context.dir, ROLE);
        let db = Db::open(&folder.join("eid.sqlite"), MIGRATIONS)?;
        let identifier = context.identified()?.join(PATH);
        let status_uri = identifier.join("status/1");
        Ok(Arc::new(Self {
            nonces: NonceKey::read(&db, &folder)?,
            status: StatusPublisher::new(Signer::read(&folder, STATUS_SIGNER)?, status_uri),
            signer: Signer::read(&folder, SIGNER)?,
            replays: Mutex::new(ReplayCache::new(REPLAY_CAPACITY)),
            clock: context.clock.clone(),
            db,
            identifier,
        }))
    }

    /// The credential issuer identifier.
    pub fn identifier(&self) -> &Endpoint {
        &self.identifier
    }

    /// The issuer's metadata.
    pub fn metadata(&self) -> IssuerMetadata {
        let name = |text: &str| vec![Display { name: text.to_owned(), locale: Some("en".to_owned()) }];
        let pid = CredentialConfiguration {
            credential_metadata: Some(CredentialMetadata {
                display: name("e-ID"),
                claims: pid::descriptions(),
            }),
            ..CredentialConfiguration::sd_jwt(PID_VCT)
        };
        IssuerMetadata {
            credential_issuer: self.identifier.clone(),
            authorization_servers: Vec::new(),
            credential_endpoint: self.identifier.join("credential"),
            nonce_endpoint: Some(self.identifier.join("nonce")),
            credential_configurations_supported: [(CONFIGURATION.to_owned(), pid)].into(),
            display: name("Kodanik e-ID office"),
        }
    }

    /// The metadata, signed.
    pub fn signed_metadata(&self) -> Result<String, EidError> {
        let now = self.clock.now();
        let draft = sign_issuer_metadata(&self.metadata(), self.signer.x5c(), now, now.plus(METADATA_LIFE));
        Ok(self.signer.sign(draft.map_err(|_| EidError::Damaged)?))
    }

    /// The authorization server's metadata.
    pub fn authorization_server_metadata(&self) -> AuthorizationServerMetadata {
        AuthorizationServerMetadata::pre_authorized(self.identifier.clone(), self.identifier.join("token"))
    }

    /// The token endpoint: `dpop` is the header's value, `body` the form.
    pub fn token(&self, dpop: &str, body: &[u8]) -> Result<TokenResponse, EidError> {
        let proof = self.check_dpop(dpop, "token", None)?;
        let TokenRequest::PreAuthorizedCode { code, tx_code } = TokenRequest::parse(body)?;
        self.redeem(&code, tx_code.as_ref(), &proof)
    }

    /// The nonce endpoint.
    pub fn nonce(&self) -> NonceResponse {
        NonceResponse { c_nonce: self.nonces.make(&mut OsRng, self.clock.now()) }
    }

    /// The credential endpoint: `token` from `Authorization: DPoP`, `dpop` the header's value, `body` the JSON.
    pub fn credential(&self, token: &str, dpop: &str, body: &[u8]) -> Result<CredentialResponse, EidError> {
        let proof = self.check_dpop(dpop, "credential", Some(token))?;
        let request = CredentialRequest::parse(body)?;
        match &request.requested {
            Requested::CredentialConfigurationId(id) if id == CONFIGURATION => {}
            Requested::CredentialConfigurationId(_) => {
                return Err(OAuthErrorCode::UnknownCredentialConfiguration.into());
            }
            Requested::CredentialIdentifier(_) => {
                return Err(OAuthErrorCode::UnknownCredentialIdentifier.into());
            }
        }
        let token_hash = labelled_sha256(offers::TOKEN_LABEL, &[token.as_bytes()]);
        let person = self.check_token(&token_hash, &proof)?;
        let now = self.clock.now();
        let keys =
            request.verify_proofs(&self.identifier, now, |nonce| self.nonces.spend(&self.db, nonce, now))?;
        match keys.as_slice() {
            [key] => Ok(CredentialResponse::Issued(vec![self.issue(person, &token_hash, key)?])),
            _ => Err(OAuthErrorCode::InvalidProof.into()),
        }
    }

    /// The status list token: a signed statement about every credential of this issuer.
    pub fn status_token(&self) -> Result<String, EidError> {
        self.status.token(&self.db, self.clock.now())
    }

    fn check_dpop(&self, dpop: &str, endpoint: &str, token: Option<&str>) -> Result<VerifiedDpop, EidError> {
        let invalid = |_: DpopError| EidError::from(OAuthErrorCode::InvalidDpopProof);
        let now = self.clock.now();
        let url = self.identifier.join(endpoint);
        let request = dpop::Request { method: "POST", url: url.as_str(), access_token: token, nonce: None };
        let proof =
            UnverifiedDpop::parse(dpop).and_then(|proof| proof.verify(&request, now)).map_err(invalid)?;
        self.replays.lock().unwrap_or_else(PoisonError::into_inner).admit(&proof, now).map_err(invalid)?;
        Ok(proof)
    }
}

fn as_sql(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn from_sql(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}
