//! The credentials that the wallet holds, and whether they are still good.

use kodanik_crypto::time::UnixSeconds;
use kodanik_identity::dcql::{DC_SD_JWT, HeldCredential};
use kodanik_identity::endpoint::{Endpoint, EndpointPolicy};
use kodanik_identity::sd_jwt::{UnverifiedSdJwt, VerifiedSdJwt};
use kodanik_identity::status::{Freshness, Status, StatusReference, UnverifiedStatusToken};
use kodanik_identity::trust::TrustAnchors;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Misbehaviour, WalletError};
use crate::http::{AddressError, AnswerError};
use crate::store::{StoreError, Table};
use crate::wallet::Wallet;

/// The largest status list token that is read, in bytes.
const STATUS_CAP: usize = kodanik_identity::status::MAX_TOKEN;
/// Claims that describe the credential, not its holder.
const FRAME: [&str; 11] = [
    "_sd_alg",
    "cnf",
    "exp",
    "iat",
    "iss",
    "issuing_authority",
    "issuing_country",
    "nbf",
    "status",
    "sub",
    "vct",
];

/// A credential as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredCredential {
    /// SD-JWT with all disclosures.
    pub credential: String,
    /// What its issuer calls this kind of credential.
    pub name: String,
    /// The name of the platform key that it is bound to.
    pub key: String,
    /// When it came.
    pub received: UnixSeconds,
}

/// A credential as a list shows it: names of claims, no values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CredentialSummary {
    /// The wallet's own name for it.
    pub id: String,
    /// What its issuer calls this kind of credential.
    pub name: String,
    /// Its type.
    pub vct: String,
    /// The issuer, by its certificate.
    pub issuer: String,
    /// What it says about its holder.
    pub claims: Vec<String>,
    /// When it was received.
    pub received: UnixSeconds,
    /// When it expires.
    pub expires: Option<UnixSeconds>,
    /// Whether it is still good.
    pub status: StatusReport,
}

/// Whether a credential is still good, and how fresh that knowledge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StatusReport {
    /// The status.
    pub status: KnownStatus,
    /// When the issuer said so; `None` where it was never asked.
    pub as_of: Option<UnixSeconds>,
}

/// A credential's status as far as the wallet knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownStatus {
    /// Its time is over, or its issuer is no longer trusted.
    Expired,
    /// It has no status: its life is its only limit.
    None,
    /// Revoked for good.
    Revoked,
    /// Not usable for now.
    Suspended,
    /// The issuer cannot be asked and no answer is kept.
    Unknown,
    /// Good.
    Valid,
}

/// A kept status list token.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptList {
    token: String,
    fetched: UnixSeconds,
}

/// A held credential that verifies now.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) stored: StoredCredential,
    pub(crate) verified: VerifiedSdJwt,
}

impl Held {
    /// As a query sees it.
    pub(crate) fn as_query_sees_it(&self) -> HeldCredential<'_> {
        HeldCredential {
            id: &self.id,
            format: DC_SD_JWT,
            vct: self.verified.vct(),
            claims: self.verified.claims(),
            authorities: self.verified.issuer_party().authorities(),
        }
    }
}

impl Wallet {
    /// The credentials, newest first, each with its status: fetched where the kept answer is old and the issuer can be
    /// reached.
    pub async fn credentials(&self) -> Result<Vec<CredentialSummary>, WalletError> {
        let mut summaries = Vec::new();
        for row in self.store().list::<StoredCredential>(Table::Credentials)?.into_iter().rev() {
            summaries.push(self.summarise(row.id, row.value).await?);
        }
        Ok(summaries)
    }

    /// Forgets a credential. History keeps that it was there.
    pub fn remove_credential(&self, id: &str) -> Result<(), WalletError> {
        Ok(self.store().delete(Table::Credentials, id)?)
    }

    /// The credentials that verify now, newest first; those that the wallet knows to be revoked come last.
    pub(crate) fn held(&self) -> Result<Vec<Held>, WalletError> {
        let (anchors, now) = (self.anchors()?, self.platform().clock.now());
        let mut held = Vec::new();
        for row in self.store().list::<StoredCredential>(Table::Credentials)?.into_iter().rev() {
            let verified =
                UnverifiedSdJwt::parse(&row.value.credential).and_then(|sd_jwt| sd_jwt.verify(&anchors, now));
            if let Ok(verified) = verified {
                held.push(Held { id: row.id, stored: row.value, verified });
            }
        }
        held.sort_by_cached_key(|held| {
            let kept =
                held.verified.status().and_then(|reference| self.kept_status(reference).ok().flatten());
            kept.is_some_and(|(report, _)| report.status == KnownStatus::Revoked)
        });
        Ok(held)
    }

    /// The anchors that were pinned at init.
    pub(crate) fn anchors(&self) -> Result<TrustAnchors, WalletError> {
        let pem = self.trust().anchors.join("\n");
        Ok(TrustAnchors::from_pem(pem.as_bytes()).map_err(|_| StoreError::Damaged)?)
    }

    /// Which addresses this wallet talks to.
    pub(crate) fn endpoint_policy(&self) -> EndpointPolicy {
        if self.config().allow_loopback_http {
            EndpointPolicy::LoopbackHttp
        } else {
            EndpointPolicy::HttpsOnly
        }
    }

    /// The status as the issuer says it now.
    pub(crate) async fn fetch_status(
        &self,
        reference: &StatusReference,
    ) -> Result<StatusReport, WalletError> {
        let uri =
            Endpoint::parse(reference.uri(), self.endpoint_policy()).map_err(|_| AddressError::Malformed)?;
        let answer = self.planes().identified.get(uri.url(), STATUS_CAP).await?;
        let token = String::from_utf8(answer.body).map_err(|_| AnswerError::Shape)?;
        let list = KeptList { token, fetched: self.platform().clock.now() };
        let (report, _) = self.read_status(&list, reference)?;
        self.store().put(Table::StatusLists, reference.uri(), &list)?;
        Ok(report)
    }

    async fn summarise(
        &self,
        id: String,
        stored: StoredCredential,
    ) -> Result<CredentialSummary, WalletError> {
        let (anchors, now) = (self.anchors()?, self.platform().clock.now());
        let parsed = UnverifiedSdJwt::parse(&stored.credential).map_err(|_| StoreError::Damaged)?;
        let Ok(verified) = parsed.verify(&anchors, now) else {
            let status = StatusReport { status: KnownStatus::Expired, as_of: None };
            return Ok(CredentialSummary {
                id,
                name: stored.name,
                vct: String::new(),
                issuer: String::new(),
                claims: Vec::new(),
                received: stored.received,
                expires: None,
                status,
            });
        };
        Ok(CredentialSummary {
            status: self.status_of(&verified).await?,
            ..summary_of(id, &stored, &verified)
        })
    }

    async fn status_of(&self, credential: &VerifiedSdJwt) -> Result<StatusReport, WalletError> {
        let Some(reference) = credential.status() else {
            return Ok(StatusReport { status: KnownStatus::None, as_of: None });
        };
        let kept = self.kept_status(reference)?;
        if let Some((report, Freshness::Fresh)) = kept {
            return Ok(report);
        }
        match self.fetch_status(reference).await {
            Ok(report) => Ok(report),
            Err(_) => Ok(kept
                .map(|(report, _)| report)
                .unwrap_or(StatusReport { status: KnownStatus::Unknown, as_of: None })),
        }
    }

    /// The status by the kept list, and how fresh the list is; none where there is no list, or an expired one.
    fn kept_status(
        &self,
        reference: &StatusReference,
    ) -> Result<Option<(StatusReport, Freshness)>, WalletError> {
        let Some(kept) = self.store().get::<KeptList>(Table::StatusLists, reference.uri())? else {
            return Ok(None);
        };
        Ok(self.read_status(&kept, reference).ok())
    }

    fn read_status(
        &self,
        list: &KeptList,
        reference: &StatusReference,
    ) -> Result<(StatusReport, Freshness), WalletError> {
        let now = self.platform().clock.now();
        let anchors = self.anchors()?;
        let verified = UnverifiedStatusToken::parse(&list.token)
            .and_then(|token| token.verify(&anchors, reference.uri(), now));
        let list_says =
            verified.and_then(|token| Ok((token.status(reference)?, token.freshness(list.fetched, now))));
        let (status, freshness) =
            list_says.map_err(|error| Misbehaviour::new("eid_issuer", "bad_status_list", error))?;
        let status = match status {
            Status::Valid => KnownStatus::Valid,
            Status::Suspended => KnownStatus::Suspended,
            Status::ApplicationSpecific | Status::Invalid => KnownStatus::Revoked,
        };
        Ok((StatusReport { status, as_of: Some(list.fetched) }, freshness))
    }
}

/// A summary whose status is still to be found out.
pub(crate) fn summary_of(
    id: String,
    stored: &StoredCredential,
    verified: &VerifiedSdJwt,
) -> CredentialSummary {
    CredentialSummary {
        id,
        name: stored.name.clone(),
        vct: verified.vct().to_owned(),
        issuer: verified.issuer_party().name().to_owned(),
        claims: claim_names(verified.claims()),
        received: stored.received,
        expires: verified.expires(),
        status: StatusReport { status: KnownStatus::Unknown, as_of: None },
    }
}

fn claim_names(claims: &Value) -> Vec<String> {
    let members = claims.as_object().into_iter().flatten();
    members.map(|(name, _)| name.clone()).filter(|name| !FRAME.contains(&name.as_str())).collect()
}
