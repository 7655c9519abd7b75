//! A public body: the provider behind X-Road. It has two services, a parental allowance that becomes a case and a
//! register of residence that answers at once (`protocol.md §6.9`).
//!
//! It believes no security server about the citizen: it verifies the citizen's own signature and the e-ID that came
//! with it, refuses a signature that was seen, gives an application that is sent again the answer of the first time,
//! and signs what it answers.

mod allowance;
mod cases;
mod residence;

use std::path::Path;

use kodanik_crypto::time::UnixSeconds;
use kodanik_services::address::{ClientId, ServiceId};
use kodanik_services::headers::Headers;
use kodanik_services::message::{Method, RestResponse};
use kodanik_services::signature::request::{SignedRequest, UnverifiedRequest};
use kodanik_services::signature::{HopInvariant, SignatureRefused, answer};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Value, json};
use thiserror::Error;

use crate::clock::Clock;
use crate::context::{Context, role_dir};
use crate::db::Db;
use crate::eid::{EidRefused, EidVerifier, ShownEid};
use crate::error::GatewayError;
use crate::pki::{Authorities, Leaf, Purpose, Signer};

/// The body's subsystem in X-Road.
pub const ADDRESS: &str = "KR/GOV/2000/family";
/// Its name, as its certificate has it.
pub const NAME: &str = "Office for Families";

const FOLDER: &str = "public-body";
const SIGNER: &str = "answers";
const MIGRATIONS: &[&str] = &[include_str!("../../migrations/public-body/1.sql")];

/// Why a call is not answered as asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CallRefused {
    /// The database.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// The e-ID that came along.
    #[error(transparent)]
    Eid(#[from] EidRefused),
    /// No e-ID came along.
    #[error("no e-ID was presented")]
    NoEid,
    /// No such service, path or case of this citizen.
    #[error("there is nothing here")]
    NotFound,
    /// The e-ID is of another person than the request names.
    #[error("the e-ID is of another person than the request")]
    OtherPerson,
    /// The citizen signed for another service or path.
    #[error("the citizen signed for another service")]
    OtherService,
    /// This signature was seen before.
    #[error("this signature was used before")]
    Replayed,
    /// The same id with another content.
    #[error("this X-Road-Id stands for another application")]
    ReusedId,
    /// The citizen's signature.
    #[error("the citizen's signature: {0}")]
    Signature(#[from] SignatureRefused),
    /// The application is not of the expected form.
    #[error("the application: {0}")]
    Unusable(&'static str),
    /// Not possible in the state the case is in.
    #[error("not possible in this state of the case")]
    WrongState,
}

impl CallRefused {
    fn status_and_code(&self) -> (u16, &'static str) {
        match self {
            Self::Database(_) => (500, "internal"),
            Self::Eid(EidRefused::StatusUnavailable) => (503, "status_unavailable"),
            Self::Eid(EidRefused::Revoked | EidRefused::Suspended) => (403, "eid_revoked"),
            Self::Eid(_) | Self::NoEid => (401, "eid_refused"),
            Self::NotFound => (404, "not_found"),
            Self::OtherPerson => (403, "other_person"),
            Self::OtherService => (403, "other_service"),
            Self::Replayed => (409, "replayed"),
            Self::ReusedId => (409, "reused_id"),
            Self::Signature(_) => (401, "signature_refused"),
            Self::Unusable(_) => (422, "unusable"),
            Self::WrongState => (409, "wrong_state"),
        }
    }
}

/// A call as the provider's system receives it: the path is rewritten, the service is known from the address.
#[derive(Debug)]
pub struct Call<'a> {
    /// Who called, as the security servers vouch for.
    pub client: &'a ClientId,
    /// The service.
    pub service: &'a ServiceId,
    /// The rest of the path.
    pub tail: &'a str,
    /// Everything else.
    pub request: HopInvariant<'a>,
}

/// What a service answers, before it is signed: JSON.
#[derive(Clone, Debug, PartialEq)]
struct Reply {
    status: u16,
    body: Value,
}

/// A verified application on its way into a service.
struct Ask<'a> {
    signed: &'a SignedRequest,
    eid: &'a ShownEid,
    method: Method,
    tail: &'a str,
    body: &'a [u8],
    now: UnixSeconds,
}

/// The public body.
#[derive(Debug)]
pub struct PublicBody {
    address: ClientId,
    clock: Clock,
    db: Db,
    eid: EidVerifier,
    signer: Signer,
}

impl PublicBody {
    /// Makes the body's key, certified by `authorities`.
    pub fn init(dir: &Path, authorities: &Authorities) -> Result<(), GatewayError> {
        let leaf = Leaf { purpose: Purpose::Provider, name: SIGNER, organization: NAME };
        authorities.issue_provider(&role_dir(dir, FOLDER), &leaf, ADDRESS).map(drop)
    }

    /// Opens what [`Self::init`] made.
    pub fn open(context: &Context) -> Result<Self, GatewayError> {
        let folder = context.role_dir(FOLDER);
        Ok(Self {
            address: ADDRESS.parse().map_err(|_| GatewayError::Config(ADDRESS.to_owned()))?,
            clock: context.clock.clone(),
            db: Db::open(&folder.join("public-body.sqlite"), MIGRATIONS)?,
            eid: EidVerifier::new(context)?,
            signer: Signer::read(&folder, SIGNER)?,
        })
    }

    /// The body's subsystem.
    pub fn address(&self) -> &ClientId {
        &self.address
    }

    /// OpenAPI descriptions by service code.
    pub fn descriptions(&self) -> [(&'static str, Value); 2] {
        [(allowance::CODE, allowance::openapi()), (residence::CODE, residence::openapi())]
    }

    /// Answers a call. What is refused is answered too; signed, once the citizen is known.
    pub async fn answer(&self, call: Call<'_>) -> RestResponse {
        let case = call.tail.strip_prefix("/cases/").and_then(|rest| rest.strip_suffix("/status"));
        let result = match (call.request.method, case) {
            (Method::Get, Some(case)) => self.case_status(case, &call).await.map(|reply| (reply, false)),
            _ => self.answer_citizen(&call).await.map(|reply| (reply, true)),
        };
        let (reply, signed) = result.unwrap_or_else(|refused| (Reply::of(&refused), false));
        self.respond(reply, signed.then_some(call.request))
    }

    /// Where a case stands, without a signature of the citizen: no more than state and time, for whoever knows the
    /// case's unguessable name, and only where the consumer names the same citizen.
    async fn case_status(&self, case: &str, call: &Call<'_>) -> Result<Reply, CallRefused> {
        let user = call.request.headers.single("x-road-userid").unwrap_or_default().to_owned();
        let (case, now) = (case.to_owned(), self.clock.now());
        let status = self.db.call(move |tx| cases::status(tx, &case, &user, now)).await?;
        Ok(Reply { status: 200, body: json!(status) })
    }

    async fn answer_citizen(&self, call: &Call<'_>) -> Result<Reply, CallRefused> {
        let unverified = UnverifiedRequest::parse(call.request)?;
        let claimed = unverified.claimed();
        if claimed.path.service() != call.service || claimed.path.tail() != call.tail {
            return Err(CallRefused::OtherService);
        }
        if claimed.client != *call.client {
            return Err(CallRefused::OtherService);
        }
        let presentation = unverified.presentation().ok_or(CallRefused::NoEid)?;
        let eid = self.eid.verify(presentation, &claimed.nonce, &call.service.to_string()).await?;
        let now = self.clock.now();
        let signed = unverified.verify(&eid.key, now)?;
        if eid.user(&self.address.instance).as_ref() != Some(&signed.user) {
            return Err(CallRefused::OtherPerson);
        }
        let (code, method) = (call.service.service_code.clone(), call.request.method);
        let (tail, body) = (call.tail.to_owned(), call.request.body.to_vec());
        let work = move |tx: &Transaction<'_>| {
            let ask = Ask { signed: &signed, eid: &eid, method, tail: &tail, body: &body, now };
            answer_once(tx, &code, &ask)
        };
        // what is refused from here on is an answer to a known citizen, and is signed
        match self.db.call(work).await {
            Err(error @ (CallRefused::Database(_) | CallRefused::Replayed)) => Err(error),
            Err(refused) => Ok(Reply::of(&refused)),
            Ok(reply) => Ok(reply),
        }
    }

    fn respond(&self, reply: Reply, to: Option<HopInvariant<'_>>) -> RestResponse {
        let body = reply.body.to_string().into_bytes();
        let mut response = RestResponse { status: reply.status, headers: Headers::new(), body };
        let signed = response.headers.push("content-type", "application/json").map_err(Into::into);
        let signed = signed.and_then(|()| match to {
            Some(request) => self.sign(&mut response, request),
            None => Ok(()),
        });
        match signed {
            Ok(()) => response,
            Err(error) => {
                tracing::error!(%error, "an answer could not be signed");
                RestResponse { status: 500, headers: Headers::new(), body: Vec::new() }
            }
        }
    }

    fn sign(&self, response: &mut RestResponse, to: HopInvariant<'_>) -> Result<(), SignatureRefused> {
        let draft = answer::draft(response, to, &self.signer.x5c(), self.clock.now())?;
        let signature = self.signer.key().sign(draft.signing_input());
        draft.finish(signature, &mut response.headers)
    }
}

impl Reply {
    fn of(refused: &CallRefused) -> Self {
        if let CallRefused::Database(error) = refused {
            tracing::error!(%error, "the public body's database failed");
        }
        let (status, code) = refused.status_and_code();
        Self { status, body: json!({"error": code, "message": refused.to_string()}) }
    }
}

/// Spends the signature's nonce, and gives an application that was answered before the same answer again.
fn answer_once(tx: &Transaction<'_>, code: &str, ask: &Ask<'_>) -> Result<Reply, CallRefused> {
    spend_nonce(tx, ask)?;
    if ask.method == Method::Get {
        return dispatch(tx, code, ask);
    }
    let (user, id) = (ask.signed.user.to_string(), &ask.signed.x_road_id);
    if let Some((digest, reply)) = answered(tx, &user, id)? {
        return if digest == ask.signed.digest { Ok(reply) } else { Err(CallRefused::ReusedId) };
    }
    let reply = dispatch(tx, code, ask)?;
    tx.execute(
        "INSERT INTO answered (user, x_road_id, digest, status, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![user, id, ask.signed.digest, reply.status, reply.body.to_string()],
    )?;
    Ok(reply)
}

fn spend_nonce(tx: &Transaction<'_>, ask: &Ask<'_>) -> Result<(), CallRefused> {
    tx.execute("DELETE FROM seen_nonce WHERE expires < ?1", [ask.now.0 as i64])?;
    let inserted = tx.execute(
        "INSERT OR IGNORE INTO seen_nonce (nonce, expires) VALUES (?1, ?2)",
        params![ask.signed.nonce, ask.signed.expires.0 as i64],
    )?;
    if inserted == 1 { Ok(()) } else { Err(CallRefused::Replayed) }
}

fn answered(tx: &Transaction<'_>, user: &str, id: &str) -> Result<Option<([u8; 32], Reply)>, CallRefused> {
    let sql = "SELECT digest, status, body FROM answered WHERE user = ?1 AND x_road_id = ?2";
    let row = tx
        .query_row(sql, [user, id], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))
        .optional()?;
    Ok(row.map(|(digest, status, body)| {
        (digest, Reply { status, body: serde_json::from_str(&body).unwrap_or_default() })
    }))
}

fn dispatch(tx: &Transaction<'_>, code: &str, ask: &Ask<'_>) -> Result<Reply, CallRefused> {
    match code {
        allowance::CODE => allowance::answer(tx, ask),
        residence::CODE => residence::answer(tx, ask),
        _ => Err(CallRefused::NotFound),
    }
}
