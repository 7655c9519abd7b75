//! What can go wrong in the wallet, grouped by who must act. No variant ever holds a PIN, a code, a key, a claim's
//! value or a choice, so every error may be logged and shown.

use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

use crate::http::{AddressError, AnswerError, TransportError};
use crate::pin::PinError;
use crate::platform::KeyError;
use crate::store::StoreError;

/// The wallet's one error. [`WalletError::code`] is stable: shells key their texts by it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WalletError {
    // The citizen can fix it.
    /// An address that the wallet does not talk to.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The home directory is missing, foreign or in use.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// No network, or the server does not answer. Trying again later may help.
    #[error(transparent)]
    Offline(#[from] TransportError),
    /// The PIN is wrong, too simple, or waiting.
    #[error(transparent)]
    Pin(#[from] PinError),

    // A server said no.
    /// The server understood and refused.
    #[error(transparent)]
    Refused(#[from] Refusal),

    // A peer misbehaved.
    /// The answer is not what the protocol allows.
    #[error(transparent)]
    BadAnswer(#[from] AnswerError),
    /// A peer did what it can be held to; evidence is kept where there is any.
    #[error(transparent)]
    Misbehaved(#[from] Misbehaviour),

    // The caller misused the wallet.
    /// A call that makes no sense now.
    #[error(transparent)]
    Misuse(#[from] Misuse),

    // The device.
    /// The platform's key store.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The sealed store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Getting a credential.
    #[error(transparent)]
    Enrol(#[from] crate::enrol::EnrolError),
    /// Answering a request for claims.
    #[error(transparent)]
    Present(#[from] crate::present::PresentError),
    /// Public services: composing, sending, verifying.
    #[error(transparent)]
    Request(#[from] crate::request::RequestError),
    /// Backup codes: making, reading or redeeming them.
    #[error(transparent)]
    Recovery(#[from] crate::recovery::RecoveryError),
    /// Voting: credentials, ballots, checks.
    #[error(transparent)]
    Vote(#[from] crate::vote::VoteError),
}

impl WalletError {
    /// A stable, machine-readable name, for example `pin.wrong` or `refused.invalid_grant`.
    pub fn code(&self) -> String {
        match self {
            Self::Address(error) => format!("address.{}", error.code()),
            Self::BadAnswer(error) => format!("bad_answer.{}", error.code()),
            Self::Enrol(error) => format!("enrol.{}", error.code()),
            Self::Home(error) => format!("home.{}", error.code()),
            Self::Key(error) => format!("key.{}", error.code()),
            Self::Misbehaved(misbehaviour) => format!("misbehaved.{}", misbehaviour.code),
            Self::Misuse(misuse) => format!("misuse.{}", misuse.code()),
            Self::Offline(error) => format!("offline.{}", error.code()),
            Self::Pin(error) => format!("pin.{}", error.code()),
            Self::Present(error) => format!("present.{}", error.code()),
            Self::Recovery(error) => format!("recovery.{}", error.code()),
            Self::Request(error) => format!("request.{}", error.code()),
            Self::Refused(refusal) => format!("refused.{}", refusal.code),
            Self::Store(error) => format!("store.{}", error.code()),
            Self::Vote(error) => format!("vote.{}", error.code()),
        }
    }
}

/// Why a home directory is not usable.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HomeError {
    /// There already is a wallet here; it is left alone.
    #[error("there already is a wallet in {0}")]
    AlreadyInitialised(PathBuf),
    /// Another process has this wallet open.
    #[error("another process is using the wallet in {0}")]
    InUse(PathBuf),
    /// The directory cannot be read or written.
    #[error("the wallet's directory {path} cannot be used")]
    Io {
        /// The directory or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no wallet here.
    #[error("there is no wallet in {0}")]
    NotInitialised(PathBuf),
    /// The trust directory holds no `*.pem` anchor, no `ledger.policy`, or one that is no text.
    #[error("the trust directory {0} must hold *.pem anchors and ledger.policy")]
    Trust(PathBuf),
}

impl HomeError {
    fn code(&self) -> &'static str {
        match self {
            Self::AlreadyInitialised(_) => "already_initialised",
            Self::InUse(_) => "in_use",
            Self::Io { .. } => "io",
            Self::NotInitialised(_) => "not_initialised",
            Self::Trust(_) => "trust",
        }
    }
}

/// A server's refusal: an HTTP status outside 2xx.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the server refused ({status} {code})")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The server's `error` member if it is a plain token of at most 64 characters, else `http_<status>`.
    pub code: String,
    /// The server's own words (`message` or `error_description`), at most 300 printable characters. Shown as a quote.
    pub words: Option<String>,
}

/// A peer's provable or at least certain deviation from the protocol.
#[derive(Debug)]
pub struct Misbehaviour {
    /// Who: a stable name such as `ledger` or `eid_issuer`.
    pub party: &'static str,
    /// What: a stable token such as `receipt_not_in_tree`.
    pub code: &'static str,
    /// The id of the row in [`crate::store::Table::Evidence`] that proves it to others, where one was kept.
    pub evidence: Option<String>,
    /// The check that failed.
    pub source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Misbehaviour {
    /// A misbehaviour without evidence for third parties.
    pub fn new(
        party: &'static str,
        code: &'static str,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self { party, code, evidence: None, source: Some(source.into()) }
    }
}

impl fmt::Display for Misbehaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} did not keep to the protocol: {}", self.party, self.code)?;
        self.source.as_ref().map_or(Ok(()), |source| write!(f, " ({source})"))
    }
}

impl StdError for Misbehaviour {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as &(dyn StdError + 'static))
    }
}

/// A call that makes no sense in the wallet's present state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Misuse {
    /// The thing named does not exist in this wallet.
    #[error("the wallet holds nothing of that name")]
    NotFound,
    /// A text that is not of the expected form: an offer, a link, a choice.
    #[error("the text is not of the expected form")]
    NotUnderstood,
    /// A step was called out of order.
    #[error("the step is not possible now")]
    WrongState,
}

impl Misuse {
    fn code(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::NotUnderstood => "not_understood",
            Self::WrongState => "wrong_state",
        }
    }
}
