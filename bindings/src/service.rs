//! Asking a public service: the catalogue, the form, what would be sent, the answer.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use kodanik_wallet::request::{
    self, Answered, CaseState as State, Catalogue, Field, Preview, Progress, RequestRecord,
};
use kodanik_wallet::{Wallet, WalletError};

use crate::fault::Fault;
use crate::flow::{ChangeListener, Flow, Halt, Inner, caught};
use crate::session::Session;

/// Where the flow stands.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
#[uniffi::export(Debug)]
pub enum ServiceStage {
    /// Answered, verified, and kept with its evidence.
    Answered {
        /// The request's name, and the evidence's.
        id: String,
        /// The provider, out of its certificate.
        provider: String,
        /// The provider's HTTP status.
        status: u16,
        /// The answer, as JSON.
        body: String,
        /// Where the case stands that was opened, if one was.
        case: Option<CaseState>,
        /// How often the request was sent until the answer arrived.
        attempts: u32,
    },
    /// [`ServiceFlow::fill`].
    Choosing {
        /// What can be asked for.
        services: Vec<Service>,
    },
    /// [`ServiceFlow::load`], which leads to `Choosing` or `Stopped`.
    Loading,
    /// Exactly what would be sent: [`ServiceFlow::send`], or [`ServiceFlow::back`].
    Reviewing {
        /// The service's name in words.
        title: String,
        /// What is asked, in words.
        summary: String,
        /// The claims of the e-ID that go along, with their values.
        claims: Vec<Claim>,
        /// What the citizen typed, as JSON.
        body: Option<String>,
    },
    /// The request is being signed and sent. Leads to `Answered` or `Stopped`.
    Sending,
    /// Over. [`ServiceFlow::load`] begins anew.
    Stopped {
        /// Why.
        fault: Fault,
        /// Whether a request is kept that has no answer: [`crate::Kodanik::resume_requests`] sends it again under its
        /// old name, and the provider takes it once.
        kept: bool,
    },
}

/// A service and what a citizen can do with it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Service {
    /// Its address, for [`ServiceFlow::fill`].
    pub id: String,
    /// Its name in words.
    pub title: String,
    /// The life event it belongs to, for grouping.
    pub life_event: Option<String>,
    /// What can be done, in the order that [`ServiceFlow::fill`] counts.
    pub operations: Vec<ServiceOperation>,
}

/// One thing that can be asked of a service.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ServiceOperation {
    /// In words.
    pub summary: String,
    /// The claims of the e-ID that go along, beside the personal number.
    pub claims: Vec<String>,
    /// The form; empty where there is none.
    pub fields: Vec<FormField>,
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct FormField {
    /// Its name, for [`ServiceFlow::fill`] and in faults.
    pub name: String,
    /// In words.
    pub title: String,
    /// Whether it must be filled in.
    pub required: bool,
    /// What it holds.
    pub kind: FieldKind,
}

/// What a field holds. Everything is typed as text.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum FieldKind {
    /// A calendar date, `YYYY-MM-DD`.
    Day,
    /// Text.
    FreeText {
        /// Most characters.
        max_length: u64,
    },
    /// One of several.
    OneOf {
        /// The values.
        options: Vec<String>,
    },
    /// A whole number.
    WholeNumber {
        /// Least value.
        minimum: i64,
        /// Greatest value.
        maximum: i64,
    },
    /// `true` or `false`.
    YesNo,
}

/// A claim with its value: shown before it is sent, and stored in no history.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// Its value as text; JSON where it is no string.
    pub value: String,
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claim({})", self.name)
    }
}

/// Where a case at a public service stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum CaseState {
    /// Decided against the citizen.
    Declined,
    /// Decided: there is a document.
    Decided,
    /// The citizen has to add something.
    NeedsInput,
    /// Somebody or something works on it.
    Processing,
    /// The application is in.
    Received,
    /// Taken back by the citizen.
    Withdrawn,
}

impl From<State> for CaseState {
    fn from(state: State) -> Self {
        match state {
            State::Declined => Self::Declined,
            State::Done => Self::Decided,
            State::NeedsInput => Self::NeedsInput,
            State::Processing => Self::Processing,
            State::Received => Self::Received,
            State::Withdrawn => Self::Withdrawn,
        }
    }
}

/// Asking a public service: `Loading`, `Choosing`, `Reviewing`, `Sending`, `Answered`; or `Stopped`.
#[derive(uniffi::Object)]
pub struct ServiceFlow {
    flow: Arc<Flow<Stage>>,
}

enum Stage {
    Answered(Box<Answered>),
    Choosing(Arc<Catalogue>),
    Loading,
    Reviewing { catalogue: Arc<Catalogue>, preview: Box<Preview> },
    Sending,
    Stopped { fault: Fault, kept: bool },
}

impl Inner for Stage {
    /// While sending, only the wallet's list of requests knows.
    fn stop(&mut self, fault: Fault) {
        if !matches!(self, Self::Answered(_) | Self::Stopped { .. }) {
            *self = Self::Stopped { fault, kept: matches!(self, Self::Sending) };
        }
    }
}

#[uniffi::export(async_runtime = "tokio")]
impl ServiceFlow {
    /// Where the flow stands.
    pub fn state(&self) -> ServiceStage {
        self.flow.look(Stage::view)
    }

    /// The listener; nothing ends it.
    pub fn watch(&self, listener: Option<Arc<dyn ChangeListener>>) {
        self.flow.watcher.set(listener);
    }

    /// Ends the flow, also while a verb runs. A request that was being sent is kept and can be sent again.
    pub fn cancel(&self) {
        self.flow.cancel();
    }

    /// Fetches the catalogue. From `Loading` and `Stopped`. [`Fault::Offline`], [`Fault::Refused`],
    /// [`Fault::Misbehaved`].
    pub async fn load(&self) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::Loading | Stage::Stopped { .. } => Ok(()),
            other => Err(other),
        };
        self.flow
            .step(Stage::Loading, take, |session, ()| async move {
                Ok(Stage::Choosing(Arc::new(session.wallet().services().await?)))
            })
            .await
    }

    /// Checks a filled-in form (names of fields to what was typed) for one of a service's operations, counted from 0, and
    /// shows what would be sent. From `Choosing`; leads to `Reviewing`.
    ///
    /// [`Fault::NotUnderstood`] with the field that is not right, [`Fault::WrongState`] (`request.no_eid`,
    /// `misuse.not_found`).
    pub fn fill(&self, service: String, operation: u32, input: HashMap<String, String>) -> Result<(), Fault> {
        let session = self.flow.session()?;
        let catalogue = self.flow.look(Stage::catalogue).ok_or_else(Fault::wrong_state)?;
        let preview = caught(|| Ok(preview(session.wallet(), &catalogue, &service, operation, input)?))?;
        self.flow.change(|stage| {
            let possible = stage.catalogue().is_some();
            if possible {
                *stage = Stage::Reviewing { catalogue, preview: Box::new(preview) };
            }
            possible
        })
    }

    /// From `Reviewing` back to `Choosing`.
    pub fn back(&self) -> Result<(), Fault> {
        self.flow.change(|stage| {
            let Stage::Reviewing { catalogue, .. } = stage else { return false };
            *stage = Stage::Choosing(catalogue.clone());
            true
        })
    }

    /// Stores the request, signs it with the phone's key, which may ask the citizen, and sends it. From `Reviewing`.
    ///
    /// [`Fault::Cancelled`], [`Fault::DeviceKey`], [`Fault::Offline`], [`Fault::Refused`], [`Fault::UnknownParty`],
    /// [`Fault::Misbehaved`], [`Fault::Storage`].
    pub async fn send(&self) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::Reviewing { preview, .. } => Ok(preview),
            other => Err(other),
        };
        self.flow
            .step(Stage::Sending, take, |session, preview| async move {
                match session.wallet().submit_request(*preview).await {
                    Ok(answered) => Ok(Stage::Answered(Box::new(answered))),
                    Err(error) => Err(not_answered(session.wallet(), error)),
                }
            })
            .await
    }
}

impl ServiceFlow {
    pub(crate) fn new(session: &Arc<Session>) -> Arc<Self> {
        Arc::new(Self { flow: Flow::new(session, Stage::Loading) })
    }
}

fn preview(
    wallet: &Wallet,
    catalogue: &Catalogue,
    service: &str,
    operation: u32,
    input: HashMap<String, String>,
) -> Result<Preview, WalletError> {
    let not_found = || WalletError::from(kodanik_wallet::error::Misuse::NotFound);
    let found = catalogue.services.iter().find(|it| it.id.to_string() == service).ok_or_else(not_found)?;
    let operation = found.operations.get(operation as usize).ok_or_else(not_found)?;
    wallet.preview_request(catalogue, &found.id, operation, &input.into_iter().collect())
}

/// What the wallet's list of requests says. Where it cannot be read, the request may have been kept.
fn not_answered(wallet: &Wallet, error: WalletError) -> Halt<Stage> {
    let fault = Fault::from(error);
    let is_open =
        |requests: Vec<RequestRecord>| requests.iter().any(|record| record.progress == Progress::Sending);
    let kept = wallet.requests().map_or(true, is_open);
    Halt::back_to(Stage::Stopped { fault: fault.clone(), kept }, fault)
}

impl Stage {
    fn catalogue(&self) -> Option<Arc<Catalogue>> {
        match self {
            Self::Choosing(catalogue) => Some(catalogue.clone()),
            _ => None,
        }
    }

    fn view(&self) -> ServiceStage {
        match self {
            Self::Answered(answered) => ServiceStage::Answered {
                id: answered.id.clone(),
                provider: answered.provider.clone(),
                status: answered.status,
                body: answered.body.to_string(),
                case: answered.case.as_ref().map(|case| case.state.into()),
                attempts: answered.attempts,
            },
            Self::Choosing(catalogue) => ServiceStage::Choosing { services: services(catalogue) },
            Self::Loading => ServiceStage::Loading,
            Self::Reviewing { preview, .. } => reviewing(preview),
            Self::Sending => ServiceStage::Sending,
            Self::Stopped { fault, kept } => ServiceStage::Stopped { fault: fault.clone(), kept: *kept },
        }
    }
}

fn reviewing(preview: &Preview) -> ServiceStage {
    let claims = preview.claims.iter().map(|(name, value)| Claim {
        name: name.clone(),
        value: value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    });
    ServiceStage::Reviewing {
        title: preview.title.clone(),
        summary: preview.summary.clone(),
        claims: claims.collect(),
        body: preview.body.as_ref().map(ToString::to_string),
    }
}

fn services(catalogue: &Catalogue) -> Vec<Service> {
    let services = catalogue.services.iter().map(|service| Service {
        id: service.id.to_string(),
        title: service.title.clone(),
        life_event: service.life_event.clone(),
        operations: service
            .operations
            .iter()
            .map(|operation| ServiceOperation {
                summary: operation.summary.clone(),
                claims: operation.claims.clone(),
                fields: operation.fields.iter().map(FormField::from).collect(),
            })
            .collect(),
    });
    services.collect()
}

impl From<&Field> for FormField {
    fn from(field: &Field) -> Self {
        let kind = match &field.kind {
            request::FieldKind::Boolean => FieldKind::YesNo,
            request::FieldKind::Choice { options } => FieldKind::OneOf { options: options.clone() },
            request::FieldKind::Date => FieldKind::Day,
            request::FieldKind::Integer { minimum, maximum } => {
                FieldKind::WholeNumber { minimum: *minimum, maximum: *maximum }
            }
            request::FieldKind::Text { max_length } => FieldKind::FreeText { max_length: *max_length },
        };
        Self { name: field.name.clone(), title: field.title.clone(), required: field.required, kind }
    }
}

/// A request that is kept.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ServiceRequest {
    /// Its name.
    pub id: String,
    /// The service's name in words.
    pub title: String,
    /// What was asked, in words.
    pub summary: String,
    /// Unix seconds.
    pub created: u64,
    /// How often it was sent, or nearly.
    pub attempts: u32,
    /// How far it got.
    pub progress: ServiceProgress,
    /// The name of the request that opened the case, where this one only asked for its decision or to take it back.
    pub case_of: Option<String>,
}

/// How far a request got.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ServiceProgress {
    /// Answered, and that was all.
    Finished {
        /// The provider's HTTP status.
        status: u16,
    },
    /// A case is open, or closed.
    InCase {
        /// Where it stands.
        state: CaseState,
    },
    /// On its way, or waiting to be sent again.
    Unanswered,
}

impl ServiceRequest {
    /// All of a wallet's requests, in their order.
    pub(crate) fn list(records: Vec<RequestRecord>) -> Vec<Self> {
        let case_of = |record: &RequestRecord| records.iter().find(|opened| record.is_about(opened));
        let about: Vec<_> =
            records.iter().map(|record| case_of(record).map(|opened| opened.id.clone())).collect();
        records.into_iter().zip(about).map(|(record, case_of)| Self::new(record, case_of)).collect()
    }

    fn new(record: RequestRecord, case_of: Option<String>) -> Self {
        let progress = match &record.progress {
            Progress::Answered { status } => ServiceProgress::Finished { status: *status },
            Progress::Case { tracker, .. } => ServiceProgress::InCase { state: tracker.status.state.into() },
            Progress::Sending => ServiceProgress::Unanswered,
        };
        Self {
            id: record.id,
            title: record.title,
            summary: record.summary,
            created: record.created.0,
            attempts: record.attempts,
            progress,
            case_of,
        }
    }
}

/// What came of sending a kept request again.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ResumedRequest {
    /// Its name.
    pub id: String,
    /// Nothing where it is answered now.
    pub fault: Option<Fault>,
}

impl From<request::Outcome<Answered>> for ResumedRequest {
    fn from(outcome: request::Outcome<Answered>) -> Self {
        Self { id: outcome.id, fault: outcome.result.err().map(Fault::from) }
    }
}

impl fmt::Debug for ServiceStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answered { .. } => "Answered",
            Self::Choosing { .. } => "Choosing",
            Self::Loading => "Loading",
            Self::Reviewing { .. } => "Reviewing",
            Self::Sending => "Sending",
            Self::Stopped { fault, kept } => return write!(f, "Stopped({fault}, kept: {kept})"),
        })
    }
}
