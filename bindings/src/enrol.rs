//! Getting a credential, the e-ID first of all: look at the offer, then accept it.

use std::fmt;
use std::sync::Arc;

use kodanik_crypto::secret::SecretText;
use kodanik_wallet::enrol::{EnrolCheck as Check, EnrolOutcome, OfferReview};

use crate::fault::Fault;
use crate::flow::{ChangeListener, Flow, Inner};
use crate::lists::{Credential, count};
use crate::session::Session;

/// Where the flow stands.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
#[uniffi::export(Debug)]
pub enum EnrolStage {
    /// The credential is being issued. Leads to `Done` or `Stopped`.
    Issuing,
    /// Nothing is known yet: [`EnrolFlow::load`], which leads to `Reviewing` or `Stopped`.
    Loading,
    /// To be shown before anything is accepted: [`EnrolFlow::accept`], or `cancel`.
    Reviewing {
        /// Who offers, by the certificate that signed the issuer's metadata.
        issuer: String,
        /// What is offered, as the issuer calls it.
        credential: String,
        /// Whether a code has to be typed that came on another way.
        needs_code: bool,
        /// How many characters it has, if the issuer says so.
        code_length: Option<u32>,
        /// Where to find it, in the issuer's words.
        code_hint: Option<String>,
    },
    /// The credential is in the wallet.
    Done {
        /// The credential.
        credential: Credential,
        /// What was checked on the way, in order.
        checks: Vec<EnrolCheck>,
    },
    /// Over, and nothing was kept. [`EnrolFlow::load`] begins anew; an offer whose code was used is dead.
    Stopped {
        /// Why.
        fault: Fault,
    },
}

/// Something that was checked while getting a credential.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum EnrolCheck {
    /// The credential is signed under a certificate that chains to a pinned anchor.
    CredentialSigned {
        /// The signer, by certificate.
        by: String,
    },
    /// So are the issuer's metadata.
    IssuerKnown {
        /// The issuer, by certificate.
        name: String,
    },
    /// The credential is bound to the key of this phone.
    KeyIsOurs,
    /// The status list says that the credential is valid.
    NotRevoked,
    /// Something that this version of the bridge has no name for.
    Other,
    /// The access token is of no use to anyone who has not this phone's key.
    TokenBound,
    /// Type and issuer are those of the offer.
    WhatWasOffered,
}

/// Getting a credential by an offer: `Loading`, `Reviewing`, `Issuing`, `Done` or `Stopped`.
#[derive(uniffi::Object)]
pub struct EnrolFlow {
    flow: Arc<Flow<Stage>>,
    offer: String,
}

enum Stage {
    Done(Box<EnrolOutcome>),
    Issuing,
    Loading,
    Reviewing(Box<OfferReview>),
    Stopped(Fault),
}

impl Inner for Stage {
    fn stop(&mut self, fault: Fault) {
        if !matches!(self, Self::Done(_) | Self::Stopped(_)) {
            *self = Self::Stopped(fault);
        }
    }
}

#[uniffi::export(async_runtime = "tokio")]
impl EnrolFlow {
    /// Where the flow stands.
    pub fn state(&self) -> EnrolStage {
        self.flow.look(Stage::view)
    }

    /// The listener; nothing ends it.
    pub fn watch(&self, listener: Option<Arc<dyn ChangeListener>>) {
        self.flow.watcher.set(listener);
    }

    /// Ends the flow, also while a verb runs. Nothing is kept that was not complete.
    pub fn cancel(&self) {
        self.flow.cancel();
    }

    /// Fetches the offer and finds out who makes it. From `Loading` and `Stopped`.
    ///
    /// [`Fault::NotUnderstood`] for what is no offer, [`Fault::UnknownParty`], [`Fault::Offline`], [`Fault::Refused`],
    /// [`Fault::Misbehaved`].
    pub async fn load(&self) -> Result<(), Fault> {
        let offer = self.offer.clone();
        let take = |stage: Stage| match stage {
            Stage::Loading | Stage::Stopped(_) => Ok(()),
            other => Err(other),
        };
        self.flow
            .step(Stage::Loading, take, |session, ()| async move {
                Ok(Stage::Reviewing(Box::new(session.wallet().inspect_offer(&offer).await?)))
            })
            .await
    }

    /// Gets the credential, with the code where one is needed. From `Reviewing`. The phone's key may ask the citizen.
    ///
    /// [`Fault::NotUnderstood`] (`enrol.tx_code`) for a code of the wrong form: nothing was sent. [`Fault::Refused`]
    /// (`refused.invalid_grant`) for a wrong code or a dead offer, [`Fault::Cancelled`], [`Fault::DeviceKey`],
    /// [`Fault::Offline`], [`Fault::Misbehaved`], [`Fault::Storage`]. All of them lead to `Stopped`.
    pub async fn accept(&self, code: Option<String>) -> Result<(), Fault> {
        let code = code.map(SecretText::new);
        let take = |stage: Stage| match stage {
            Stage::Reviewing(review) => Ok(review),
            other => Err(other),
        };
        self.flow
            .step(Stage::Issuing, take, |session, review| async move {
                Ok(Stage::Done(Box::new(session.wallet().accept_offer(*review, code).await?)))
            })
            .await
    }
}

impl EnrolFlow {
    pub(crate) fn new(session: &Arc<Session>, offer: String) -> Arc<Self> {
        Arc::new(Self { flow: Flow::new(session, Stage::Loading), offer })
    }
}

impl Stage {
    fn view(&self) -> EnrolStage {
        match self {
            Self::Done(outcome) => EnrolStage::Done {
                credential: outcome.credential.clone().into(),
                checks: outcome.checked.iter().map(EnrolCheck::from).collect(),
            },
            Self::Issuing => EnrolStage::Issuing,
            Self::Loading => EnrolStage::Loading,
            Self::Reviewing(review) => {
                let spec = review.tx_code.as_ref();
                EnrolStage::Reviewing {
                    issuer: review.issuer.clone(),
                    credential: review.credential.clone(),
                    needs_code: spec.is_some(),
                    code_length: spec.and_then(|spec| spec.length).map(count),
                    code_hint: spec.and_then(|spec| spec.description.clone()),
                }
            }
            Self::Stopped(fault) => EnrolStage::Stopped { fault: fault.clone() },
        }
    }
}

impl From<&Check> for EnrolCheck {
    fn from(check: &Check) -> Self {
        match check {
            Check::CredentialSigned { by } => Self::CredentialSigned { by: by.clone() },
            Check::IssuerKnown { name } => Self::IssuerKnown { name: name.clone() },
            Check::KeyIsOurs => Self::KeyIsOurs,
            Check::NotRevoked => Self::NotRevoked,
            Check::TokenBound => Self::TokenBound,
            Check::WhatWasOffered => Self::WhatWasOffered,
            _ => Self::Other,
        }
    }
}

impl fmt::Debug for EnrolStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done { .. } => "Done",
            Self::Issuing => "Issuing",
            Self::Loading => "Loading",
            Self::Reviewing { .. } => "Reviewing",
            Self::Stopped { fault } => return write!(f, "Stopped({fault})"),
        })
    }
}
