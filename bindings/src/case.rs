//! Following a case at a public service: where it stands, its decision, taking it back.

use std::fmt;
use std::sync::Arc;

use kodanik_wallet::request::Answered;
use kodanik_wallet::{Wallet, WalletError};

use crate::fault::Fault;
use crate::flow::{ChangeListener, Flow, Halt, Inner};
use crate::service::CaseState;
use crate::session::Session;

/// Where the flow stands.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
#[uniffi::export(Debug)]
pub enum CaseStage {
    /// The body is being asked where the case stands. Leads to `Standing`.
    Asking,
    /// What was decided, verified, and kept with its evidence: [`CaseFlow::back`].
    Decided {
        /// The request's name, and the evidence's.
        id: String,
        /// The provider, out of its certificate.
        provider: String,
        /// The decision, as JSON.
        body: String,
    },
    /// The decision is being fetched, or taken out of its evidence. Leads to `Decided`, or back to `Standing`.
    Fetching,
    /// [`CaseFlow::load`], which leads to `Standing` or `Stopped`.
    Loading,
    /// What the wallet knows: [`CaseFlow::ask`], [`CaseFlow::withdraw`] or [`CaseFlow::decision`].
    Standing {
        /// The case.
        case: CaseView,
    },
    /// Over. [`CaseFlow::load`] begins anew.
    Stopped {
        /// Why.
        fault: Fault,
        /// Whether a request may be kept that has no answer: [`crate::Kodanik::resume_requests`], or the same verb again,
        /// sends it under its old name, and the provider takes it once.
        maybe_kept: bool,
    },
    /// The withdrawal is being signed and sent. Leads to `Standing`.
    Withdrawing,
}

/// A case as the wallet knows it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CaseView {
    /// The service's name in words.
    pub title: String,
    /// What was asked, in words.
    pub summary: String,
    /// Unix seconds of the request.
    pub created: u64,
    /// Where the case stands.
    pub state: CaseState,
    /// Unix seconds since when, as the provider says.
    pub since: u64,
    /// Whether [`CaseFlow::ask`] and [`CaseFlow::withdraw`] are possible.
    pub is_open: bool,
    /// Whether [`CaseFlow::decision`] is possible.
    pub has_decision: bool,
}

/// A case: `Loading`, `Standing`, from there `Asking`, `Withdrawing` and back, or `Fetching` and `Decided`; or `Stopped`.
#[derive(uniffi::Object)]
pub struct CaseFlow {
    flow: Arc<Flow<Stage>>,
    request: String,
}

enum Stage {
    Asking,
    Decided(Box<Answered>),
    Fetching,
    Loading,
    Standing(CaseView),
    Stopped { fault: Fault, maybe_kept: bool },
    Withdrawing,
}

impl Inner for Stage {
    /// A decision goes with the flow: it is kept as evidence.
    fn stop(&mut self, fault: Fault) {
        if !matches!(self, Self::Stopped { .. }) {
            let maybe_kept = matches!(self, Self::Fetching | Self::Withdrawing);
            *self = Self::Stopped { fault, maybe_kept };
        }
    }
}

#[uniffi::export(async_runtime = "tokio")]
impl CaseFlow {
    /// Where the flow stands.
    pub fn state(&self) -> CaseStage {
        self.flow.look(Stage::view)
    }

    /// The listener; nothing ends it.
    pub fn watch(&self, listener: Option<Arc<dyn ChangeListener>>) {
        self.flow.watcher.set(listener);
    }

    /// Ends the flow, also while a verb runs, and forgets the decision. A request that was being sent is kept and can be
    /// sent again.
    pub fn cancel(&self) {
        self.flow.cancel();
    }

    /// Looks up what the wallet knows; asks nobody. From `Loading` and `Stopped`. [`Fault::WrongState`]
    /// (`misuse.not_found`, `misuse.wrong_state`) where the request opened no case, [`Fault::Storage`].
    pub async fn load(&self) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::Loading | Stage::Stopped { .. } => Ok(()),
            other => Err(other),
        };
        self.flow
            .step(Stage::Loading, take, |session, ()| async move {
                Ok(Stage::Standing(view(session.wallet(), &self.request)?))
            })
            .await
    }

    /// Asks where the case stands. The phone's key may ask the citizen. From `Standing` where the case is open; a fault
    /// leads back to it.
    ///
    /// [`Fault::Cancelled`], [`Fault::DeviceKey`], [`Fault::Offline`], [`Fault::Refused`], [`Fault::Misbehaved`],
    /// [`Fault::Storage`].
    pub async fn ask(&self) -> Result<(), Fault> {
        self.flow
            .step(Stage::Asking, Stage::take_open, |session, before| async move {
                match session.wallet().poll_case(&self.request).await {
                    Ok(_) => Ok(Stage::Standing(view(session.wallet(), &self.request)?)),
                    Err(error) => Err(Halt::back_to(Stage::Standing(before), error)),
                }
            })
            .await
    }

    /// Takes the case back, which the citizen has confirmed. The phone's key may ask. From `Standing` where the case is
    /// open; leads back to it, with what the wallet then knows. [`Fault::Refused`] where it was decided meanwhile, and as
    /// [`CaseFlow::ask`].
    pub async fn withdraw(&self) -> Result<(), Fault> {
        self.flow
            .step(Stage::Withdrawing, Stage::take_open, |session, before| async move {
                let withdrawn = session.wallet().withdraw_case(&self.request).await.and_then(granted);
                let now = view(session.wallet(), &self.request).unwrap_or(before);
                match withdrawn {
                    Ok(_) => Ok(Stage::Standing(now)),
                    Err(error) => Err(Halt::back_to(Stage::Standing(now), error)),
                }
            })
            .await
    }

    /// Fetches the decision and keeps it with its evidence; a kept one asks nobody. The phone's key may ask the citizen.
    /// From `Standing` where there is one; leads to `Decided`. Faults as [`CaseFlow::ask`].
    pub async fn decision(&self) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::Standing(case) if case.has_decision => Ok(case),
            other => Err(other),
        };
        self.flow
            .step(Stage::Fetching, take, |session, before| async move {
                match session.wallet().case_decision(&self.request).await.and_then(granted) {
                    Ok(decision) => Ok(Stage::Decided(Box::new(decision))),
                    Err(error) => Err(Halt::back_to(Stage::Standing(before), error)),
                }
            })
            .await
    }

    /// From `Decided` to `Loading`, with the decision forgotten.
    pub fn back(&self) -> Result<(), Fault> {
        self.flow.change(|stage| {
            let possible = matches!(stage, Stage::Decided(_));
            if possible {
                *stage = Stage::Loading;
            }
            possible
        })
    }
}

impl CaseFlow {
    pub(crate) fn new(session: &Arc<Session>, request: String) -> Arc<Self> {
        Arc::new(Self { flow: Flow::new(session, Stage::Loading), request })
    }
}

/// A signed no is a refusal, and is kept as evidence all the same.
fn granted(answered: Answered) -> Result<Answered, WalletError> {
    match answered.refusal() {
        Some(refusal) => Err(refusal.into()),
        None => Ok(answered),
    }
}

fn view(wallet: &Wallet, request: &str) -> Result<CaseView, WalletError> {
    let (record, status) = wallet.case(request)?;
    Ok(CaseView {
        state: status.state.into(),
        since: status.since.0,
        is_open: !status.state.is_final(),
        has_decision: record.has_decision(),
        created: record.created.0,
        title: record.title,
        summary: record.summary,
    })
}

impl Stage {
    fn take_open(self) -> Result<CaseView, Self> {
        match self {
            Self::Standing(case) if case.is_open => Ok(case),
            other => Err(other),
        }
    }

    fn view(&self) -> CaseStage {
        match self {
            Self::Asking => CaseStage::Asking,
            Self::Decided(decision) => CaseStage::Decided {
                id: decision.id.clone(),
                provider: decision.provider.clone(),
                body: decision.body.to_string(),
            },
            Self::Fetching => CaseStage::Fetching,
            Self::Loading => CaseStage::Loading,
            Self::Standing(case) => CaseStage::Standing { case: case.clone() },
            Self::Stopped { fault, maybe_kept } => {
                CaseStage::Stopped { fault: fault.clone(), maybe_kept: *maybe_kept }
            }
            Self::Withdrawing => CaseStage::Withdrawing,
        }
    }
}

impl fmt::Debug for CaseStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asking => "Asking",
            Self::Decided { .. } => "Decided",
            Self::Fetching => "Fetching",
            Self::Loading => "Loading",
            Self::Standing { .. } => "Standing",
            Self::Stopped { fault, maybe_kept } => {
                return write!(f, "Stopped({fault}, maybe_kept: {maybe_kept})");
            }
            Self::Withdrawing => "Withdrawing",
        })
    }
}
