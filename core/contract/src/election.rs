//! What is known of one election (protocol.md §5.2.3 to §5.2.7).

use std::sync::Arc;

use kodanik_ballot::election::Election;
use kodanik_ballot::manifest::{Kind, Manifest};
use kodanik_ballot::tally::ContestTally;
use kodanik_crypto::signature::VerifyingKey;
use serde::{Deserialize, Serialize};

use crate::casting::{Casting, CheckedBallot, LoggedBallot};
use crate::ceremony::Ceremony;
use crate::eligibility::{Eligibility, Issued, LoggedCounts};
use crate::entry::{Close, Counts};
use crate::rejection::Rejection;
use crate::state::Place;
use crate::tally::{Counting, TallyStep};

/// Where an election stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Announced; its trustees are making the key.
    Ceremony,
    /// Every trustee has confirmed the key; the authority may open.
    Ready,
    /// Open: ballots are accepted from `opens` until `closes`.
    Open,
    /// Closed; counts, statements and shares are being logged.
    Closed,
    /// The result is published.
    Tallied,
    /// A trustee's share was proven wrong: the ceremony begins anew under another manifest.
    Failed,
}

/// One election, as the log tells it.
#[derive(Clone, Debug)]
pub struct ElectionRecord {
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) manifest_index: u64,
    pub(crate) ceremony: Ceremony,
    pub(crate) open_index: Option<u64>,
    pub(crate) casting: Casting,
    pub(crate) counts: LoggedCounts,
    pub(crate) counting: Option<Counting>,
}

impl ElectionRecord {
    pub(crate) fn new(manifest: Manifest, place: &Place) -> Self {
        Self {
            ceremony: Ceremony::new(manifest.trustee_count(), place.minute),
            manifest: Arc::new(manifest),
            manifest_index: place.index,
            open_index: None,
            casting: Casting::default(),
            counts: LoggedCounts::default(),
            counting: None,
        }
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The entry that announced it.
    pub fn manifest_index(&self) -> u64 {
        self.manifest_index
    }

    /// Manifest, key and H_E, once the trustees' key can be computed.
    pub fn election(&self) -> Option<&Arc<Election>> {
        self.ceremony.election()
    }

    /// Where it stands.
    pub fn phase(&self) -> Phase {
        match (&self.counting, self.open_index) {
            (Some(counting), _) if counting.result().is_some() => Phase::Tallied,
            (Some(_), _) => Phase::Closed,
            (None, Some(_)) => Phase::Open,
            (None, None) if self.ceremony.culprit().is_some() => Phase::Failed,
            (None, None) if self.ceremony.is_confirmed(&self.manifest) => Phase::Ready,
            (None, None) => Phase::Ceremony,
        }
    }

    /// The trustees' ceremony so far.
    pub fn ceremony(&self) -> &Ceremony {
        &self.ceremony
    }

    /// The entry that opened it.
    pub fn open_index(&self) -> Option<u64> {
        self.open_index
    }

    /// The entry that closed it.
    pub fn close_index(&self) -> Option<u64> {
        self.counting.as_ref().map(Counting::close_index)
    }

    /// What follows the close: sums, statements, shares.
    pub fn counting(&self) -> Option<&Counting> {
        self.counting.as_ref()
    }

    /// The entry that published the result.
    pub fn result_index(&self) -> Option<u64> {
        self.counting.as_ref()?.result().map(|(index, _)| index)
    }

    /// The published result, in the manifest's order of contests.
    pub fn result(&self) -> Option<&[ContestTally]> {
        self.counting.as_ref()?.result().map(|(_, contests)| contests)
    }

    /// Accepted ballots, replaced ones too.
    pub fn ballot_count(&self) -> u64 {
        self.casting.ballot_count()
    }

    /// Pseudonyms that cast at least one ballot.
    pub fn pseudonym_count(&self) -> u64 {
        self.casting.pseudonym_count()
    }

    /// A pseudonym's ballots, oldest first.
    pub fn ballots_of(&self, pseudonym: &VerifyingKey) -> &[LoggedBallot] {
        self.casting.ballots_of(pseudonym)
    }

    /// Credentials that an issuer (by its place in the manifest) says it issued in a style.
    pub fn issued(&self, issuer: usize, style: &str) -> Option<u64> {
        self.counts(issuer, style).map(|counts| counts.issued)
    }

    /// What an issuer (by its place in the manifest) logged for a style.
    pub fn counts(&self, issuer: usize, style: &str) -> Option<Issued> {
        self.counts.of(issuer, style)
    }

    /// Pseudonyms with a ballot that bears this issuer's signature in a style.
    pub fn used(&self, issuer: usize, style: &str) -> u64 {
        self.casting.bearers().used(issuer, style)
    }

    /// Issued, used, and what looks wrong, as of now.
    pub fn eligibility(&self) -> Eligibility {
        self.eligibility_with([])
    }

    /// The same as if these counts were logged, for issuers and authority to look at before they log them. Of counts that
    /// are logged already, the logged ones stay.
    pub fn eligibility_with<'a>(&self, counts: impl IntoIterator<Item = &'a Counts>) -> Eligibility {
        let mut logged = self.counts.clone();
        for Counts { issued, issuer, root, style, .. } in counts {
            if let Some((position, _)) = self.manifest.issuer(issuer) {
                logged.add(position, style, Issued { issued: *issued, root: *root });
            }
        }
        Eligibility::compute(&self.manifest, self.casting.bearers(), &logged)
    }

    /// What an honest close of the box as it stands now would say; `None` before the key exists.
    pub fn close_body(&self) -> Option<Close> {
        let root = kodanik_crypto::encoding::Bytes(self.casting.list_root().0);
        Some(Close { ballots: self.pseudonym_count(), election: self.election()?.id, root })
    }

    pub(crate) fn open(&mut self, place: &Place) -> Result<(), Rejection> {
        match self.phase() {
            Phase::Ceremony | Phase::Failed => return Err(Rejection::NotNow),
            Phase::Ready => {}
            Phase::Open | Phase::Closed | Phase::Tallied => return Err(Rejection::AlreadyDone),
        }
        if place.minute >= self.manifest.closes {
            return Err(Rejection::Late);
        }
        self.open_index = Some(place.index);
        Ok(())
    }

    pub(crate) fn check_is_open(&self) -> Result<(), Rejection> {
        if self.phase() == Phase::Open { Ok(()) } else { Err(Rejection::NotOpen) }
    }

    pub(crate) fn cast(&mut self, checked: CheckedBallot, place: &Place) -> Result<(), Rejection> {
        self.check_is_open()?;
        if place.minute < self.manifest.opens {
            return Err(Rejection::TooEarly);
        }
        if place.minute >= self.manifest.closes {
            return Err(Rejection::Late);
        }
        self.casting.check_order(&checked.ballot)?;
        self.casting.accept(checked, place.index, place.minute);
        Ok(())
    }

    pub(crate) fn count(&mut self, counts: &Counts) -> Result<(), Rejection> {
        let (issuer, _) = self.manifest.issuer(&counts.issuer).ok_or(Rejection::UnknownIssuer)?;
        self.manifest.style(&counts.style).ok_or(Rejection::UnknownIssuer)?;
        let issued = Issued { issued: counts.issued, root: counts.root };
        if self.counts.add(issuer, &counts.style, issued) { Ok(()) } else { Err(Rejection::AlreadyDone) }
    }

    /// Ends casting: a binding election at `closes` or later, a trial at any time.
    pub(crate) fn close(&mut self, close: &Close, place: &Place) -> Result<(), Rejection> {
        match self.phase() {
            Phase::Ceremony | Phase::Failed | Phase::Ready => return Err(Rejection::NotNow),
            Phase::Open => {}
            Phase::Closed | Phase::Tallied => return Err(Rejection::AlreadyDone),
        }
        if self.manifest.kind == Kind::Binding && place.minute < self.manifest.closes {
            return Err(Rejection::TooEarly);
        }
        if self.close_body().as_ref() != Some(close) {
            return Err(Rejection::BadClose);
        }
        let election = self.election().cloned().ok_or(Rejection::NotNow)?;
        self.counting = Some(Counting::new(election, &self.casting, place));
        Ok(())
    }

    /// No tally unless every issuer whose signature is in the box has logged its counts and none signed more pseudonyms
    /// than it says. An issuer that signed nothing has nothing to account for: it may be gone.
    pub(crate) fn check_counts(&self) -> Result<(), Rejection> {
        for issuer in 0..self.manifest.issuers.members.len() {
            for style in &self.manifest.styles {
                match (self.used(issuer, &style.id), self.issued(issuer, &style.id)) {
                    (0, _) => {}
                    (_, None) => return Err(Rejection::CountsMissing),
                    (used, Some(issued)) if used > issued => {
                        return Err(Rejection::MorePseudonymsThanIssued);
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    pub(crate) fn advance_tally(&mut self, step: TallyStep, place: &Place) -> Result<(), Rejection> {
        match self.phase() {
            Phase::Closed => {}
            Phase::Tallied if matches!(step, TallyStep::Result(_)) => return Err(Rejection::AlreadyDone),
            _ => return Err(Rejection::NotNow),
        }
        if matches!(step, TallyStep::Statement(_)) {
            self.check_counts()?;
        }
        self.counting.as_mut().ok_or(Rejection::NotNow)?.advance(step, place)
    }
}
