//! Where citizens ask an eligibility issuer (protocol.md §3.3.3): a request, a presentation of the e-ID for exactly that
//! request, an answer.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use kodanik_ballot::election::Election;
use kodanik_ballot::ids::ElectionId;
use kodanik_contract::election::Phase;
use kodanik_crypto::blind_rsa::{BlindSignature, BlindedMessage};
use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::transcript::sha256;
use kodanik_identity::dcql::{ClaimPath, CredentialQuery, Query};
use kodanik_identity::presentation::{CREDENTIAL_REQUEST, RegisteredUse, TransactionData};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{Eligibility, IssueError, VerifiedAsk, folder};
use crate::context::Context;
use crate::engines::embedded::ReadError;
use crate::error::{ApiError, GatewayError};
use crate::pki::{Authorities, Leaf, Purpose};
use crate::roles::eid_issuer::PID_VCT;
use crate::roles::ledger::Ledger;
use crate::verifier::{CreatedRequest, Verifier, VerifierError};

/// The one claim that the roll needs.
const NUMBER: &str = "personal_administrative_number";
/// The name of the one query.
const QUERY_ID: &str = "eid";
/// The name of the issuer's certificate and of its open requests.
const ACCESS: &str = "access";

/// What a wallet asks for: `POST /eligibility/{issuer}/requests`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The blinded pseudonym.
    pub blinded: BlindedMessage,
    /// H_E.
    pub election: ElectionId,
    /// The ballot style.
    pub style: String,
}

/// Why the desk does not answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeskError {
    /// The issuer's own decision.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] ReadError),
    /// The ledger has no open election of this H_E.
    #[error("the ledger has no open election of this id")]
    NoSuchElection,
    /// The presentation does not hold the number, or the stored request is damaged.
    #[error("the presentation does not hold what was asked for")]
    Presentation,
    /// The presentation does not verify, or its status cannot be looked up.
    #[error(transparent)]
    Verifier(#[from] VerifierError),
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Issue(reason) => reason.into(),
            DeskError::Ledger(reason) => reason.into(),
            DeskError::NoSuchElection => Self::not_found(),
            DeskError::Presentation => Self::bad_request("invalid_presentation", error.to_string()),
            DeskError::Verifier(reason) => reason.into(),
        }
    }
}

impl From<IssueError> for ApiError {
    fn from(error: IssueError) -> Self {
        use axum::http::StatusCode;
        let refuse = |status, code: &'static str| Self::new(status, code, error.to_string());
        match &error {
            IssueError::AlreadyIssued => refuse(StatusCode::CONFLICT, "already_issued"),
            IssueError::IssuingClosed => refuse(StatusCode::CONFLICT, "issuing_closed"),
            IssueError::NotOnRoll => refuse(StatusCode::FORBIDDEN, "not_on_roll"),
            IssueError::NotOurs => refuse(StatusCode::NOT_FOUND, "not_served"),
            IssueError::WrongStyle => refuse(StatusCode::FORBIDDEN, "wrong_style"),
            IssueError::Key(kodanik_crypto::blind_rsa::BlindRsaError::OutOfRange) => {
                refuse(StatusCode::BAD_REQUEST, "bad_blinded_message")
            }
            IssueError::Database(_) | IssueError::Encoding(_) | IssueError::Key(_) => Self::internal(&error),
        }
    }
}

/// An issuer's desk.
pub struct Desk {
    issuer: Arc<Eligibility>,
    verifier: Verifier,
    ledger: Arc<Ledger>,
}

impl Desk {
    /// Makes the issuer's keys and its certificate for asking wallets, registered for the one claim that it needs.
    pub fn init(dir: &Path, id: &str, authorities: &Authorities) -> Result<(), GatewayError> {
        Eligibility::init(dir, id)?;
        let folder = folder(dir, id);
        let organization = format!("Eligibility issuer {id}");
        let leaf = Leaf { purpose: Purpose::RelyingParty, name: ACCESS, organization: &organization };
        let signer = authorities.issue(&folder, &leaf)?;
        let needed = RegisteredUse { vct: PID_VCT.to_owned(), claims: vec![ClaimPath::of(&[NUMBER])] };
        authorities.register(&folder, ACCESS, &signer, "To look you up on the electoral roll", vec![needed])
    }

    /// Opens the desk of the issuer `id`. The elections are those of `ledger`, which this gateway runs; an issuer of its
    /// own reads them from the log.
    pub fn open(context: &Context, id: &str, ledger: Arc<Ledger>) -> Result<Arc<Self>, GatewayError> {
        let issuer = Eligibility::open(&context.dir, id, context.clock.clone())?;
        let path = format!("eligibility/{id}");
        let verifier = Verifier::open(context, &folder(&context.dir, id), ACCESS, &path)?;
        Ok(Arc::new(Self { issuer, verifier, ledger }))
    }

    /// The issuer behind the desk.
    pub fn issuer(&self) -> &Arc<Eligibility> {
        &self.issuer
    }

    /// What gives wallets the signed request object.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Makes a request for a presentation that agrees to exactly this.
    pub fn request(&self, ask: &Ask) -> Result<CreatedRequest, DeskError> {
        let election = self.open_election(&ask.election)?;
        self.issuer.check_serves(&election, &ask.style)?;
        let session = serde_json::to_vec(ask).map_err(|_| DeskError::Presentation)?;
        let query = Query::new(vec![CredentialQuery::sd_jwt(QUERY_ID, PID_VCT, &[&[NUMBER]])], None)
            .map_err(|_| DeskError::Presentation)?;
        Ok(self.verifier.create(&session, &query, &[self.transaction_data(ask)])?)
    }

    /// Verifies the presentation, with the status fetched now, and lets the issuer decide.
    pub async fn answer(&self, request: &str, response: &str) -> Result<BlindSignature, DeskError> {
        let accepted = self.verifier.accept(request, response).await?;
        let ask: Ask = serde_json::from_slice(&accepted.session).map_err(|_| DeskError::Presentation)?;
        let answer = accepted.response.answer(QUERY_ID).ok_or(DeskError::Presentation)?;
        let number = answer.text(&[NUMBER]).ok_or(DeskError::Presentation)?.to_owned();
        let citizen_signature = answer.key_binding.clone();
        let election = self.open_election(&ask.election)?;
        let issuer = self.issuer.clone();
        let issued = tokio::task::spawn_blocking(move || {
            issuer.issue(&VerifiedAsk {
                election: &election,
                style: &ask.style,
                number: &number,
                blinded: &ask.blinded,
                citizen_signature: &citizen_signature,
            })
        });
        match issued.await {
            Ok(result) => Ok(result?),
            Err(stopped) => std::panic::resume_unwind(stopped.into_panic()),
        }
    }

    /// What the citizen's signature agrees to (protocol.md §3.3.3).
    fn transaction_data(&self, ask: &Ask) -> TransactionData {
        let members = [
            ("blinded_hash", Bytes(sha256(ask.blinded.0.as_ref())).to_string()),
            ("election", ask.election.to_string()),
            ("issuer", self.issuer.id().to_owned()),
            ("style", ask.style.clone()),
        ];
        let members: Map<String, Value> =
            members.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        TransactionData::new(CREDENTIAL_REQUEST, &[QUERY_ID], &members)
    }

    fn open_election(&self, id: &ElectionId) -> Result<Arc<Election>, DeskError> {
        let find = |state: &kodanik_contract::state::State| {
            let record = state.election(id).filter(|record| record.phase() == Phase::Open)?;
            record.election().cloned()
        };
        self.ledger.engine().read_state(find)?.ok_or(DeskError::NoSuchElection)
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Desk({})", self.issuer.id())
    }
}
