//! From unverified ballots to verified ones (protocol.md §3.1.9): everything about a ballot that can be checked without
//! knowing the others. Cheap checks come first, and all equations over the group, of one ballot or of a thousand, are one
//! combination.

use kodanik_crypto::signature::{SignatureError, VerifyingKey};
use thiserror::Error;

use crate::ballot::{BallotBody, EncryptedContest, Position, UnverifiedBallot, signing_input};
use crate::election::Election;
use crate::elgamal::Ciphertext;
use crate::ids::{ElectionId, Tracker};
use crate::manifest::Contest;
use crate::proof::membership::proof_bytes;
use crate::token::{TokenError, verify_token};

mod proofs;
#[cfg(test)]
mod tests;

/// Why a ballot does not count. Its sender must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BallotError {
    /// A point or a scalar that is none.
    #[error("a ciphertext or a proof is malformed")]
    Encoding,
    /// The style's contests, options or proof sizes are not these.
    #[error("the contests are not those of the ballot style")]
    Layout,
    /// Another election's ballot.
    #[error("a ballot of another election")]
    OtherElection,
    /// seq 0, or a first ballot with a previous one, or a later one without.
    #[error("an impossible place in the sequence")]
    Position,
    /// Some proof does not hold.
    #[error("a proof does not hold")]
    Proof,
    /// The pseudonym's signature is not on this body, or not in its low-S form.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// An issuer's signature is not on this pseudonym and style.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Not exactly q tokens of distinct issuers in manifest order.
    #[error("not the required number of credentials, of distinct issuers in order")]
    TokenCount,
    /// The manifest has no such style.
    #[error("unknown ballot style")]
    UnknownStyle,
}

/// A ballot whose signature, tokens and proofs hold. Only [`verify_batch`] and [`UnverifiedBallot::verify`] make one.
#[derive(Clone, Debug)]
pub struct VerifiedBallot {
    body: BallotBody,
    tracker: Tracker,
    ciphertexts: Vec<Vec<Ciphertext>>,
}

impl VerifiedBallot {
    /// H_E.
    pub fn election(&self) -> &ElectionId {
        &self.body.election
    }

    /// The pseudonym.
    pub fn vk(&self) -> &VerifyingKey {
        &self.body.vk
    }

    /// seq and prev.
    pub fn position(&self) -> Position {
        self.body.position()
    }

    /// The style's id.
    pub fn style(&self) -> &str {
        &self.body.style
    }

    /// The tracker.
    pub fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// The body.
    pub fn body(&self) -> &BallotBody {
        &self.body
    }

    /// Each contest's id and the ciphertexts that are added up, the blank last.
    pub fn contests(&self) -> impl Iterator<Item = (&str, &[Ciphertext])> {
        let ids = self.body.contests.iter().map(|contest| contest.contest.as_str());
        ids.zip(self.ciphertexts.iter().map(Vec::as_slice))
    }
}

impl UnverifiedBallot {
    /// Checks everything that does not depend on other ballots. Variable time: ballots are public.
    pub fn verify(self, election: &Election) -> Result<VerifiedBallot, BallotError> {
        verify_batch(election, vec![self]).pop().unwrap_or(Err(BallotError::Proof))
    }

    /// What comes before the proofs: place, layout, signature, tokens. Gives the tracker.
    fn check_all_but_proofs(&self, election: &Election) -> Result<Tracker, BallotError> {
        let body = &self.body;
        if body.election != election.id {
            return Err(BallotError::OtherElection);
        }
        let is_first = body.seq == Position::FIRST.seq;
        if body.seq == 0 || is_first != (body.prev == Tracker::NONE) {
            return Err(BallotError::Position);
        }
        check_layout(election, body)?;
        let tracker = body.tracker();
        body.vk.verify_low_s(&signing_input(&tracker), &self.signature)?;
        self.verify_tokens(election)?;
        Ok(tracker)
    }

    fn verify_tokens(&self, election: &Election) -> Result<(), BallotError> {
        let in_order = self.tokens.windows(2).all(|pair| pair[0].issuer < pair[1].issuer);
        if self.tokens.len() != election.manifest.issuers.required as usize || !in_order {
            return Err(BallotError::TokenCount);
        }
        for token in &self.tokens {
            verify_token(election, token.issuer, &self.body.style, &self.body.vk, &token.signature)?;
        }
        Ok(())
    }
}

/// Verifies many ballots with one combination of all their equations; where it does not hold, halves the batch until
/// every bad ballot is named. The verdicts, in the order of the ballots, are those of verifying each alone.
pub fn verify_batch(
    election: &Election,
    ballots: Vec<UnverifiedBallot>,
) -> Vec<Result<VerifiedBallot, BallotError>> {
    let begun: Vec<_> = ballots.into_iter().map(|ballot| Candidate::begin(election, ballot)).collect();
    let parsed: Vec<_> = begun.iter().flatten().map(|candidate| &candidate.parsed).collect();
    let mut verdicts = proofs::hold(election, &parsed).into_iter();
    let mut end = |candidate: Candidate| match verdicts.next() {
        Some(true) => Ok(candidate.verified()),
        _ => Err(BallotError::Proof),
    };
    begun.into_iter().map(|begun| begun.and_then(&mut end)).collect()
}

/// The verdicts on layout and proofs alone, whoever signed: for measuring, and for tests of the proofs.
#[cfg(any(test, feature = "testing"))]
pub fn dangerous_verify_proofs_alone(
    election: &Election,
    bodies: &[BallotBody],
) -> Vec<Result<(), BallotError>> {
    let parse = |body: &BallotBody| {
        check_layout(election, body)?;
        proofs::ParsedBody::parse(election, body, body.tracker())
    };
    let parsed: Vec<_> = bodies.iter().map(parse).collect();
    let good: Vec<_> = parsed.iter().flatten().collect();
    let mut verdicts = proofs::hold(election, &good).into_iter();
    let mut next = |_| if verdicts.next() == Some(true) { Ok(()) } else { Err(BallotError::Proof) };
    parsed.into_iter().map(|parsed| parsed.and_then(&mut next)).collect()
}

/// A ballot of which only the equations of its proofs are open.
struct Candidate {
    body: BallotBody,
    parsed: proofs::ParsedBody,
}

impl Candidate {
    fn begin(election: &Election, ballot: UnverifiedBallot) -> Result<Self, BallotError> {
        let tracker = ballot.check_all_but_proofs(election)?;
        let parsed = proofs::ParsedBody::parse(election, &ballot.body, tracker)?;
        Ok(Self { body: ballot.body, parsed })
    }

    fn verified(self) -> VerifiedBallot {
        let (tracker, ciphertexts) = self.parsed.into_parts();
        VerifiedBallot { body: self.body, tracker, ciphertexts }
    }
}

/// The style's contests, each with its number of ciphertexts and the one size of its other proofs.
fn check_layout(election: &Election, body: &BallotBody) -> Result<(), BallotError> {
    let style = election.manifest.style(&body.style).ok_or(BallotError::UnknownStyle)?;
    let contests: Vec<&Contest> = election.manifest.contests_of(style).collect();
    let fits = |(contest, encrypted): (&&Contest, &EncryptedContest)| {
        let spending = if contest.has_budget() { proof_bytes(1) } else { 0 };
        contest.id == encrypted.contest
            && contest.answers() == encrypted.options.len()
            && contest.slack_bits() == encrypted.slack.len()
            && proof_bytes(contest.sums()) == encrypted.sum.0.len()
            && spending == encrypted.spending.0.len()
    };
    let all = contests.len() == body.contests.len() && contests.iter().zip(&body.contests).all(fits);
    all.then_some(()).ok_or(BallotError::Layout)
}
