//! The voting credential: one blind signature from each required issuer on a pseudonym that only this wallet knows. The
//! only part of voting that names the citizen, and so the only one on the identified plane.

use kodanik_ballot::election::Election;
use kodanik_ballot::ids::ElectionId;
use kodanik_ballot::manifest::Issuer;
use kodanik_ballot::token::{Token, TokenError, TokenRequest};
use kodanik_crypto::blind_rsa::{BlindSignature, BlindedMessage};
use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::transcript::sha256;
use kodanik_identity::presentation::{CREDENTIAL_REQUEST, TransactionData, VerifiedRequest};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::{KnownElection, VoteError};
use crate::error::{Misbehaviour, WalletError};
use crate::history::{HistoryEntry, HistoryKind, append_in};
use crate::http::{AddressError, AnswerError, join};
use crate::platform::PromptReason;
use crate::store::Table;
use crate::wallet::Wallet;

/// The only claim that an issuer may ask for, one of these.
const NUMBERS: [&str; 2] = ["personal_administrative_number", "roll_number"];

/// What the wallet holds for one election; complete once every required issuer has signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VotingCredential {
    /// H_E.
    pub election: ElectionId,
    /// The ballot style.
    pub style: String,
    /// In manifest order.
    pub tokens: Vec<Token>,
}

impl VotingCredential {
    /// Whether every required issuer has signed.
    pub fn is_complete(&self, election: &Election) -> bool {
        self.tokens.len() == election.manifest.issuers.required as usize
    }
}

/// What was obtained and from whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CredentialOutcome {
    /// H_E.
    pub election: ElectionId,
    /// The ballot style.
    pub style: String,
    /// Ids of the issuers whose signatures the wallet now holds and has verified.
    pub issuers: Vec<String>,
    /// Ids of those that were asked in this call; the others had signed before.
    pub asked: Vec<String>,
    /// The claim that each of them saw.
    pub disclosed: Option<String>,
}

#[derive(Serialize)]
struct Ask<'a> {
    blinded: &'a BlindedMessage,
    election: ElectionId,
    style: &'a str,
}

#[derive(Deserialize)]
struct RequestAnswer {
    request: String,
}

#[derive(Deserialize)]
struct Issued {
    blind_signature: BlindSignature,
}

impl Wallet {
    /// Gets the voting credential for an open election: asks the required issuers, in manifest order, that have not
    /// signed yet. What was obtained is kept even where a later issuer fails; calling again goes on from there, with
    /// the same blinded messages. Another issuer is never taken in place of one that fails:
    /// [`Self::obtain_credential_without`].
    ///
    /// `style` is needed only where the manifest has several.
    pub async fn obtain_credential(
        &self,
        election: &str,
        style: Option<&str>,
    ) -> Result<CredentialOutcome, WalletError> {
        self.obtain_credential_without(election, style, &[]).await
    }

    /// The same, leaving out issuers (by id) that do not answer, where the election has more than it requires. Every
    /// ballot shows whose signatures it bears, and an issuer knows who asked it: the fewer people leave out the same
    /// issuers, the better the others can guess whose ballot it is. So this is the citizen's own decision.
    pub async fn obtain_credential_without(
        &self,
        election: &str,
        style: Option<&str>,
        without: &[String],
    ) -> Result<CredentialOutcome, WalletError> {
        let known = self.election(election).await?;
        let style = style_of(&known.election, style)?;
        let mut credential = self.started_credential(&known.election, style)?;
        let (mut asked, mut disclosed) = (Vec::new(), None);
        let members = &known.election.manifest.issuers.members;
        for index in issuers_to_ask(&known.election, &credential.tokens, without)? {
            let (token, claim) = self.ask_issuer(&known.election, index, style).await?;
            credential.tokens.push(token);
            credential.tokens.sort_by_key(|token| token.issuer);
            self.keep_token(&credential, &members[index], &claim)?;
            asked.push(members[index].id.clone());
            disclosed = Some(claim);
        }
        let signed = credential.tokens.iter().filter_map(|token| Some(members.get(token.issuer)?.id.clone()));
        Ok(CredentialOutcome {
            election: known.election.id,
            style: style.to_owned(),
            issuers: signed.collect(),
            asked,
            disclosed,
        })
    }

    /// Gets the credential for every open election that this wallet has none for, so that asking says nothing about which
    /// ballot the citizen is about to open. Elections with several styles are left out. One outcome each; one failure
    /// does not stop the others.
    pub async fn obtain_all_credentials(
        &self,
    ) -> Result<Vec<(String, Result<CredentialOutcome, WalletError>)>, WalletError> {
        let mut outcomes = Vec::new();
        for view in self.elections().await? {
            let wanted = view.verified && !view.has_credential && view.is_running();
            if !wanted || self.election(&view.election).await?.election.manifest.styles.len() != 1 {
                continue;
            }
            let outcome = self.obtain_credential(&view.election, None).await;
            outcomes.push((view.election, outcome));
        }
        Ok(outcomes)
    }

    /// The credential of an election, complete or not.
    pub fn voting_credential(&self, election: &ElectionId) -> Result<Option<VotingCredential>, WalletError> {
        Ok(self.store().get(Table::Tokens, &election.to_string())?)
    }

    pub(super) fn complete_credential(&self, known: &KnownElection) -> Result<VotingCredential, WalletError> {
        let credential = self.voting_credential(&known.election.id)?;
        let complete = credential.filter(|credential| credential.is_complete(&known.election));
        Ok(complete.ok_or(VoteError::NoCredential)?)
    }

    fn started_credential(&self, election: &Election, style: &str) -> Result<VotingCredential, WalletError> {
        let kept = self.voting_credential(&election.id)?.filter(|credential| credential.style == style);
        let new = || VotingCredential { election: election.id, style: style.to_owned(), tokens: Vec::new() };
        Ok(kept.unwrap_or_else(new))
    }

    async fn ask_issuer(
        &self,
        election: &Election,
        index: usize,
        style: &str,
    ) -> Result<(Token, String), WalletError> {
        let issuer = &election.manifest.issuers.members[index];
        self.request_token(election, index, style).await.map_err(|error| explain(error, issuer))
    }

    async fn request_token(
        &self,
        election: &Election,
        index: usize,
        style: &str,
    ) -> Result<(Token, String), WalletError> {
        let issuer = &election.manifest.issuers.members[index];
        let vk = self.pseudonym(&election.id)?.verifying_key();
        let request = TokenRequest::derive(election, index, style, &self.participation_seed()?, &vk)
            .map_err(VoteError::from)?;
        let ask = Ask { blinded: request.blinded(), election: election.id, style };
        let base = Url::parse(&issuer.url).map_err(|_| AddressError::Malformed)?;
        let url = join(&base, &format!("eligibility/{}/requests", issuer.id))?;
        let link: RequestAnswer = self.planes().identified.post_json(&url, &ask).await?;
        let (answer, claim) = self.show_eid(&link.request, issuer, &ask).await?;
        let issued: Issued = serde_json::from_value(answer).map_err(|_| AnswerError::Shape)?;
        let token = request.finish(&issued.blind_signature).map_err(|error| bad_token(error, issuer))?;
        Ok((token, claim))
    }

    /// Presents the e-ID for exactly this request; the issuer's answer, and the claim that it saw.
    async fn show_eid(
        &self,
        link: &str,
        issuer: &Issuer,
        ask: &Ask<'_>,
    ) -> Result<(Value, String), WalletError> {
        let request = self.load_request(link, &[CREDENTIAL_REQUEST]).await?;
        let claim = check_request(&request, issuer, ask)?;
        let selection = self.least_answer(&request)?;
        let response = self.make_response(&request, &selection, PromptReason::Vote).await?;
        let answer = self.send_response(&request, response).await?.accepted()?;
        Ok((answer.json()?, claim))
    }

    fn keep_token(
        &self,
        credential: &VotingCredential,
        issuer: &Issuer,
        claim: &str,
    ) -> Result<(), WalletError> {
        let line = HistoryEntry {
            kind: HistoryKind::BallotRight,
            party: issuer.name.clone(),
            purpose: credential.election.to_string(),
            claims: vec![claim.to_owned()],
            time: self.platform().clock.now(),
        };
        self.store().batch(|tx| {
            tx.put(Table::Tokens, &credential.election.to_string(), credential)?;
            append_in(tx, &line)
        })?;
        Ok(())
    }
}

fn style_of<'a>(election: &'a Election, asked: Option<&str>) -> Result<&'a str, VoteError> {
    let styles = &election.manifest.styles;
    match (asked, styles.as_slice()) {
        (None, [only]) => Ok(&only.id),
        (None, _) => Err(VoteError::StyleNeeded),
        (Some(id), _) => {
            let found = styles.iter().find(|style| style.id == id);
            Ok(&found.ok_or(TokenError::NoSuchStyle)?.id)
        }
    }
}

/// The positions of the issuers that are still needed: the first ones in manifest order that have not signed and are not
/// left out.
fn issuers_to_ask(election: &Election, held: &[Token], without: &[String]) -> Result<Vec<usize>, VoteError> {
    let (manifest, issuers) = (&election.manifest, &election.manifest.issuers);
    if let Some(unknown) = without.iter().find(|id| manifest.issuer(id).is_none()) {
        return Err(VoteError::NoSuchIssuer { issuer: unknown.clone() });
    }
    let missing = (issuers.required as usize).saturating_sub(held.len());
    let has_signed = |position: usize| held.iter().any(|token| token.issuer == position);
    let left = issuers.members.iter().enumerate().filter(|(_, issuer)| !without.contains(&issuer.id));
    let left: Vec<usize> = left.map(|(position, _)| position).filter(|at| !has_signed(*at)).collect();
    if left.len() < missing {
        return Err(VoteError::TooFewIssuers { left: held.len() + left.len(), required: issuers.required });
    }
    Ok(left[..missing].to_vec())
}

/// What those refusals mean that concern the citizen.
fn explain(error: WalletError, issuer: &Issuer) -> WalletError {
    let issuer = issuer.id.clone();
    match &error {
        WalletError::Offline(_) => VoteError::IssuerUnreachable { issuer }.into(),
        WalletError::Refused(refusal) if refusal.status >= 500 => {
            VoteError::IssuerUnreachable { issuer }.into()
        }
        WalletError::Refused(refusal) => match refusal.code.as_str() {
            "already_issued" => VoteError::AlreadyIssued { issuer }.into(),
            "issuing_closed" => VoteError::IssuingClosed { issuer }.into(),
            "not_on_roll" | "wrong_style" => VoteError::NotOnRoll { issuer }.into(),
            _ => error,
        },
        _ => error,
    }
}

fn bad_token(error: TokenError, issuer: &Issuer) -> WalletError {
    let source = format!("issuer {}: {error}", issuer.id);
    Misbehaviour::new("eligibility_issuer", "bad_token", source).into()
}

/// The request comes from the manifest's issuer, asks for one number and nothing else, and the citizen's signature will
/// agree to exactly what was sent. Returns the claim's name.
fn check_request(request: &VerifiedRequest, issuer: &Issuer, ask: &Ask<'_>) -> Result<String, VoteError> {
    let overreaches = || VoteError::IssuerOverreaches { issuer: issuer.id.clone() };
    let [query] = request.query().credentials.as_slice() else { return Err(overreaches()) };
    let names = query.claims.as_deref().unwrap_or_default();
    let asked = NUMBERS.into_iter().find(|number| {
        let path = kodanik_identity::dcql::ClaimPath::of(&[*number]);
        matches!(names, [claim] if claim.path == path)
    });
    let [item] = request.transaction_data() else { return Err(overreaches()) };
    let agrees = query.claim_sets.is_none()
        && request.over_asked().is_none_or(|claims| claims.is_empty())
        && Url::parse(&issuer.url).is_ok_and(|url| url.origin() == request.response_uri().url().origin())
        && item.kind() == CREDENTIAL_REQUEST
        && is_for(item, issuer, ask);
    asked.filter(|_| agrees).map(str::to_owned).ok_or_else(overreaches)
}

fn is_for(item: &TransactionData, issuer: &Issuer, ask: &Ask<'_>) -> bool {
    let expected = [
        ("blinded_hash", json!(Bytes(sha256(ask.blinded.0.as_ref())))),
        ("election", json!(ask.election)),
        ("issuer", json!(issuer.id)),
        ("style", json!(ask.style)),
    ];
    expected.iter().all(|(name, value)| item.member(name) == Some(value))
}
