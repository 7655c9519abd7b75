//! Getting everything back on a new phone, with a backup code and, where it is at hand, the plastic ID card.

use std::sync::Arc;

use async_trait::async_trait;
use kodanik_crypto::signature::Signature;
use kodanik_wallet::platform::KeyError;
use kodanik_wallet::recover::{RecoverOutcome, Recovered, SecondFactor};

use crate::backup::BackupSize;
use crate::fault::Fault;
use crate::flow::{ChangeListener, Flow, Halt, Inner};
use crate::lists::Credential;
use crate::platform::KeyFault;
use crate::session::Session;

/// A tap of the plastic ID card. Implemented by the shell.
#[uniffi::export(rust, foreign)]
#[async_trait]
pub trait IdCard: Send + Sync {
    /// ES256 over `message` by the card's registered key, as ASN.1 DER; the card asks for its own PIN.
    async fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyFault>;
}

/// Where the flow stands.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum RecoverStage {
    /// [`RecoverFlow::recover`].
    AwaitingCode,
    /// Everything is back. Every code of the old set is dead: the citizen makes new ones.
    Recovered {
        /// Unix seconds of the backup: what happened later is not in it.
        made: u64,
        /// How much it held.
        size: BackupSize,
        /// Names of credentials to be requested again, other than the e-ID.
        request_again: Vec<String>,
        /// The new e-ID; nothing where an interrupted run had got it already.
        e_id: Option<Credential>,
    },
    /// The office and the wallet are at it. Leads to `Recovered`, `Waiting` or `Stopped`.
    Recovering,
    /// The lost phone's e-ID and every code of its set are dead. A new e-ID takes a new offer.
    Revoked,
    /// The office is putting the e-ID out of force. Leads to `Revoked`, or back to `AwaitingCode`.
    Revoking,
    /// Over for now. [`RecoverFlow::recover`] with the same code goes on where it stopped.
    Stopped {
        /// Why.
        fault: Fault,
    },
    /// The code is accepted and takes effect later: [`RecoverFlow::recover`] again then, or before it with the card.
    Waiting {
        /// Unix seconds.
        not_before: u64,
    },
}

/// Recovering into a new wallet: `AwaitingCode`, `Recovering`, `Waiting` where there is no card, `Recovered`; with the
/// revocation code, in any wallet, `Revoking` and `Revoked`; or `Stopped`.
#[derive(uniffi::Object)]
pub struct RecoverFlow {
    flow: Arc<Flow<RecoverStage>>,
}

impl Inner for RecoverStage {
    fn stop(&mut self, fault: Fault) {
        if !matches!(self, Self::Recovered { .. } | Self::Revoked | Self::Stopped { .. }) {
            *self = Self::Stopped { fault };
        }
    }
}

#[uniffi::export(async_runtime = "tokio")]
impl RecoverFlow {
    /// Where the flow stands.
    pub fn state(&self) -> RecoverStage {
        self.flow.look(Clone::clone)
    }

    /// The listener; nothing ends it.
    pub fn watch(&self, listener: Option<Arc<dyn ChangeListener>>) {
        self.flow.watcher.set(listener);
    }

    /// Ends the flow, also while a verb runs. Nothing is used up but one of a code's five tries a day: the same code goes
    /// on where this stopped.
    pub fn cancel(&self) {
        self.flow.cancel();
    }

    /// Redeems a backup code, as typed: the lost phone's e-ID dies first, then everything comes back and a new e-ID is
    /// issued. From `AwaitingCode`, `Waiting` and `Stopped`.
    ///
    /// [`Fault::NotUnderstood`] for a mistyped code, [`Fault::Refused`], [`Fault::WrongState`]
    /// (`recovery.not_a_new_wallet`), [`Fault::Cancelled`], [`Fault::DeviceKey`], [`Fault::Offline`],
    /// [`Fault::Misbehaved`], [`Fault::Storage`].
    #[expect(clippy::result_large_err, reason = "a stage that is given back goes where it came from")]
    pub async fn recover(&self, code: String, card: Option<Arc<dyn IdCard>>) -> Result<(), Fault> {
        let take = |stage: RecoverStage| match stage {
            RecoverStage::AwaitingCode | RecoverStage::Waiting { .. } | RecoverStage::Stopped { .. } => {
                Ok(())
            }
            other => Err(other),
        };
        self.flow
            .step(RecoverStage::Recovering, take, |session, ()| async move {
                let card = card.map(Card);
                let factor = card.as_ref().map(|card| card as &dyn SecondFactor);
                Ok(session.wallet().recover(&code, factor).await?.into())
            })
            .await
    }

    /// Redeems the revocation code, as typed, which the citizen has confirmed: the e-ID that it was made for dies with every
    /// code of its set, and nothing comes back. Works in any wallet. Left on the way, it may have happened. From
    /// `AwaitingCode` and `Stopped`; a fault leads back to `AwaitingCode`.
    ///
    /// [`Fault::NotUnderstood`] for a mistyped code or a backup code, [`Fault::Refused`], [`Fault::Offline`],
    /// [`Fault::DeviceKey`], [`Fault::Storage`].
    #[expect(clippy::result_large_err, reason = "a stage that is given back goes where it came from")]
    pub async fn revoke(&self, code: String) -> Result<(), Fault> {
        let take = |stage: RecoverStage| match stage {
            RecoverStage::AwaitingCode | RecoverStage::Stopped { .. } => Ok(()),
            other => Err(other),
        };
        self.flow
            .step(RecoverStage::Revoking, take, |session, ()| async move {
                match session.wallet().revoke_by_code(&code).await {
                    Ok(()) => Ok(RecoverStage::Revoked),
                    Err(error) => Err(Halt::back_to(RecoverStage::AwaitingCode, error)),
                }
            })
            .await
    }
}

impl RecoverFlow {
    pub(crate) fn new(session: &Arc<Session>) -> Arc<Self> {
        Arc::new(Self { flow: Flow::new(session, RecoverStage::AwaitingCode) })
    }
}

/// The shell's card as the wallet wants it.
struct Card(Arc<dyn IdCard>);

#[async_trait]
impl SecondFactor for Card {
    async fn sign(&self, message: &[u8]) -> Result<Signature, KeyError> {
        let der = self.0.sign(message.to_vec()).await?;
        Signature::from_der(&der).map_err(|_| KeyError::Damaged)
    }
}

impl From<RecoverOutcome> for RecoverStage {
    fn from(outcome: RecoverOutcome) -> Self {
        match outcome {
            RecoverOutcome::Recovered(recovered) => {
                let Recovered { made, summary, request_again, e_id, .. } = *recovered;
                Self::Recovered {
                    made: made.0,
                    size: summary.into(),
                    request_again: request_again.into_iter().map(|credential| credential.name).collect(),
                    e_id: e_id.map(|enrolled| enrolled.credential.into()),
                }
            }
            RecoverOutcome::Waiting { not_before } => Self::Waiting { not_before: not_before.0 },
        }
    }
}
