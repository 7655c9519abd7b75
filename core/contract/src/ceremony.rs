//! The trustees' key ceremony: commit, reveal, shares, confirm; or a complaint that ends it (protocol.md §5.2.3).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kodanik_ballot::election::Election;
use kodanik_ballot::manifest::Manifest;
use kodanik_ballot::trustee::ceremony::{
    CeremonyError, CeremonyMessage, Commit, Complaint, Confirm, Reveal, Shares, derive_key,
};

use crate::rejection::Rejection;

/// The ceremony so far; everything is by trustee, whose index starts at 1.
#[derive(Clone, Debug, Default)]
pub struct Ceremony {
    commits: BTreeMap<u16, Commit>,
    reveals: BTreeMap<u16, Reveal>,
    shares: BTreeMap<u16, Shares>,
    confirms: BTreeSet<u16>,
    election: Option<Arc<Election>>,
    culprit: Option<u16>,
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

impl Ceremony {
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
        self.culprit
    }

    /// Manifest and key, once all trustees have revealed.
    pub fn election(&self) -> Option<&Arc<Election>> {
        self.election.as_ref()
    }

    pub(crate) fn is_confirmed(&self, manifest: &Manifest) -> bool {
        self.culprit.is_none() && self.confirms.len() == usize::from(manifest.trustee_count())
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
    pub(crate) fn advance(&mut self, manifest: &Manifest, step: CeremonyStep) -> Result<(), Rejection> {
        let all = usize::from(manifest.trustee_count());
        if self.culprit.is_some() {
            return Err(Rejection::NotNow);
        }
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
                self.culprit = Some(complaint.against);
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
