//! The trustees' key ceremony: commit, reveal, shares, confirm; or a complaint that ends it (protocol.md §5.2.3).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kodanik_ballot::election::Election;
use kodanik_ballot::manifest::Manifest;
use kodanik_ballot::trustee::ceremony::{
    CeremonyError, CeremonyMessage, Commit, Complaint, Confirm, Reveal, Shares, derive_key,
};
use kodanik_crypto::time::UnixMinute;
use serde::Serialize;

use crate::rejection::Rejection;

/// The ceremony so far; everything is by trustee, whose index starts at 1.
#[derive(Clone, Debug)]
pub struct Ceremony {
    trustees: u16,
    announced: UnixMinute,
    commits: BTreeMap<u16, Commit>,
    reveals: BTreeMap<u16, Reveal>,
    shares: BTreeMap<u16, Shares>,
    confirms: BTreeSet<u16>,
    /// When who spoke in which round.
    spoke: BTreeMap<(Round, u16), UnixMinute>,
    election: Option<Arc<Election>>,
    fault: Option<Fault>,
}

/// A round, in the order in which they come. It ends when every trustee has spoken in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Round {
    /// The hash of what will be revealed.
    Commit,
    /// The polynomial's commitments.
    Reveal,
    /// The sealed shares.
    Shares,
    /// The key, under the trustee's signature.
    Confirm,
}

impl Round {
    /// All four, in order.
    pub const ALL: [Self; 4] = [Self::Commit, Self::Reveal, Self::Shares, Self::Confirm];
}

/// What ended a ceremony: a share that was opened in public and was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Who complained.
    pub by: u16,
    /// Whose share was wrong.
    pub culprit: u16,
    /// When the complaint came.
    pub minute: UnixMinute,
}

/// A message whose signature and content were checked.
#[derive(Clone, Debug)]
pub(crate) enum CeremonyStep {
    Commit(Commit),
    Complaint(Complaint),
    Confirm(Confirm),
    Reveal(Reveal),
    Shares(Shares),
}

impl From<CeremonyError> for Rejection {
    fn from(error: CeremonyError) -> Self {
        match error {
            CeremonyError::CommitmentMismatch => Self::RevealMismatch,
            CeremonyError::OtherManifest => Self::OtherElection,
            CeremonyError::UnknownTrustee => Self::UnknownTrustee,
            _ => Self::BadCeremonyMessage,
        }
    }
}

impl CeremonyStep {
    /// Whose message it is, and of which round; a complaint is of none.
    fn speaker(&self) -> Option<(Round, u16)> {
        match self {
            Self::Commit(commit) => Some((Round::Commit, commit.trustee)),
            Self::Complaint(_) => None,
            Self::Confirm(confirm) => Some((Round::Confirm, confirm.trustee)),
            Self::Reveal(reveal) => Some((Round::Reveal, reveal.trustee)),
            Self::Shares(shares) => Some((Round::Shares, shares.trustee)),
        }
    }
}

impl Ceremony {
    pub(crate) fn new(trustees: u16, announced: UnixMinute) -> Self {
        Self {
            trustees,
            announced,
            commits: BTreeMap::new(),
            reveals: BTreeMap::new(),
            shares: BTreeMap::new(),
            confirms: BTreeSet::new(),
            spoke: BTreeMap::new(),
            election: None,
            fault: None,
        }
    }

    /// When the manifest was announced: the first round begins.
    pub fn announced(&self) -> UnixMinute {
        self.announced
    }

    /// When a trustee spoke in a round.
    pub fn spoke(&self, round: Round, trustee: u16) -> Option<UnixMinute> {
        self.spoke.get(&(round, trustee)).copied()
    }

    /// Who has not spoken in a round.
    pub fn missing(&self, round: Round) -> Vec<u16> {
        (1..=self.trustees).filter(|trustee| self.spoke(round, *trustee).is_none()).collect()
    }

    /// The first round in which somebody is missing; `None` once all have confirmed.
    pub fn round(&self) -> Option<Round> {
        Round::ALL.into_iter().find(|round| !self.missing(*round).is_empty())
    }

    /// When a round began: the last message of the round before it, or the announcement. `None` while that one lasts.
    pub fn began(&self, round: Round) -> Option<UnixMinute> {
        let Some(before) = Round::ALL.into_iter().take_while(|other| *other < round).last() else {
            return Some(self.announced);
        };
        let spoke = (1..=self.trustees).map(|trustee| self.spoke(before, trustee));
        spoke.collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// Who has committed.
    pub fn commits(&self) -> &BTreeMap<u16, Commit> {
        &self.commits
    }

    /// Who has revealed what.
    pub fn reveals(&self) -> &BTreeMap<u16, Reveal> {
        &self.reveals
    }

    /// Who has sent which sealed shares.
    pub fn shares(&self) -> &BTreeMap<u16, Shares> {
        &self.shares
    }

    /// Who has confirmed the key.
    pub fn confirms(&self) -> &BTreeSet<u16> {
        &self.confirms
    }

    /// The trustee whose share was proven wrong: the ceremony is over, and another manifest must leave it out.
    pub fn culprit(&self) -> Option<u16> {
        self.fault.map(|fault| fault.culprit)
    }

    /// The complaint that ended the ceremony.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Manifest and key, once all trustees have revealed.
    pub fn election(&self) -> Option<&Arc<Election>> {
        self.election.as_ref()
    }

    pub(crate) fn is_confirmed(&self, manifest: &Manifest) -> bool {
        self.fault.is_none() && self.confirms.len() == usize::from(manifest.trustee_count())
    }

    /// Checks a reveal against the commitment in the log.
    pub(crate) fn check_reveal(&self, manifest: &Manifest, reveal: &Reveal) -> Result<(), Rejection> {
        let commit = self.commits.get(&reveal.trustee).ok_or(Rejection::NotNow)?;
        Ok(reveal.check(manifest, commit)?)
    }

    /// Checks that the confirmed H_E is the one that follows from the reveals.
    pub(crate) fn check_confirm(&self, manifest: &Manifest, confirm: &Confirm) -> Result<(), Rejection> {
        let election = self.election.as_ref().ok_or(Rejection::NotNow)?;
        Ok(confirm.check(manifest, &election.id)?)
    }

    /// Opens the share that the complaint is about, in public.
    pub(crate) fn check_complaint(
        &self,
        manifest: &Manifest,
        complaint: &Complaint,
    ) -> Result<(), Rejection> {
        let shares = self.shares.get(&complaint.against).ok_or(Rejection::NotNow)?;
        let reveals: Vec<Reveal> = self.reveals.values().cloned().collect();
        Ok(complaint.check(manifest, &reveals, shares)?)
    }

    /// Takes a checked message if it is its turn: nobody reveals before all have committed, and so on.
    pub(crate) fn advance(
        &mut self,
        manifest: &Manifest,
        step: CeremonyStep,
        minute: UnixMinute,
    ) -> Result<(), Rejection> {
        if self.fault.is_some() {
            return Err(Rejection::NotNow);
        }
        let speaker = step.speaker();
        self.take(manifest, step, minute)?;
        self.spoke.extend(speaker.map(|speaker| (speaker, minute)));
        Ok(())
    }

    fn take(&mut self, manifest: &Manifest, step: CeremonyStep, minute: UnixMinute) -> Result<(), Rejection> {
        let all = usize::from(manifest.trustee_count());
        match step {
            CeremonyStep::Commit(commit) => insert_once(&mut self.commits, commit, true),
            CeremonyStep::Reveal(reveal) => {
                let trustee = reveal.trustee;
                insert_once(&mut self.reveals, reveal, self.commits.len() == all)?;
                if self.reveals.len() < all {
                    return Ok(());
                }
                // A last reveal that makes no key is refused, and nothing of it stays.
                self.derive_election(manifest).inspect_err(|_| drop(self.reveals.remove(&trustee)))
            }
            CeremonyStep::Shares(shares) => insert_once(&mut self.shares, shares, self.election.is_some()),
            CeremonyStep::Confirm(confirm) => {
                if self.shares.len() != all {
                    return Err(Rejection::NotNow);
                }
                if self.confirms.insert(confirm.trustee) { Ok(()) } else { Err(Rejection::AlreadyDone) }
            }
            CeremonyStep::Complaint(complaint) => {
                // Whoever has confirmed has found its shares right.
                if self.shares.len() != all || self.confirms.contains(&complaint.trustee) {
                    return Err(Rejection::NotNow);
                }
                self.fault = Some(Fault { by: complaint.trustee, culprit: complaint.against, minute });
                Ok(())
            }
        }
    }

    /// Computes K and Y_j from all reveals.
    fn derive_election(&mut self, manifest: &Manifest) -> Result<(), Rejection> {
        let reveals: Vec<Reveal> = self.reveals.values().cloned().collect();
        let key = derive_key(manifest, &reveals)?;
        let election = Election::new(manifest.clone(), key).map_err(|_| Rejection::BadCeremonyMessage)?;
        self.election = Some(Arc::new(election));
        Ok(())
    }
}

fn insert_once<M: CeremonyMessage>(
    messages: &mut BTreeMap<u16, M>,
    message: M,
    its_turn: bool,
) -> Result<(), Rejection> {
    if messages.contains_key(&message.trustee()) {
        return Err(Rejection::AlreadyDone);
    }
    if !its_turn {
        return Err(Rejection::NotNow);
    }
    messages.insert(message.trustee(), message);
    Ok(())
}
