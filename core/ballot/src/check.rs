//! Cast as intended: a second phone recomputes the ballot from the code that the first one shows
//! (protocol.md §3.1.10). It fetches the ballot itself, from another source than the first phone's.

use kodanik_crypto::encoding::{Bytes, to_base64url};
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::signature::VerifyingKey;
use thiserror::Error;

use crate::ballot::EncryptedContest;
use crate::cast::{BallotSeed, Encrypter, Selection};
use crate::code::{CodeReader, parse_seq};
use crate::election::Election;
use crate::elgamal::Ciphertext;
use crate::ids::{ElectionId, Tracker};
use crate::manifest::Contest;
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
    /// The choice is right, and the proofs are not those that the seed gives: they could carry it to somebody.
    #[error("the ballot's proofs are not made from the code's seed: they may hide a message")]
    OtherProofs,
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
        Self::read(text).ok_or(NotACheckCode)
    }

    fn read(text: &str) -> Option<Self> {
        let mut code = CodeReader::new(text, SCHEME)?;
        let election = ElectionId::parse(code.next("election")?).ok()?;
        let pseudonym = Bytes::parse(code.next("pseudonym")?).ok()?;
        let seed = BallotSeed::parse(code.next("seed")?)?;
        let seq = parse_seq(code.next("seq")?)?;
        let tracker = Tracker::parse(code.next("tracker")?).ok()?;
        code.is_at_end().then_some(Self { election, pseudonym, seed, seq, tracker })
    }
}

/// What a ballot says in one contest.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckedContest {
    /// The contest's id.
    pub contest: String,
    /// Ids of the chosen options; none is a blank vote.
    pub chosen: Vec<String>,
}

impl CheckedContest {
    /// The options at these positions.
    pub fn new(contest: &Contest, chosen: &[usize]) -> Self {
        let ids = chosen.iter().filter_map(|index| contest.options.get(*index));
        Self { contest: contest.id.clone(), chosen: ids.map(|option| option.id.clone()).collect() }
    }
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

/// Opens every ciphertext with the seed, then makes the whole ballot again.
fn open(
    code: &CheckCode,
    election: &Election,
    ballot: &VerifiedBallot,
) -> Result<Vec<CheckedContest>, CheckError> {
    let (mut checked, mut selections) = (Vec::new(), Vec::new());
    for encrypted in &ballot.body().contests {
        let contest = election.manifest.contest(&encrypted.contest).ok_or(CheckError::SeedMismatch)?;
        let chosen = open_contest(code, election, contest, encrypted)?;
        selections.push(Selection::new(contest, &chosen).map_err(|_| CheckError::SeedMismatch)?);
        checked.push(CheckedContest::new(contest, &chosen));
    }
    let again = Encrypter::new(election).encrypt(
        ballot.style(),
        ballot.vk(),
        ballot.position(),
        &selections,
        &code.seed,
    );
    match again {
        Ok(body) if body == *ballot.body() => Ok(checked),
        _ => Err(CheckError::OtherProofs),
    }
}

/// The positions of the chosen options.
fn open_contest(
    code: &CheckCode,
    election: &Election,
    contest: &Contest,
    encrypted: &EncryptedContest,
) -> Result<Vec<usize>, CheckError> {
    let mut chosen = Vec::new();
    for (index, ciphertext) in encrypted.ciphertexts().enumerate() {
        let ciphertext = Ciphertext::from_slice(ciphertext).map_err(|_| CheckError::SeedMismatch)?;
        let r = code.seed.derive_r(&election.id, &contest.id, index);
        let is_set = open_option(&election.key.joint, &r, &ciphertext)?;
        // Blank is the absence of choices; slack follows from them.
        if is_set && index < contest.options.len() {
            chosen.push(index);
        }
    }
    Ok(chosen)
}

/// Recomputes alpha and beta both: a seed that fits beta alone would let a phone show any choice.
fn open_option(key: &Point, r: &Scalar, ciphertext: &Ciphertext) -> Result<bool, CheckError> {
    [(Scalar::ZERO, false), (Scalar::ONE, true)]
        .into_iter()
        .find(|(v, _)| Ciphertext::encrypt(key, r, v) == *ciphertext)
        .map(|(_, is_chosen)| is_chosen)
        .ok_or(CheckError::SeedMismatch)
}
