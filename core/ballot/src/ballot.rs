//! What a ballot looks like on the board (protocol.md §3.1.6 to §3.1.8).
//!
//! The body is what the tracker names. Tokens and signature are apart from it, so that a body can be shown, tested
//! and thrown away without ever being a ballot.

use kodanik_crypto::encoding::{Binary, Bytes, EncodingError, from_canonical_json, to_canonical_json};
use kodanik_crypto::signature::{Signature, VerifyingKey};
use kodanik_crypto::transcript::{frame, labelled_sha256};
use serde::{Deserialize, Serialize};

use crate::elgamal::CIPHERTEXT_BYTES;
use crate::ids::{ElectionId, Tracker};
use crate::manifest::{Contest, MAX_ENTRY_BYTES, ManifestDraft, Style};
use crate::proof::membership::proof_bytes;
use crate::pseudonym::PseudonymKey;
use crate::token::Token;

#[cfg(test)]
mod tests;

/// Bytes of an option: ciphertext, then the proof that it holds 0 or 1.
pub const OPTION_BYTES: usize = CIPHERTEXT_BYTES + proof_bytes(2);

/// Where a ballot stands among those of its pseudonym.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Counts from 1.
    pub seq: u32,
    /// Tracker of the previous ballot; [`Tracker::NONE`] before the first.
    pub prev: Tracker,
}

impl Position {
    /// The first ballot's.
    pub const FIRST: Self = Self { seq: 1, prev: Tracker::NONE };

    /// The position after a ballot with this `tracker`.
    pub fn next(&self, tracker: Tracker) -> Self {
        Self { seq: self.seq.saturating_add(1), prev: tracker }
    }
}

/// What is encrypted, proven and named by the tracker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BallotBody {
    /// One per contest of the style, in its order.
    pub contests: Vec<EncryptedContest>,
    /// H_E.
    pub election: ElectionId,
    /// Tracker of the previous ballot of this pseudonym; zeros in the first.
    pub prev: Tracker,
    /// Counts the ballots of this pseudonym from 1.
    pub seq: u32,
    /// The style's id.
    pub style: String,
    /// The pseudonym.
    pub vk: VerifyingKey,
}

/// One contest's ciphertexts and proofs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncryptedContest {
    /// The contest's id.
    pub contest: String,
    /// One per option and, last, the blank: ciphertext and proof that it holds 0 or 1.
    pub options: Vec<Bytes<OPTION_BYTES>>,
    /// In a budget contest, one per binary digit of what is not spent, the lowest first, in the same form.
    pub slack: Vec<Bytes<OPTION_BYTES>>,
    /// In a budget contest, proof that costs, slack and `budget` times the blank make up the budget.
    pub spending: Binary,
    /// Proof that the sum of the options and `max` times the blank lies in `min..=max`.
    pub sum: Binary,
}

impl EncryptedContest {
    /// The ciphertexts as they are encoded, in the order of their numbers (protocol.md §3.1.6).
    pub(crate) fn ciphertexts(&self) -> impl Iterator<Item = &[u8]> {
        self.bits().map(|bit| &bit.0[..CIPHERTEXT_BYTES])
    }

    /// The proofs as they are encoded, in the order of their numbers.
    pub(crate) fn proofs(&self) -> impl Iterator<Item = &[u8]> {
        let of_bits = self.bits().map(|bit| &bit.0[CIPHERTEXT_BYTES..]);
        let others = [&self.sum, &self.spending].into_iter().map(|proof| proof.0.as_slice());
        of_bits.chain(others.filter(|proof| !proof.is_empty()))
    }

    fn bits(&self) -> impl Iterator<Item = &Bytes<OPTION_BYTES>> {
        self.options.iter().chain(&self.slack)
    }
}

impl BallotBody {
    /// The canonical JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        #[expect(clippy::expect_used, reason = "strings, integers and byte strings always encode")]
        to_canonical_json(self).expect("a body encodes")
    }

    /// SHA-256("KODANIK-V1-TRACKER", canonical JSON).
    pub fn tracker(&self) -> Tracker {
        Tracker::new(labelled_sha256("KODANIK-V1-TRACKER", &[&self.to_bytes()]))
    }

    /// seq and prev together.
    pub fn position(&self) -> Position {
        Position { seq: self.seq, prev: self.prev }
    }

    /// Makes a ballot of this body: signs it with the pseudonym's key and adds the tokens, in manifest order.
    pub fn cast(self, key: &PseudonymKey, tokens: Vec<Token>) -> UnverifiedBallot {
        let signature = key.sign(&signing_input(&self.tracker()));
        UnverifiedBallot { body: self, signature, tokens }
    }
}

/// A ballot as it arrives: of the right shape, and nothing is known about it yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnverifiedBallot {
    /// What the tracker names.
    pub body: BallotBody,
    /// The pseudonym's ES256 signature, low-S, over [`signing_input`].
    pub signature: Signature,
    /// Exactly q, of distinct issuers, in manifest order.
    pub tokens: Vec<Token>,
}

impl UnverifiedBallot {
    /// Parses canonical JSON of at most [`MAX_ENTRY_BYTES`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EncodingError> {
        from_canonical_json(bytes, MAX_ENTRY_BYTES)
    }

    /// The canonical JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        #[expect(clippy::expect_used, reason = "strings, integers and byte strings always encode")]
        to_canonical_json(self).expect("a ballot encodes")
    }

    /// The body's tracker.
    pub fn tracker(&self) -> Tracker {
        self.body.tracker()
    }
}

/// What the pseudonym signs: framed "KODANIK-V1-CAST", tracker.
pub fn signing_input(tracker: &Tracker) -> Vec<u8> {
    frame("KODANIK-V1-CAST", &[tracker.as_bytes()])
}

/// An upper bound of the ledger entry's size for a ballot of this style, all members at their longest.
pub(crate) fn largest_entry(manifest: &ManifestDraft, style: &Style) -> usize {
    /// Member names, punctuation, hashes, key, signature, seq and the entry's own type.
    const FIXED: usize = 640;
    let contests = manifest.contests.iter().filter(|contest| style.contests.contains(&contest.id));
    let contests: usize = contests.map(largest_contest).sum();
    let token = base64_len(384) + r#"{"issuer":0,"signature":""},"#.len();
    FIXED + style.id.len() + contests + token * manifest.issuers.required as usize
}

fn largest_contest(contest: &Contest) -> usize {
    let options = contest.ciphertexts() * (base64_len(OPTION_BYTES) + r#""","#.len());
    let names = r#"{"contest":"","options":[],"slack":[],"spending":"","sum":""},"#.len();
    let spending = if contest.has_budget() { base64_len(proof_bytes(1)) } else { 0 };
    names + contest.id.len() + options + spending + base64_len(proof_bytes(contest.sums()))
}

const fn base64_len(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}
