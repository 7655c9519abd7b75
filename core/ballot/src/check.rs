//! Cast as intended: a second phone recomputes the ballot from the code that the first one shows
//! (protocol.md §3.1.10). It fetches the ballot itself, from another source than the first phone's.

use kodanik_crypto::encoding::{Bytes, from_base64url, to_base64url};
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::VerifyingKey;
use thiserror::Error;

use crate::cast::BallotSeed;
use crate::election::Election;
use crate::elgamal::Ciphertext;
use crate::ids::{ElectionId, Tracker};
use crate::pseudonym::fingerprint;
use crate::verify::VerifiedBallot;

#[cfg(test)]
mod tests;

const SCHEME: &str = "kodanik:check?";

/// Text that is no checking code. Says nothing more: it may hold a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a checking code")]
pub struct NotACheckCode;

/// Why the check does not end well. All but [`CheckError::NotYetOnBoard`] mean that a phone or a server lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The pseudonym's latest ballot on the board is older than the code.
    #[error("the ballot is not on the board yet")]
    NotYetOnBoard,
    /// The board holds another ballot in this place of the sequence.
    #[error("the board holds another ballot than the code names")]
    OtherBallot,
    /// The code is of another election.
    #[error("the code is of another election")]
    OtherElection,
    /// The ballot on the board belongs to another pseudonym than the code's.
    #[error("the ballot belongs to another pseudonym")]
    OtherPseudonym,
    /// The seed does not give this ballot: the phone shows a seed for something that it did not cast.
    #[error("the code does not open this ballot")]
    SeedMismatch,
    /// A later ballot of this pseudonym counts instead.
    #[error("a later ballot counts instead of this one")]
    Superseded,
}

/// What the QR code says. Whoever reads it can prove for ever how this ballot was filled in. Never prints.
#[derive(Debug)]
pub struct CheckCode {
    /// H_E.
    pub election: ElectionId,
    /// The pseudonym's fingerprint.
    pub pseudonym: Bytes<32>,
    /// Opens the ballot.
    pub seed: BallotSeed,
    /// The ballot's place in the sequence.
    pub seq: u32,
    /// The ballot's tracker.
    pub tracker: Tracker,
}

impl CheckCode {
    /// The code of a ballot that was cast with `seed`.
    pub fn new(
        election: ElectionId,
        vk: &VerifyingKey,
        seq: u32,
        tracker: Tracker,
        seed: BallotSeed,
    ) -> Self {
        Self { election, pseudonym: fingerprint(vk), seed, seq, tracker }
    }

    /// `kodanik:check?election=..&pseudonym=..&seed=..&seq=..&tracker=..`, in this order. A secret.
    pub fn to_text(&self) -> String {
        let seed = to_base64url(self.seed.expose());
        let Self { election, pseudonym, seq, tracker, .. } = self;
        format!("{SCHEME}election={election}&pseudonym={pseudonym}&seed={seed}&seq={seq}&tracker={tracker}")
    }

    /// Strict inverse of [`Self::to_text`].
    pub fn parse(text: &str) -> Result<Self, NotACheckCode> {
        let query = text.strip_prefix(SCHEME).ok_or(NotACheckCode)?;
        let mut parts = query.split('&');
        let mut next = |name: &str| -> Result<&str, NotACheckCode> {
            let (found, value) = parts.next().and_then(|part| part.split_once('=')).ok_or(NotACheckCode)?;
            (found == name).then_some(value).ok_or(NotACheckCode)
        };
        let election = ElectionId::parse(next("election")?).map_err(|_| NotACheckCode)?;
        let pseudonym = Bytes::parse(next("pseudonym")?).map_err(|_| NotACheckCode)?;
        let seed = parse_seed(next("seed")?)?;
        let seq = parse_seq(next("seq")?)?;
        let tracker = Tracker::parse(next("tracker")?).map_err(|_| NotACheckCode)?;
        let code = Self { election, pseudonym, seed, seq, tracker };
        if parts.next().is_none() { Ok(code) } else { Err(NotACheckCode) }
    }
}

fn parse_seed(text: &str) -> Result<BallotSeed, NotACheckCode> {
    let bytes = zeroize::Zeroizing::new(from_base64url(text).map_err(|_| NotACheckCode)?);
    Secret::from_slice(&bytes).map(BallotSeed::from_secret).ok_or(NotACheckCode)
}

fn parse_seq(text: &str) -> Result<u32, NotACheckCode> {
    let seq: u32 = text.parse().map_err(|_| NotACheckCode)?;
    (seq >= 1 && seq.to_string() == text).then_some(seq).ok_or(NotACheckCode)
}

/// What a ballot says in one contest.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckedContest {
    /// The contest's id.
    pub contest: String,
    /// Ids of the chosen options; none is a blank vote.
    pub chosen: Vec<String>,
}

/// A choice never prints by accident.
impl std::fmt::Debug for CheckedContest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CheckedContest(..)")
    }
}

/// Opens `last`, the latest ballot on the board of the code's pseudonym, and says what it chooses. That it was
/// verified is in its type; that nothing later is on the board is the caller's to establish.
pub fn check(
    code: &CheckCode,
    election: &Election,
    last: &VerifiedBallot,
) -> Result<Vec<CheckedContest>, CheckError> {
    if code.election != election.id || *last.election() != election.id {
        return Err(CheckError::OtherElection);
    }
    if fingerprint(last.vk()) != code.pseudonym {
        return Err(CheckError::OtherPseudonym);
    }
    match last.position().seq.cmp(&code.seq) {
        std::cmp::Ordering::Less => Err(CheckError::NotYetOnBoard),
        std::cmp::Ordering::Greater => Err(CheckError::Superseded),
        std::cmp::Ordering::Equal if *last.tracker() != code.tracker => Err(CheckError::OtherBallot),
        std::cmp::Ordering::Equal => open(code, election, last),
    }
}

fn open(
    code: &CheckCode,
    election: &Election,
    ballot: &VerifiedBallot,
) -> Result<Vec<CheckedContest>, CheckError> {
    ballot.contests().map(|(id, ciphertexts)| open_contest(code, election, id, ciphertexts)).collect()
}

fn open_contest(
    code: &CheckCode,
    election: &Election,
    id: &str,
    ciphertexts: &[Ciphertext],
) -> Result<CheckedContest, CheckError> {
    let contest = election.manifest.contest(id).ok_or(CheckError::SeedMismatch)?;
    let mut chosen = Vec::new();
    for (index, ciphertext) in ciphertexts.iter().enumerate() {
        let r = code.seed.derive_r(&election.id, id, index);
        if open_option(&election.key.joint, &r, ciphertext)? {
            // The blank has no id: it is the absence of choices.
            chosen.extend(contest.options.get(index).map(|option| option.id.clone()));
        }
    }
    Ok(CheckedContest { contest: id.to_owned(), chosen })
}

/// Recomputes alpha and beta both: a seed that fits beta alone would let a phone show any choice.
fn open_option(key: &Point, r: &Scalar, ciphertext: &Ciphertext) -> Result<bool, CheckError> {
    [(Scalar::ZERO, false), (Scalar::ONE, true)]
        .into_iter()
        .find(|(v, _)| Ciphertext::encrypt(key, r, v) == *ciphertext)
        .map(|(_, is_chosen)| is_chosen)
        .ok_or(CheckError::SeedMismatch)
}
