//! Whether somebody with a backup code is taking this e-ID to another phone, and stopping them.

use std::sync::Arc;

use kodanik_wallet::backup::{PendingRebinding, RebindingState};

use crate::fault::Fault;
use crate::flow::{ChangeListener, Flow, Halt, Inner};
use crate::session::Session;

/// Where the flow stands.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum NoticesStage {
    /// The office is being asked. Leads to `Listed` or `Stopped`.
    Asking,
    /// What the office says: [`NoticesFlow::refuse`], or [`NoticesFlow::load`] to ask again.
    Listed {
        /// Recoveries that were begun and are not done, oldest first.
        notices: Vec<RecoveryNotice>,
        /// Whether this flow stopped one: the citizen goes to the office with the ID card.
        refused_one: bool,
    },
    /// [`NoticesFlow::load`].
    Loading,
    /// A recovery is being stopped. Leads to `Listed`.
    Refusing,
    /// Over. [`NoticesFlow::load`] begins anew.
    Stopped {
        /// Why.
        fault: Fault,
    },
}

/// Somebody used a backup code of this wallet.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RecoveryNotice {
    /// Its name, for [`NoticesFlow::refuse`].
    pub id: String,
    /// Unix seconds at which the code was used.
    pub begun: u64,
    /// Unix seconds at which it takes effect.
    pub not_before: u64,
    /// Whether it is stopped already, and the office decides.
    pub is_refused: bool,
}

impl From<&PendingRebinding> for RecoveryNotice {
    fn from(pending: &PendingRebinding) -> Self {
        Self {
            id: pending.rebinding.to_string(),
            begun: pending.begun.0,
            not_before: pending.not_before.0,
            is_refused: pending.state == RebindingState::Suspended,
        }
    }
}

/// Recoveries that others have begun: `Loading`, `Asking`, `Listed`, from there `Refusing` and back; or `Stopped`.
#[derive(uniffi::Object)]
pub struct NoticesFlow {
    flow: Arc<Flow<Stage>>,
}

enum Stage {
    Asking,
    Listed { pending: Vec<PendingRebinding>, refused_one: bool },
    Loading,
    Refusing,
    Stopped(Fault),
}

impl Inner for Stage {
    fn stop(&mut self, fault: Fault) {
        if !matches!(self, Self::Stopped(_)) {
            *self = Self::Stopped(fault);
        }
    }
}

#[uniffi::export(async_runtime = "tokio")]
impl NoticesFlow {
    /// Where the flow stands.
    pub fn state(&self) -> NoticesStage {
        self.flow.look(Stage::view)
    }

    /// The listener; nothing ends it.
    pub fn watch(&self, listener: Option<Arc<dyn ChangeListener>>) {
        self.flow.watcher.set(listener);
    }

    /// Ends the flow, also while a verb runs. Where a recovery was being stopped, [`NoticesFlow::load`] shows whether it is.
    pub fn cancel(&self) {
        self.flow.cancel();
    }

    /// Asks the recovery office. The phone's key may ask the citizen. From `Loading`, `Listed` and `Stopped`.
    ///
    /// [`Fault::WrongState`] (`recovery.no_backup`), [`Fault::Cancelled`], [`Fault::DeviceKey`], [`Fault::Offline`],
    /// [`Fault::Refused`] (`refused.wrong_phone`: the e-ID is on another phone now), [`Fault::Misbehaved`],
    /// [`Fault::Storage`].
    pub async fn load(&self) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::Loading | Stage::Stopped(_) => Ok(false),
            Stage::Listed { refused_one, .. } => Ok(refused_one),
            other => Err(other),
        };
        self.flow
            .step(Stage::Asking, take, |session, refused_one| async move {
                let pending = session.wallet().recovery_notices().await?;
                Ok(Stage::Listed { pending, refused_one })
            })
            .await
    }

    /// Stops a recovery, by its name: the office then decides. The phone's key may ask the citizen. From `Listed`; a fault
    /// leads back to it. Faults as [`NoticesFlow::load`], and [`Fault::WrongState`] (`misuse.not_found`).
    pub async fn refuse(&self, id: String) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::Listed { pending, refused_one } => Ok((pending, refused_one)),
            other => Err(other),
        };
        self.flow
            .step(Stage::Refusing, take, |session, (mut pending, refused_one)| async move {
                let Some(found) = pending.iter_mut().find(|pending| pending.rebinding.to_string() == id)
                else {
                    let fault = Fault::WrongState { code: "misuse.not_found".to_owned() };
                    return Err(Halt::back_to(Stage::Listed { pending, refused_one }, fault));
                };
                match session.wallet().cancel_recovery(found).await {
                    Ok(()) => {
                        found.state = RebindingState::Suspended;
                        Ok(Stage::Listed { pending, refused_one: true })
                    }
                    Err(error) => Err(Halt::back_to(Stage::Listed { pending, refused_one }, error)),
                }
            })
            .await
    }
}

impl NoticesFlow {
    pub(crate) fn new(session: &Arc<Session>) -> Arc<Self> {
        Arc::new(Self { flow: Flow::new(session, Stage::Loading) })
    }
}

impl Stage {
    fn view(&self) -> NoticesStage {
        match self {
            Self::Asking => NoticesStage::Asking,
            Self::Listed { pending, refused_one } => NoticesStage::Listed {
                notices: pending.iter().map(RecoveryNotice::from).collect(),
                refused_one: *refused_one,
            },
            Self::Loading => NoticesStage::Loading,
            Self::Refusing => NoticesStage::Refusing,
            Self::Stopped(fault) => NoticesStage::Stopped { fault: fault.clone() },
        }
    }
}
