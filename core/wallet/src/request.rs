//! Public services: what can be asked for, asking, following the case, keeping the evidence (protocol.md §6).
//!
//! A request is stored before it is sent, under an id of the wallet's choice. Killed or offline in the middle,
//! [`Wallet::resume_requests`] sends it again under the same id with a fresh signature, and the provider gives the
//! answer of the first time: exactly one application results. Every answer is held against what was asked, must be
//! signed by a certified provider, and is kept as evidence that anyone can verify offline.

mod evidence;
mod hop;
mod record;

use std::collections::BTreeMap;

use kodanik_crypto::encoding::to_base64url;
use kodanik_crypto::secret::Secret;
use kodanik_crypto::time::UnixSeconds;
use kodanik_identity::dcql::ClaimPath;
use kodanik_identity::sd_jwt::{KeyBinding, SdJwtError};
use kodanik_identity::trust::TrustError;
use kodanik_services::address::{AddressError, ClientId, RestPath, ServiceId, UserId};
use kodanik_services::catalogue::{InputError, Operation, Service};
use kodanik_services::error::{Cause, Fault};
use kodanik_services::evidence::{EvidenceError, VerifiedEvidence};
use kodanik_services::message::{AnswerError, Method, RestResponse, StrictRequest};
use kodanik_services::signature::SignatureRefused;
use kodanik_services::tracker::{CaseStatus, Observation, Tracker};
use rand_core::OsRng;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;
use uuid::Uuid;

pub use kodanik_services::catalogue::{Field, FieldKind};
pub use kodanik_services::tracker::CaseState;

pub use self::evidence::EvidenceReport;
use self::hop::Hop;
pub use self::record::{Progress, RequestRecord};
use crate::credentials::Held;
use crate::error::{Misbehaviour, Misuse, Refusal, WalletError};
use crate::history::{HistoryEntry, HistoryKind, append_in};
use crate::platform::PromptReason;
use crate::store::Table;
use crate::wallet::Wallet;

/// The type of the e-ID: the EU PID.
const PID_TYPE: &str = "urn:eudi:pid:1";
/// The claim that names the citizen; every service gets it.
const NUMBER_CLAIM: &str = "personal_administrative_number";
/// How long a request's signature is good, in seconds.
const SIGNATURE_LIFETIME: u64 = 60;

/// Why a request to a public service does not come to an answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RequestError {
    // The citizen can fix it.
    /// The form is not filled in as the service asks.
    #[error(transparent)]
    Input(#[from] InputError),
    /// There is no e-ID in this wallet, or it cannot be used.
    #[error("there is no usable e-ID in this wallet")]
    NoEid,

    // X-Road or the provider.
    /// X-Road failed for good: trying again does not help.
    #[error(transparent)]
    Fault(Fault),
    /// X-Road or the provider is out of order. The request is kept and will be sent again.
    #[error("the service cannot be reached now; the request is kept")]
    Unreachable,

    // A file that somebody gave.
    /// Not evidence, or tampered with.
    #[error("the evidence does not hold: {0}")]
    Evidence(#[from] EvidenceError),
    /// The e-ID in it.
    #[error("the e-ID does not hold: {0}")]
    Eid(#[from] SdJwtError),
    /// The provider's certificate is of another body, or not of one that this wallet trusts.
    #[error("the provider is not certified for this service")]
    UncertifiedProvider,
    /// What this wallet trusts.
    #[error("the provider's certificate: {0}")]
    Trust(#[from] TrustError),

    // Us.
    /// The request could not be composed.
    #[error("the request cannot be composed: {0}")]
    Compose(#[from] SignatureRefused),
}

impl RequestError {
    /// The field of the form that is not filled in as the service asks.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Input(
                InputError::Invalid { field }
                | InputError::Required { field }
                | InputError::Unknown { field },
            ) => Some(field),
            _ => None,
        }
    }

    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Compose(_) => "compose",
            Self::Eid(_) => "eid",
            Self::Evidence(_) => "evidence",
            Self::Fault(fault) => match fault.code.cause() {
                Cause::AccessDenied => "access_denied",
                Cause::NoSuchService => "no_such_service",
                _ => "x_road",
            },
            Self::Input(_) => "input",
            Self::NoEid => "no_eid",
            Self::Trust(_) | Self::UncertifiedProvider => "provider",
            Self::Unreachable => "unreachable",
        }
    }
}

/// What can be asked for, and under which consumer's name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// The gateway's subsystem in X-Road.
    pub client: ClientId,
    /// The services.
    pub services: Vec<Service>,
}

/// Exactly what a request would send, to be shown before anything leaves.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The service's name in words.
    pub title: String,
    /// What is asked, in words.
    pub summary: String,
    /// The claims of the e-ID that go along, with their values: shown, never stored in the history.
    pub claims: Vec<(String, Value)>,
    /// The body: what the citizen typed.
    pub body: Option<Value>,
    record: RequestRecord,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The request's id, and the evidence's.
    pub id: String,
    /// The provider's name out of its certificate.
    pub provider: String,
    /// The provider's HTTP status.
    pub status: u16,
    /// The answer.
    pub body: Value,
    /// The case that was opened, if one was.
    pub case: Option<CaseStatus>,
    /// How often the request was sent until the answer arrived.
    pub attempts: u32,
    /// X-Road's ids, and when the provider signed.
    pub report: EvidenceReport,
}

impl Answered {
    /// The provider's signed no, where it is one.
    pub fn refusal(&self) -> Option<Refusal> {
        (self.status >= 400).then(|| refusal(self.status, &self.body))
    }
}

/// What came of one request of several.
#[derive(Debug)]
pub struct Outcome<T> {
    /// The request's id.
    pub id: String,
    /// What came of it; the others went on.
    pub result: Result<T, WalletError>,
}

/// A case that was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseUpdate {
    /// Where it stands.
    pub status: CaseStatus,
    /// Whether that is new.
    pub changed: bool,
}

impl Wallet {
    /// The services that the gateway can reach.
    pub async fn services(&self) -> Result<Catalogue, WalletError> {
        self.planes().identified.get_json(&self.identified_url("services")?).await
    }

    /// Checks the citizen's input and shows what would be sent.
    pub fn preview_request(
        &self,
        catalogue: &Catalogue,
        service: &ServiceId,
        operation: &Operation,
        input: &BTreeMap<String, String>,
    ) -> Result<Preview, WalletError> {
        let found = catalogue.services.iter().find(|other| other.id == *service).ok_or(Misuse::NotFound)?;
        let body = match operation.fields.is_empty() && operation.method == Method::Get {
            true => None,
            false => Some(operation.parse_input(input).map_err(RequestError::from)?),
        };
        let path =
            RestPath::new(service, &operation.path).map_err(|_: AddressError| Misuse::NotUnderstood)?;
        let record = self.compose_record(
            catalogue.client.clone(),
            operation,
            path.as_str(),
            body.as_ref(),
            &found.title,
        )?;
        let eid = self.eid()?;
        let claims =
            record.claims.iter().map(|name| (name.clone(), eid.verified.claims()[name].clone())).collect();
        let (title, summary) = (found.title.clone(), operation.summary.clone());
        Ok(Preview { title, summary, claims, body, record })
    }

    /// Stores the request, then sends it. An error after the first step leaves it stored where it may have arrived:
    /// [`Self::resume_requests`] sends it again.
    pub async fn submit_request(&self, preview: Preview) -> Result<Answered, WalletError> {
        let mut hop = Hop::open(self).await?;
        self.store_and_send(&mut hop, preview.record).await
    }

    /// Sends again every request that has no answer, under its old id with a fresh signature. What fails stays stored.
    pub async fn resume_requests(&self) -> Result<Vec<Outcome<Answered>>, WalletError> {
        let unanswered: Vec<RequestRecord> =
            self.requests()?.into_iter().filter(|record| record.progress == Progress::Sending).collect();
        let mut outcomes = Vec::new();
        if unanswered.is_empty() {
            return Ok(outcomes);
        }
        let mut hop = Hop::open(self).await?;
        for record in unanswered {
            let id = record.id.clone();
            outcomes.push(Outcome { id, result: self.send_request(&mut hop, record).await });
        }
        Ok(outcomes)
    }

    /// Every request of this wallet, oldest first.
    pub fn requests(&self) -> Result<Vec<RequestRecord>, WalletError> {
        let rows = self.store().list::<RequestRecord>(Table::Cases)?;
        Ok(rows.into_iter().map(|row| row.value).collect())
    }

    /// Asks about every open case that is due, or about all where `now_please`.
    pub async fn poll_cases(&self, now_please: bool) -> Result<Vec<Outcome<CaseUpdate>>, WalletError> {
        let now = self.platform().clock.now();
        self.poll(|_, tracker| tracker.next_question().is_some_and(|at| now_please || at <= now)).await
    }

    /// Asks about one case, by the id of the request that opened it. A closed one is not asked about.
    pub async fn poll_case(&self, id: &str) -> Result<CaseStatus, WalletError> {
        let asked = self.poll(|other, tracker| other == id && tracker.next_question().is_some()).await?;
        match asked.into_iter().next() {
            Some(update) => Ok(update.result?.status),
            None => Ok(self.case(id)?.1),
        }
    }

    async fn poll(
        &self,
        due: impl Fn(&str, &Tracker) -> bool,
    ) -> Result<Vec<Outcome<CaseUpdate>>, WalletError> {
        let now = self.platform().clock.now();
        let mut outcomes = Vec::new();
        let mut hop = None;
        for mut record in self.requests()? {
            let Progress::Case { case, tracker } = &mut record.progress else { continue };
            if !due(&record.id, tracker) {
                continue;
            }
            let hop = match &mut hop {
                Some(hop) => hop,
                None => hop.insert(Hop::open(self).await?),
            };
            let asked = hop.case_status(&record.service, case).await;
            let result = observe(tracker, asked, now);
            self.store().put(Table::Cases, &record.id, &record)?;
            outcomes.push(Outcome { id: record.id, result });
        }
        Ok(outcomes)
    }

    /// The decision of a closed case, with its evidence: fetched once, and the kept one afterwards. `id` is that of the
    /// request that opened the case.
    pub async fn case_decision(&self, id: &str) -> Result<Answered, WalletError> {
        let (opened, _) = self.case(id)?;
        if !opened.has_decision() {
            return Err(Misuse::WrongState.into());
        }
        self.on_case(opened, Method::Get, "decision").await
    }

    /// Withdraws an open case, and asks where it stands then.
    pub async fn withdraw_case(&self, id: &str) -> Result<Answered, WalletError> {
        let (opened, status) = self.case(id)?;
        if status.state.is_final() {
            return Err(Misuse::WrongState.into());
        }
        let answered = self.on_case(opened, Method::Post, "withdrawal").await?;
        // It is withdrawn, or not, whatever comes of the question: the next one finds out.
        let _ = self.poll_case(id).await;
        Ok(answered)
    }

    /// The request that opened a case, by its id, and where the case stood when last heard of. [`Misuse::WrongState`] for
    /// a request that opened none.
    pub fn case(&self, id: &str) -> Result<(RequestRecord, CaseStatus), WalletError> {
        let opened: RequestRecord = self.store().get(Table::Cases, id)?.ok_or(Misuse::NotFound)?;
        let Progress::Case { tracker, .. } = &opened.progress else {
            return Err(Misuse::WrongState.into());
        };
        let status = tracker.status;
        Ok((opened, status))
    }

    /// What was asked before and has no answer is sent again, and what was granted is kept.
    async fn on_case(
        &self,
        opened: RequestRecord,
        method: Method,
        what: &str,
    ) -> Result<Answered, WalletError> {
        let path = opened.step(what).ok_or(Misuse::WrongState)?;
        let operation = Operation {
            method,
            path: path.tail().to_owned(),
            summary: format!("{} ({what})", opened.summary),
            claims: Vec::new(),
            fields: Vec::new(),
        };
        let before = self.requests()?.into_iter().rev().find(|record| record.path == path.as_str());
        match before {
            Some(record) if record.progress == Progress::Sending => {
                self.send_request(&mut Hop::open(self).await?, record).await
            }
            Some(record) if record.is_granted() => self.kept_answer(&record),
            _ => {
                let record =
                    self.compose_record(opened.client, &operation, path.as_str(), None, &opened.title)?;
                self.store_and_send(&mut Hop::open(self).await?, record).await
            }
        }
    }

    fn compose_record(
        &self,
        client: ClientId,
        operation: &Operation,
        path: &str,
        body: Option<&Value>,
        title: &str,
    ) -> Result<RequestRecord, WalletError> {
        let path = RestPath::parse(path).map_err(|_| Misuse::NotUnderstood)?;
        let mut claims = operation.claims.clone();
        claims.retain(|name| name != NUMBER_CLAIM);
        claims.insert(0, NUMBER_CLAIM.to_owned());
        Ok(RequestRecord {
            id: Uuid::new_v4().to_string(),
            service: path.service().clone(),
            path: path.as_str().to_owned(),
            method: operation.method,
            body: body.map(Value::to_string),
            client,
            user: self.citizen()?,
            title: title.to_owned(),
            summary: operation.summary.clone(),
            claims,
            created: self.platform().clock.now(),
            attempts: 0,
            progress: Progress::Sending,
        })
    }

    async fn store_and_send(
        &self,
        hop: &mut Hop<'_>,
        record: RequestRecord,
    ) -> Result<Answered, WalletError> {
        let line = HistoryEntry {
            kind: HistoryKind::ServiceRequested,
            party: record.service.to_string(),
            purpose: record.summary.clone(),
            claims: record.claims.clone(),
            time: record.created,
        };
        self.store().batch(|tx| {
            append_in(tx, &line)?;
            tx.put(Table::Cases, &record.id, &record)
        })?;
        self.send_request(hop, record).await
    }

    /// One attempt. The record says so before anything leaves.
    async fn send_request(
        &self,
        hop: &mut Hop<'_>,
        mut record: RequestRecord,
    ) -> Result<Answered, WalletError> {
        record.attempts += 1;
        self.store().put(Table::Cases, &record.id, &record)?;
        let request = self.sign_request(&record).await?;
        let response = match hop.call(&request).await {
            Ok(response) => response,
            Err(error) => return Err(self.keep_or_drop(&record, error)?),
        };
        match response.check(&request) {
            Ok(_) => self.take_answer(record, request, response),
            Err(AnswerError::Fault(fault)) => Err(self.fault(&record, fault)?),
            Err(error) => Err(Misbehaviour::new("x_road", "answer_to_another_request", error).into()),
        }
    }

    /// A refusal of the very first attempt means that nothing arrived: the request is forgotten. Anything else
    /// leaves it to be sent again.
    fn keep_or_drop(&self, record: &RequestRecord, error: WalletError) -> Result<WalletError, WalletError> {
        // 408 is a gateway's own time-out, which says nothing about what it did before
        let refused =
            matches!(&error, WalletError::Refused(refusal) if refusal.status < 500 && refusal.status != 408);
        if refused && record.attempts == 1 {
            self.store().delete(Table::Cases, &record.id)?;
        }
        Ok(error)
    }

    fn fault(&self, record: &RequestRecord, fault: Fault) -> Result<WalletError, WalletError> {
        let for_good =
            matches!(fault.code.cause(), Cause::AccessDenied | Cause::NoSuchService | Cause::OurRequest);
        if !for_good {
            return Ok(RequestError::Unreachable.into());
        }
        if record.attempts == 1 {
            self.store().delete(Table::Cases, &record.id)?;
        }
        Ok(RequestError::Fault(fault).into())
    }

    /// Verifies the answer and stores it with its evidence in one transaction.
    fn take_answer(
        &self,
        mut record: RequestRecord,
        request: StrictRequest,
        response: RestResponse,
    ) -> Result<Answered, WalletError> {
        if response.status >= 400 && !response.headers.contains("signature") {
            return Err(self.unsigned_refusal(&record, &response)?);
        }
        let (file, verified, report) = self.keep_evidence(request, response)?;
        let now = self.platform().clock.now();
        record.progress = match opened_case(&body_of(&verified), verified.response.status) {
            Some((case, status)) => Progress::Case { case, tracker: Tracker::new(status, now) },
            None => Progress::Answered { status: verified.response.status },
        };
        self.store().batch(|tx| {
            tx.put(Table::Cases, &record.id, &record)?;
            tx.put_bytes(Table::Evidence, &evidence::row_id(&record.id), &file)
        })?;
        Ok(answered(&record, &verified, report))
    }

    /// The answer of a request that has one, out of its evidence.
    fn kept_answer(&self, record: &RequestRecord) -> Result<Answered, WalletError> {
        let (verified, report) = self.open_evidence(&self.evidence_file(&record.id)?)?;
        Ok(answered(record, &verified, report))
    }

    /// The provider refused without knowing the citizen, so without a signature: not an answer to the application.
    fn unsigned_refusal(
        &self,
        record: &RequestRecord,
        response: &RestResponse,
    ) -> Result<WalletError, WalletError> {
        let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        self.keep_or_drop(record, refusal(response.status, &body).into())
    }

    /// Composes and signs an attempt: the e-ID bound to this very signature, then the request.
    async fn sign_request(&self, record: &RequestRecord) -> Result<StrictRequest, WalletError> {
        let now = self.platform().clock.now();
        let nonce = to_base64url(Secret::<24>::make(&mut OsRng).expose());
        let audience = record.service.to_string();
        let claims: Vec<ClaimPath> = record.claims.iter().map(|name| ClaimPath::of(&[name])).collect();
        let eid = self.eid()?;
        let presentation = self.present_to(&eid, &claims, &nonce, &audience, PromptReason::Request).await?;
        let application = record.application()?;
        let draft =
            application.draft(&presentation, &nonce, now, SIGNATURE_LIFETIME).map_err(RequestError::from)?;
        let signature =
            self.platform().sign(&eid.stored.key, draft.signing_input(), PromptReason::Request).await?;
        Ok(draft.finish(signature).map_err(RequestError::from)?)
    }

    /// The e-ID with exactly `claims`, bound to `nonce` and `audience` by the device key.
    pub(crate) async fn present_to(
        &self,
        eid: &Held,
        claims: &[ClaimPath],
        nonce: &str,
        audience: &str,
        reason: PromptReason,
    ) -> Result<String, WalletError> {
        let now = self.platform().clock.now();
        let binding = KeyBinding { nonce, audience, now, other: serde_json::Map::new() };
        let draft = eid.verified.select(claims).and_then(|selected| selected.bind_key(&binding));
        let draft = draft.map_err(RequestError::from)?;
        let signature = self.platform().sign(&eid.stored.key, draft.signing_input(), reason).await?;
        Ok(draft.finish(signature))
    }

    /// The newest e-ID in this wallet, and the key that it is bound to.
    pub(crate) fn eid(&self) -> Result<Held, WalletError> {
        let eid = self.held()?.into_iter().find(|held| held.verified.vct() == PID_TYPE);
        eid.ok_or(RequestError::NoEid.into())
    }

    fn citizen(&self) -> Result<UserId, WalletError> {
        let eid = self.eid()?;
        let text = |name: &str| eid.verified.claims()[name].as_str().unwrap_or_default().to_owned();
        UserId::new(&text("issuing_country"), &text(NUMBER_CLAIM)).map_err(|_| RequestError::NoEid.into())
    }
}

fn observe(
    tracker: &mut Tracker,
    asked: Result<CaseStatus, WalletError>,
    now: UnixSeconds,
) -> Result<CaseUpdate, WalletError> {
    let seen = asked.inspect_err(|_| tracker.note_failure(now))?;
    let observed = tracker.observe(seen, now);
    let observation =
        observed.map_err(|step| Misbehaviour::new("provider", "case_contradicts_itself", step))?;
    let changed = observation == Observation::Changed;
    Ok(CaseUpdate { status: tracker.status, changed })
}

fn refusal(status: u16, body: &Value) -> Refusal {
    let code = body["error"].as_str().filter(|code| code.len() <= 64 && code.is_ascii());
    Refusal { status, code: code.map_or_else(|| format!("http_{status}"), str::to_owned), words: None }
}

fn answered(record: &RequestRecord, verified: &VerifiedEvidence, report: EvidenceReport) -> Answered {
    let body = body_of(verified);
    Answered {
        id: record.id.clone(),
        provider: report.provider.clone(),
        status: verified.response.status,
        case: opened_case(&body, verified.response.status).map(|(_, status)| status),
        body,
        attempts: record.attempts,
        report,
    }
}

/// Nothing where it is no JSON.
fn body_of(verified: &VerifiedEvidence) -> Value {
    serde_json::from_slice(&verified.response.body).unwrap_or_default()
}

/// The case that an answer opened: 202 with `case` and `status`.
fn opened_case(body: &Value, status: u16) -> Option<(String, CaseStatus)> {
    let case = body["case"].as_str().filter(|case| (1..=64).contains(&case.len()))?;
    let name = case.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let state = serde_json::from_value(body["status"].clone()).ok()?;
    (status == 202 && name).then(|| (case.to_owned(), state))
}
