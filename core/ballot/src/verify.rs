//! From an unverified ballot to a verified one (protocol.md §3.1.9): everything about a ballot that can be checked
//! without knowing the others. Cheap checks come first, and all equations over the group are one combination.

use kodanik_crypto::group::Scalar;
use kodanik_crypto::signature::{SignatureError, VerifyingKey};
use kodanik_crypto::transcript::labelled_sha256;
use thiserror::Error;

use crate::ballot::{BallotBody, EncryptedContest, Position, UnverifiedBallot, signing_input};
use crate::cast::weights;
use crate::election::Election;
use crate::elgamal::{CIPHERTEXT_BYTES, Ciphertext};
use crate::ids::{ElectionId, Tracker};
use crate::manifest::Contest;
use crate::proof::combination::Combination;
use crate::proof::contest::{BallotContext, challenge};
use crate::proof::membership::{MembershipProof, Statement, commitment_bytes, proof_bytes};
use crate::token::{TokenError, verify_token};

#[cfg(test)]
mod second_opinion;
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

/// A ballot whose signature, tokens and proofs hold. Only [`UnverifiedBallot::verify`] makes one.
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

    /// Each contest's id and ciphertexts, the blank last.
    pub fn contests(&self) -> impl Iterator<Item = (&str, &[Ciphertext])> {
        let ids = self.body.contests.iter().map(|contest| contest.contest.as_str());
        ids.zip(self.ciphertexts.iter().map(Vec::as_slice))
    }
}

impl UnverifiedBallot {
    /// Checks everything that does not depend on other ballots. Variable time: ballots are public.
    pub fn verify(self, election: &Election) -> Result<VerifiedBallot, BallotError> {
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
        let ciphertexts = verify_proofs(election, body, &tracker)?;
        Ok(VerifiedBallot { body: self.body, tracker, ciphertexts })
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

/// Verifies a body's proofs alone, as for a ballot that is tested and never cast.
pub fn verify_proofs(
    election: &Election,
    body: &BallotBody,
    tracker: &Tracker,
) -> Result<Vec<Vec<Ciphertext>>, BallotError> {
    check_layout(election, body)?;
    let seed = labelled_sha256("KODANIK-V1-BATCH", &[election.id.as_bytes(), tracker.as_bytes()]);
    let mut combination = Combination::new(seed);
    let ciphertexts = collect_proofs(election, body, &mut combination)?;
    if combination.holds_vartime(&election.key.joint) { Ok(ciphertexts) } else { Err(BallotError::Proof) }
}

/// Adds the equations of all proofs of a body; the body counts only if the whole combination holds.
fn collect_proofs(
    election: &Election,
    body: &BallotBody,
    into: &mut Combination,
) -> Result<Vec<Vec<Ciphertext>>, BallotError> {
    let context = BallotContext {
        election: &election.id,
        key: &election.key.joint,
        style: &body.style,
        vk: &body.vk,
        position: body.position(),
    };
    let collect = |encrypted: &EncryptedContest| {
        let contest = election.manifest.contest(&encrypted.contest).ok_or(BallotError::Layout)?;
        collect_contest(&context, contest, encrypted, into)
    };
    body.contests.iter().map(collect).collect()
}

fn collect_contest(
    context: &BallotContext<'_>,
    contest: &Contest,
    encrypted: &EncryptedContest,
    into: &mut Combination,
) -> Result<Vec<Ciphertext>, BallotError> {
    let challenge = contest_challenge(context, contest, encrypted);
    let mut ciphertexts = Vec::with_capacity(encrypted.options.len());
    for option in &encrypted.options {
        let (ciphertext, proof) = option.0.split_at(CIPHERTEXT_BYTES);
        let ciphertext = Ciphertext::from_slice(ciphertext).map_err(|_| BallotError::Encoding)?;
        let proof = MembershipProof::from_slice(proof, 2).map_err(|_| BallotError::Encoding)?;
        let statement = Statement { parts: vec![(Scalar::ONE, ciphertext)], first: 0 };
        proof.collect(&statement, &challenge, into);
        ciphertexts.push(ciphertext);
    }
    let parts = weights(contest).map(Scalar::from).zip(ciphertexts.iter().copied()).collect();
    let proof =
        MembershipProof::from_slice(&encrypted.sum.0, contest.sums()).map_err(|_| BallotError::Encoding)?;
    proof.collect(&Statement { parts, first: contest.min.into() }, &challenge, into);
    Ok(ciphertexts)
}

fn contest_challenge(context: &BallotContext<'_>, contest: &Contest, encrypted: &EncryptedContest) -> Scalar {
    let ciphertexts = encrypted.options.iter().map(|option| &option.0[..CIPHERTEXT_BYTES]);
    let of_options =
        encrypted.options.iter().map(|option| &option.0[CIPHERTEXT_BYTES..][..commitment_bytes(2)]);
    let of_sum = &encrypted.sum.0[..commitment_bytes(contest.sums())];
    challenge(context, &contest.id, ciphertexts, of_options.chain([of_sum]))
}

/// The style's contests, each with its number of ciphertexts and the one size of its sum proof.
fn check_layout(election: &Election, body: &BallotBody) -> Result<(), BallotError> {
    let style = election.manifest.style(&body.style).ok_or(BallotError::UnknownStyle)?;
    let contests: Vec<&Contest> = election.manifest.contests_of(style).collect();
    let fits = |(contest, encrypted): (&&Contest, &EncryptedContest)| {
        contest.id == encrypted.contest
            && contest.ciphertexts() == encrypted.options.len()
            && proof_bytes(contest.sums()) == encrypted.sum.0.len()
    };
    let all = contests.len() == body.contests.len() && contests.iter().zip(&body.contests).all(fits);
    all.then_some(()).ok_or(BallotError::Layout)
}
