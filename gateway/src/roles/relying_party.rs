//! A relying party to try things out with: it asks for claims and shows *that* it received them, never what they say.
//! What it may ask for is registered, so a wallet can tell when it asks for more.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use kodanik_crypto::time::UnixSeconds;
use kodanik_identity::dcql::{ClaimPath, CredentialQuery, CredentialSetQuery, DcqlError, Query};
use kodanik_identity::presentation::RegisteredUse;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::eid_issuer::PID_VCT;
use crate::clock::Clock;
use crate::context::{Context, role_dir};
use crate::db::Db;
use crate::error::GatewayError;
use crate::pki::{self, Authorities, Leaf, Purpose};
use crate::verifier::{CreatedRequest, Verifier, VerifierError};

const ROLE: &str = "relying-party";
const NAME: &str = "rp";
/// The path of this role on the identified plane.
pub const PATH: &str = "rp";
/// The credential query of what is needed; the other one is of what may be left out.
pub const QUERY_ID: &str = "eid";
const OPTIONAL_QUERY_ID: &str = "optional";
/// What this party is registered to ask for.
pub const REGISTERED: [&[&str]; 3] = [&["age_equal_or_over", "18"], &["family_name"], &["given_name"]];

const MIGRATIONS: &[&str] = &[include_str!("../../migrations/relying_party/1.sql")];
/// How long a result is kept, in seconds.
const RESULT_LIFE: u64 = 3600;

/// The relying party.
#[derive(Debug)]
pub struct RelyingParty {
    verifier: Verifier,
    db: Db,
    clock: Clock,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RequestResult {
    /// Whether and how it was answered.
    pub verdict: Verdict,
    /// Why it was not accepted, in English, for a developer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The names of the claims that were received and verified.
    pub claims: Vec<String>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything verified, nothing revoked.
    Accepted,
    /// Nothing has come yet.
    Pending,
    /// The answer did not verify, or the credential is revoked.
    Refused,
}

/// The PID's claims at `paths`, dots between the members; all registered claims where empty.
fn pid_query(id: &str, paths: &[String]) -> CredentialQuery {
    let split: Vec<Vec<&str>> = paths.iter().map(|path| path.split('.').collect()).collect();
    let asked: Vec<&[&str]> = split.iter().map(Vec::as_slice).collect();
    let asked = if asked.is_empty() { &REGISTERED } else { asked.as_slice() };
    CredentialQuery::sd_jwt(id, PID_VCT, asked)
}

impl RelyingParty {
    /// Makes the role's folder, key, certificate and registration; keeps those that are there.
    pub fn init(dir: &Path, authorities: &Authorities) -> Result<(), GatewayError> {
        let folder = role_dir(dir, ROLE);
        pki::private_folder(&folder)?;
        let leaf = Leaf { purpose: Purpose::RelyingParty, name: NAME, organization: "Kodanik library" };
        let signer = authorities.issue(&folder, &leaf)?;
        let claims = REGISTERED.iter().map(|path| ClaimPath::of(path)).collect();
        let uses = vec![RegisteredUse { vct: PID_VCT.to_owned(), claims }];
        authorities.register(&folder, NAME, &signer, "To issue a library card to adults", uses)
    }

    /// Opens what [`Self::init`] made.
    pub fn open(context: &Context) -> Result<Arc<Self>, GatewayError> {
        let folder = role_dir(&context.dir, ROLE);
        Ok(Arc::new(Self {
            verifier: Verifier::open(context, &folder, NAME, PATH)?,
            db: Db::open(&folder.join("results.sqlite"), MIGRATIONS)?,
            clock: context.clock.clone(),
        }))
    }

    /// Asks for the PID's claims at `paths`, dots between the members; all registered claims where empty. More than is
    /// registered may be asked for: it is the wallet that shows it.
    pub fn create_request(&self, paths: &[String]) -> Result<CreatedRequest, CreateError> {
        self.create_request_with(paths, &[])
    }

    /// The same, and beside it claims that the citizen may leave out, if any.
    pub fn create_request_with(
        &self,
        paths: &[String],
        optional: &[String],
    ) -> Result<CreatedRequest, CreateError> {
        let mut credentials = vec![pid_query(QUERY_ID, paths)];
        let mut sets = None;
        if !optional.is_empty() {
            credentials.push(pid_query(OPTIONAL_QUERY_ID, optional));
            let set =
                |id: &str, required| CredentialSetQuery { options: vec![vec![id.to_owned()]], required };
            sets = Some(vec![set(QUERY_ID, true), set(OPTIONAL_QUERY_ID, false)]);
        }
        let query = Query::new(credentials, sets)?;
        let created = self.verifier.create(&[], &query, &[])?;
        let now = self.clock.now();
        self.db.transaction(|tx| {
            tx.execute(
                "DELETE FROM results WHERE created <= ?1",
                [as_sql(UnixSeconds(now.0.saturating_sub(RESULT_LIFE)))],
            )?;
            tx.execute("INSERT INTO results (id, created) VALUES (?1, ?2)", params![created.id, as_sql(now)])
        })?;
        Ok(created)
    }

    /// See [`Verifier::request_object`].
    pub fn request_object(&self, id: &str, wallet_nonce: Option<&str>) -> Result<String, VerifierError> {
        self.verifier.request_object(id, wallet_nonce)
    }

    /// Takes the answer to a request and keeps the verdict.
    pub async fn accept(&self, id: &str, response: &str) -> Result<(), VerifierError> {
        let received = self.verifier.receive(id, response)?;
        let verified = self.verifier.verify(received).await;
        let result = match &verified {
            Ok(response) => {
                RequestResult { verdict: Verdict::Accepted, reason: None, claims: response.claim_names() }
            }
            Err(error) => RequestResult {
                verdict: Verdict::Refused,
                reason: Some(error.to_string()),
                claims: Vec::new(),
            },
        };
        self.store(id, &result)?;
        verified.map(drop)
    }

    /// What became of a request.
    pub fn result(&self, id: &str) -> Result<RequestResult, VerifierError> {
        type Columns = (Option<String>, Option<String>, String);
        let found: Option<Columns> = self.db.transaction(|tx| {
            tx.query_row("SELECT verdict, reason, claims FROM results WHERE id = ?1", [id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()
        })?;
        let (verdict, reason, claims) = found.ok_or(VerifierError::Unknown)?;
        let verdict = match verdict.as_deref() {
            None => Verdict::Pending,
            Some("accepted") => Verdict::Accepted,
            Some(_) => Verdict::Refused,
        };
        let claims = serde_json::from_str(&claims).map_err(|_| VerifierError::Damaged)?;
        Ok(RequestResult { verdict, reason, claims })
    }

    fn store(&self, id: &str, result: &RequestResult) -> Result<(), VerifierError> {
        let verdict = if result.verdict == Verdict::Accepted { "accepted" } else { "refused" };
        let claims = serde_json::to_string(&result.claims).map_err(|_| VerifierError::Damaged)?;
        self.db.transaction(|tx| {
            tx.execute(
                "UPDATE results SET verdict = ?2, reason = ?3, claims = ?4 WHERE id = ?1",
                params![id, verdict, result.reason, claims],
            )
        })?;
        Ok(())
    }
}

/// Why a request is not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// The claims asked for make no query.
    #[error(transparent)]
    Query(#[from] DcqlError),
    /// The verifier's reason.
    #[error(transparent)]
    Verifier(#[from] VerifierError),
    /// The database's own error.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
}

fn as_sql(time: UnixSeconds) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}
