//! What a screen sees of a ballot.

use std::fmt;

use kodanik_wallet::vote::{CastOutcome, Choice, KnownElection};

use super::{Booth, Stage};
use crate::fault::Fault;

/// Where the flow stands.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
#[uniffi::export(Debug)]
pub enum BallotStage {
    /// On the board. `forget_code`, `vote_again`, or `cancel`.
    Cast {
        /// What was verified.
        receipt: BallotReceipt,
        /// For the other phone, which has until `check_until`. To be shown, never stored or shared: who reads it can
        /// prove this vote. Nothing where the election offers no check, or where it was forgotten.
        check_code: Option<String>,
    },
    /// The ballot is on its way. Leads to `Cast` or `Stopped`.
    Casting,
    /// `choose`.
    Choosing {
        /// The election, for people.
        title: String,
        /// The contests of the citizen's ballot style, in its order.
        contests: Vec<Contest>,
        /// Whether this ballot would replace one of this phone's.
        replaces_earlier: bool,
    },
    /// To be read once more: `seal`, or `back`.
    Confirming {
        /// What was chosen.
        chosen: Vec<Chosen>,
        /// Whether this ballot would replace one of this phone's.
        replaces_earlier: bool,
    },
    /// `load`, which leads to `NotEntitled`, `Choosing` or `Stopped`.
    Loading,
    /// There is no voting credential yet: `obtain_credential`.
    NotEntitled {
        /// The election, for people.
        title: String,
        /// Who may be asked, in the election's order.
        issuers: Vec<Issuer>,
        /// How many of them have to sign.
        required: u32,
        /// The ballot styles; where there are several, the citizen has to say which one the roll gives.
        styles: Vec<String>,
    },
    /// The issuers are being asked. Leads to `Choosing`, or back to `NotEntitled`.
    Obtaining,
    /// The ballot is made and not cast: `cast`, `test` where `tests_left` is not 0, or `back`.
    Sealed {
        /// For the other phone to scan before the citizen says "test".
        promise: String,
        /// How many ballots may still be tested before one is cast.
        tests_left: u32,
        /// The tracker of the ballot on the board that this one would replace.
        replaces: Option<String>,
    },
    /// The ballot is being made. Leads to `Sealed`, `Tested`, or back to `Choosing`.
    Sealing,
    /// Over; choices are forgotten. `load` begins anew.
    Stopped {
        /// Why.
        fault: Fault,
        /// Whether a ballot may have been cast all the same: `Kodanik.settle_ballots` finds out.
        maybe_cast: bool,
    },
    /// The ballot was given away and will never be cast: `back`.
    Tested {
        /// For the other phone, which has scanned the promise.
        code: String,
    },
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Contest {
    /// Its name in a [`ContestChoice`].
    pub id: String,
    /// For people.
    pub title: String,
    /// Fewest options one can choose without voting blank.
    pub min: u32,
    /// Most options one can choose.
    pub max: u32,
    /// Most that the chosen options may cost together; 0 where there is no budget.
    pub budget: u64,
    /// What can be chosen.
    pub options: Vec<ContestOption>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ContestOption {
    /// Its name in a [`ContestChoice`].
    pub id: String,
    /// For people.
    pub title: String,
    /// What choosing it takes from the budget.
    pub cost: u64,
}

/// The options chosen in one contest; none is a blank vote. Never prints.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct ContestChoice {
    /// The contest's id.
    pub contest: String,
    /// The options' ids.
    pub options: Vec<String>,
}

impl From<ContestChoice> for Choice {
    fn from(choice: ContestChoice) -> Self {
        Self { contest: choice.contest, options: choice.options }
    }
}

impl fmt::Debug for ContestChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContestChoice(..)")
    }
}

/// What a ballot says in one contest, in words. Never prints.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct Chosen {
    /// The contest's id.
    pub contest: String,
    /// The contest, for people.
    pub title: String,
    /// The chosen options' ids; none is a blank vote.
    pub options: Vec<String>,
    /// The chosen options, for people, in the same order.
    pub titles: Vec<String>,
}

impl fmt::Debug for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chosen(..)")
    }
}

/// Somebody who signs voting credentials.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Issuer {
    /// Its name in `without`, and in faults.
    pub id: String,
    /// For people.
    pub name: String,
}

/// A ballot that is on the board: every member was verified.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct BallotReceipt {
    /// Names the ballot on the board.
    pub tracker: String,
    /// Counts this citizen's ballots from 1.
    pub seq: u32,
    /// Its entry in the log.
    pub index: u64,
    /// Entries in the log whose signed head the receipt leads to.
    pub log_size: u64,
    /// The log's time, Unix seconds.
    pub time: u64,
    /// The tracker of the ballot that this one replaces.
    pub replaces: Option<String>,
    /// Trackers of this citizen's ballots that this phone did not cast: a lost phone's, or somebody else has the key.
    pub not_by_this_wallet: Vec<String>,
    /// Unix seconds until which the other phone accepts the checking code.
    pub check_until: u64,
}

impl Stage {
    pub(super) fn view(&self) -> BallotStage {
        match self {
            Self::Cast { outcome, .. } => BallotStage::Cast {
                receipt: BallotReceipt::from(outcome.as_ref()),
                check_code: outcome.check_code.as_ref().map(|code| code.to_text()),
            },
            Self::Casting => BallotStage::Casting,
            Self::Choosing(booth) => choosing(booth),
            Self::Confirming { booth, chosen, .. } => {
                BallotStage::Confirming { chosen: chosen.clone(), replaces_earlier: booth.replaces_earlier }
            }
            Self::Loading => BallotStage::Loading,
            Self::NotEntitled(known) => not_entitled(known),
            Self::Obtaining => BallotStage::Obtaining,
            Self::Sealed { prepared, tests_left, .. } => BallotStage::Sealed {
                promise: prepared.promise().to_string(),
                tests_left: *tests_left,
                replaces: prepared.replaces().map(|tracker| tracker.to_string()),
            },
            Self::Sealing => BallotStage::Sealing,
            Self::Stopped { fault, maybe_cast } => {
                BallotStage::Stopped { fault: fault.clone(), maybe_cast: *maybe_cast }
            }
            Self::Tested { code, .. } => BallotStage::Tested { code: code.clone() },
        }
    }
}

fn choosing(booth: &Booth) -> BallotStage {
    let manifest = &booth.known.election.manifest;
    let style = manifest.style(&booth.style);
    let contests = style.into_iter().flat_map(|style| manifest.contests_of(style)).map(|contest| Contest {
        id: contest.id.clone(),
        title: contest.title.clone(),
        min: contest.min,
        max: contest.max,
        budget: contest.budget,
        options: contest
            .options
            .iter()
            .map(|option| ContestOption {
                id: option.id.clone(),
                title: option.title.clone(),
                cost: option.cost,
            })
            .collect(),
    });
    BallotStage::Choosing {
        title: manifest.title.clone(),
        contests: contests.collect(),
        replaces_earlier: booth.replaces_earlier,
    }
}

fn not_entitled(known: &KnownElection) -> BallotStage {
    let manifest = &known.election.manifest;
    let members = manifest.issuers.members.iter();
    BallotStage::NotEntitled {
        title: manifest.title.clone(),
        issuers: members.map(|it| Issuer { id: it.id.clone(), name: it.name.clone() }).collect(),
        required: manifest.issuers.required,
        styles: manifest.styles.iter().map(|style| style.id.clone()).collect(),
    }
}

/// Ids of contests and their chosen options, with the manifest's words.
pub(crate) fn chosen(
    known: &KnownElection,
    contests: impl IntoIterator<Item = (String, Vec<String>)>,
) -> Vec<Chosen> {
    let manifest = &known.election.manifest;
    let in_words = |(contest, options): (String, Vec<String>)| {
        let found = manifest.contest(&contest);
        let title = found.map(|contest| contest.title.clone()).unwrap_or_default();
        let all = found.map(|contest| contest.options.as_slice()).unwrap_or_default();
        let title_of = |id: &String| {
            let option = all.iter().find(|option| option.id == *id);
            option.map(|option| option.title.clone()).unwrap_or_default()
        };
        let titles = options.iter().map(title_of).collect();
        Chosen { contest, title, options, titles }
    };
    contests.into_iter().map(in_words).collect()
}

impl From<&CastOutcome> for BallotReceipt {
    fn from(outcome: &CastOutcome) -> Self {
        Self {
            tracker: outcome.ballot.tracker.to_string(),
            seq: outcome.ballot.seq,
            index: outcome.index,
            log_size: outcome.log_size,
            time: outcome.minute.start().0,
            replaces: outcome.replaces.map(|tracker| tracker.to_string()),
            not_by_this_wallet: outcome.not_by_this_wallet.iter().map(ToString::to_string).collect(),
            check_until: outcome.check_until.0,
        }
    }
}

impl fmt::Debug for BallotStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cast { .. } => "Cast",
            Self::Casting => "Casting",
            Self::Choosing { .. } => "Choosing",
            Self::Confirming { .. } => "Confirming",
            Self::Loading => "Loading",
            Self::NotEntitled { .. } => "NotEntitled",
            Self::Obtaining => "Obtaining",
            Self::Sealed { .. } => "Sealed",
            Self::Sealing => "Sealing",
            Self::Stopped { fault, maybe_cast } => {
                return write!(f, "Stopped({fault}, maybe_cast: {maybe_cast})");
            }
            Self::Tested { .. } => "Tested",
        })
    }
}
