//! Test before casting (Benaloh 2006; protocol.md §3.1.11). A phone makes a ballot and promises its tracker before it
//! knows whether the citizen will cast or test it. Tested, it gives seed and choice away, and a second phone makes the
//! very same ballot from them, or catches the first one lying. A phone that lies about one ballot in ten is caught by
//! one test in ten, whoever tests.
//!
//! What was tested is never signed: a [`TestCode`] has no way to the board, and the seed is known to others.

use std::fmt;

use kodanik_crypto::encoding::{Bytes, to_base64url};
use kodanik_crypto::signature::VerifyingKey;
use thiserror::Error;

use crate::ballot::Position;
use crate::cast::{BallotSeed, CastError, Encrypter, Selection};
use crate::check::CheckedContest;
use crate::code::{CodeReader, parse_seq};
use crate::election::Election;
use crate::ids::{ElectionId, Tracker};
use crate::manifest::Contest;

#[cfg(test)]
mod tests;

const PROMISE: &str = "kodanik:promise?";
const TEST: &str = "kodanik:test?";
/// No style has more options; a code with more of them is no code.
const MAX_CHOSEN: usize = crate::manifest::MAX_OPTIONS_PER_STYLE;

/// Text that is no promise or no test code. Says nothing more: it may hold a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a code of a ballot that is being tested")]
pub struct NotATestCode;

/// Why a test does not end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TestError {
    /// The code's choice is none that this election allows.
    #[error("the code names a choice that the election does not allow")]
    Choice,
    /// What the code makes is not what was promised: the phone would have cast something else.
    #[error("the ballot that was promised is another one than the phone says: do not vote with this phone")]
    OtherBallot,
    /// Promise or code is of another election.
    #[error("the code is of another election")]
    OtherElection,
    /// The manifest has no such style.
    #[error("unknown ballot style")]
    UnknownStyle,
}

/// What a phone says before it asks "test or cast?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// H_E.
    pub election: ElectionId,
    /// The tracker of the ballot that will be tested or cast.
    pub tracker: Tracker,
}

impl Promise {
    /// Strict inverse of `Display`.
    pub fn parse(text: &str) -> Result<Self, NotATestCode> {
        Self::read(text).ok_or(NotATestCode)
    }

    fn read(text: &str) -> Option<Self> {
        let mut code = CodeReader::new(text, PROMISE)?;
        let election = ElectionId::parse(code.next("election")?).ok()?;
        let tracker = Tracker::parse(code.next("tracker")?).ok()?;
        code.is_at_end().then_some(Self { election, tracker })
    }
}

/// `kodanik:promise?election=..&tracker=..`, in this order.
impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PROMISE}election={}&tracker={}", self.election, self.tracker)
    }
}

/// Everything that a ballot is made from, given away because it will never be cast. Never prints.
pub struct TestCode {
    /// In the order of the style's contests.
    pub choice: Vec<CheckedContest>,
    /// H_E.
    pub election: ElectionId,
    /// seq and prev.
    pub position: Position,
    /// The ballot's seed.
    pub seed: BallotSeed,
    /// The style's id.
    pub style: String,
    /// The pseudonym.
    pub vk: VerifyingKey,
}

impl TestCode {
    /// `kodanik:test?choice=..&election=..&prev=..&seed=..&seq=..&style=..&vk=..`, in this order. A secret as long as its
    /// phone is not to be tested.
    pub fn to_text(&self) -> String {
        let contest = |checked: &CheckedContest| format!("{}:{}", checked.contest, checked.chosen.join(","));
        let choice: Vec<String> = self.choice.iter().map(contest).collect();
        let Self { election, position: Position { seq, prev }, style, .. } = self;
        let (seed, vk) = (to_base64url(self.seed.expose()), Bytes(self.vk.to_sec1()));
        let choice = choice.join(";");
        format!(
            "{TEST}choice={choice}&election={election}&prev={prev}&seed={seed}&seq={seq}&style={style}&vk={vk}"
        )
    }

    /// Strict inverse of [`Self::to_text`].
    pub fn parse(text: &str) -> Result<Self, NotATestCode> {
        Self::read(text).filter(|code| code.to_text() == text).ok_or(NotATestCode)
    }

    fn read(text: &str) -> Option<Self> {
        let mut code = CodeReader::new(text, TEST)?;
        let choice = parse_choice(code.next("choice")?)?;
        let election = ElectionId::parse(code.next("election")?).ok()?;
        let prev = Tracker::parse(code.next("prev")?).ok()?;
        let seed = BallotSeed::parse(code.next("seed")?)?;
        let seq = parse_seq(code.next("seq")?)?;
        let style = code.next("style")?.to_owned();
        let vk = VerifyingKey::from_sec1(&Bytes::<33>::parse(code.next("vk")?).ok()?.0).ok()?;
        let position = Position { seq, prev };
        let is_possible = (seq == Position::FIRST.seq) == (prev == Position::FIRST.prev);
        (code.is_at_end() && is_possible).then_some(Self { choice, election, position, seed, style, vk })
    }
}

impl fmt::Debug for TestCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestCode(..)")
    }
}

fn parse_choice(text: &str) -> Option<Vec<CheckedContest>> {
    let within = text.split([';', ',']).count() <= MAX_CHOSEN;
    let contest = |part: &str| {
        let (contest, chosen) = part.split_once(':')?;
        let chosen =
            if chosen.is_empty() { Vec::new() } else { chosen.split(',').map(str::to_owned).collect() };
        Some(CheckedContest { contest: contest.to_owned(), chosen })
    };
    if within { text.split(';').map(contest).collect() } else { None }
}

/// Makes the ballot again from `code` and compares it with what was promised. Gives the choice, to be compared by the
/// citizen with what they chose.
pub fn open_test<'a>(
    promise: &Promise,
    code: &'a TestCode,
    election: &Election,
) -> Result<&'a [CheckedContest], TestError> {
    if promise.election != election.id || code.election != election.id {
        return Err(TestError::OtherElection);
    }
    let style = election.manifest.style(&code.style).ok_or(TestError::UnknownStyle)?;
    let contests: Vec<&Contest> = election.manifest.contests_of(style).collect();
    if !contests.iter().map(|contest| &contest.id).eq(code.choice.iter().map(|checked| &checked.contest)) {
        return Err(TestError::Choice);
    }
    let selections = contests.iter().zip(&code.choice).map(|(contest, checked)| select(contest, checked));
    let selections = selections.collect::<Result<Vec<_>, _>>()?;
    let body = Encrypter::new(election)
        .encrypt(&code.style, &code.vk, code.position, &selections, &code.seed)
        .map_err(
            |error| if error == CastError::Randomness { TestError::OtherBallot } else { TestError::Choice },
        )?;
    if body.tracker() == promise.tracker { Ok(&code.choice) } else { Err(TestError::OtherBallot) }
}

/// The options by their ids, which must stand in the manifest's order.
fn select(contest: &Contest, checked: &CheckedContest) -> Result<Selection, TestError> {
    let position = |id: &String| contest.options.iter().position(|option| option.id == *id);
    let chosen: Vec<usize> =
        checked.chosen.iter().map(position).collect::<Option<_>>().ok_or(TestError::Choice)?;
    if !chosen.is_sorted_by(|a, b| a < b) {
        return Err(TestError::Choice);
    }
    Selection::new(contest, &chosen).map_err(|_| TestError::Choice)
}
