//! The key ceremony, one message at a time (protocol.md §3.2.1 to §3.2.3).

use std::time::Duration;

use kodanik_ballot::ids::{ElectionId, ManifestHash};
use kodanik_ballot::manifest::Manifest;
use kodanik_ballot::trustee::ceremony::{Reveal, Shares};
use kodanik_ballot::trustee::secret::{Committed, Dealt, TrusteeError as CeremonyError};
use kodanik_contract::ceremony::{Ceremony, Round};
use kodanik_contract::entry::Entry;
use kodanik_crypto::encoding::to_canonical_json;
use kodanik_crypto::secret::SecretBytes;
use rand_core::OsRng;

use crate::board::Board;
use crate::error::TrusteeError;
use crate::home::Record;
use crate::progress::{Pace, Progress, may_pass};
use crate::trustee::Trustee;

/// How far the ceremony is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keygen {
    /// All trustees have confirmed the key; this one holds its share.
    Done {
        /// H_E.
        election: ElectionId,
    },
    /// A share was proven wrong: the authority must write a manifest without its sender.
    Failed {
        /// Index of the trustee whose share was wrong.
        culprit: u16,
    },
    /// A person has to look at the manifest and agree to it, with [`Trustee::agree`]; then go on.
    ToAgree {
        /// H_M.
        manifest: ManifestHash,
    },
    /// This trustee has done its part and waits.
    Waiting(KeygenWait),
}

/// What a trustee waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeygenWait {
    /// The authority has not announced such an election.
    Announcement,
    /// Others have not spoken in this round.
    Others {
        /// The round.
        round: Round,
        /// Indexes of those who have not.
        missing: Vec<u16>,
    },
}

enum Step {
    Post(Box<Entry>),
    Rest(Keygen),
}

impl Trustee {
    /// Agrees to an announced election's manifest, after its fingerprint was compared by voice: draws the polynomial,
    /// which the ceremony then commits to. Safe to repeat.
    pub fn agree(&self, board: &Board, slug: &str, manifest: &ManifestHash) -> Result<(), TrusteeError> {
        let record = board.state()?.election_by_slug(slug).ok_or(TrusteeError::NoSuchElection)?;
        let own = Part::new(self, record.manifest(), record.ceremony())?;
        if own.hash != *manifest {
            return Err(TrusteeError::OtherManifest);
        }
        if own.has_committed() || self.home.recall(&own.hash, Record::Committed)?.is_some() {
            return Ok(());
        }
        let fresh = Committed::make(own.manifest, own.index, &mut OsRng)?;
        self.home.keep(&own.hash, Record::Committed, fresh.to_bytes()?.expose())?;
        Ok(())
    }

    /// Takes part in the ceremony of the election with this slug as far as the log allows. Call it again after
    /// [`Keygen::Waiting`], a crash, or an error that may pass.
    pub async fn keygen(&self, board: &mut Board, slug: &str) -> Result<Keygen, TrusteeError> {
        self.keygen_telling(board, slug, &mut |_| {}).await
    }

    /// [`Self::keygen`] again and again, `every` so often and less often while nothing happens, until the ceremony is
    /// done, has failed, or needs a person. Outlasts an outage of the gateway. `told` hears what happens.
    pub async fn keygen_until_done(
        &self,
        board: &mut Board,
        slug: &str,
        every: Duration,
        mut told: impl FnMut(Progress<'_, KeygenWait>),
    ) -> Result<Keygen, TrusteeError> {
        let mut pace = Pace::new(every);
        loop {
            match self.keygen_telling(board, slug, &mut told).await {
                Ok(Keygen::Waiting(wait)) => told(Progress::Waiting(&wait)),
                Ok(end) => return Ok(end),
                Err(error) if may_pass(board, &error) => told(Progress::Unreachable),
                Err(error) => return Err(error),
            }
            pace.rest(board.size()).await;
        }
    }

    async fn keygen_telling(
        &self,
        board: &mut Board,
        slug: &str,
        told: &mut impl FnMut(Progress<'_, KeygenWait>),
    ) -> Result<Keygen, TrusteeError> {
        let mut refused = None;
        loop {
            self.sync(board).await?;
            let entry = match self.next_keygen_step(board, slug)? {
                Step::Post(entry) => entry,
                Step::Rest(outcome) => return Ok(outcome),
            };
            if let Some(index) = board.post_or_look_again(&entry, &mut refused).await? {
                told(Progress::Posted { entry: &entry, index });
            }
        }
    }

    fn next_keygen_step(&self, board: &Board, slug: &str) -> Result<Step, TrusteeError> {
        let Some(record) = board.state()?.election_by_slug(slug) else {
            return Ok(Step::Rest(Keygen::Waiting(KeygenWait::Announcement)));
        };
        let own = Part::new(self, record.manifest(), record.ceremony())?;
        let entry = match own.turn()? {
            Turn::Rest(outcome) => return Ok(Step::Rest(outcome)),
            Turn::Commit(committed) => {
                Entry::TrusteeCommit(self.sign(committed.commit(own.manifest), board.origin())?)
            }
            Turn::Reveal => Entry::TrusteeReveal(self.sign(own.revealed()?, board.origin())?),
            Turn::Deal => Entry::TrusteeShares(self.sign(own.dealt()?.1, board.origin())?),
            Turn::Finish => own.finish(board)?,
        };
        Ok(Step::Post(Box::new(entry)))
    }
}

/// Whose turn it is to do what, as far as this trustee is concerned.
enum Turn {
    Commit(Box<Committed>),
    Reveal,
    Deal,
    Finish,
    Rest(Keygen),
}

/// This trustee's part in one ceremony.
struct Part<'a> {
    trustee: &'a Trustee,
    manifest: &'a Manifest,
    hash: ManifestHash,
    index: u16,
    ceremony: &'a Ceremony,
}

impl<'a> Part<'a> {
    /// Refuses a manifest in which this trustee's own keys do not stand under its own name.
    fn new(
        trustee: &'a Trustee,
        manifest: &'a Manifest,
        ceremony: &'a Ceremony,
    ) -> Result<Self, TrusteeError> {
        let index = trustee.index_in(manifest)?;
        Ok(Self { trustee, manifest, hash: manifest.hash(), index, ceremony })
    }

    fn has_committed(&self) -> bool {
        self.ceremony.spoke(Round::Commit, self.index).is_some()
    }

    fn turn(&self) -> Result<Turn, TrusteeError> {
        if let Some(culprit) = self.ceremony.culprit() {
            self.forget(&[Record::Committed, Record::Dealt, Record::KeyShare])?;
            return Ok(Turn::Rest(Keygen::Failed { culprit }));
        }
        let Some(round) = self.ceremony.round() else { return self.rest_after_confirming(None) };
        if self.ceremony.spoke(round, self.index).is_some() {
            let wait = KeygenWait::Others { round, missing: self.ceremony.missing(round) };
            return match round {
                Round::Confirm => self.rest_after_confirming(Some(wait)),
                _ => Ok(Turn::Rest(Keygen::Waiting(wait))),
            };
        }
        Ok(match round {
            Round::Commit => match self.kept(Record::Committed)? {
                Some(bytes) => Turn::Commit(Box::new(Committed::from_bytes(&bytes)?)),
                None => Turn::Rest(Keygen::ToAgree { manifest: self.hash }),
            },
            Round::Reveal => Turn::Reveal,
            Round::Shares => Turn::Deal,
            Round::Confirm => Turn::Finish,
        })
    }

    /// Done only with the share on the disk: a copy of the folder from before must not look complete.
    fn rest_after_confirming(&self, wait: Option<KeygenWait>) -> Result<Turn, TrusteeError> {
        self.kept(Record::KeyShare)?.ok_or(TrusteeError::StateLost)?;
        self.forget(&[Record::Committed, Record::Dealt])?;
        let election = self.ceremony.election().ok_or(TrusteeError::StateLost)?.id;
        Ok(Turn::Rest(wait.map_or(Keygen::Done { election }, Keygen::Waiting)))
    }

    fn kept(&self, record: Record) -> Result<Option<SecretBytes>, TrusteeError> {
        self.trustee.home.recall(&self.hash, record)
    }

    fn forget(&self, records: &[Record]) -> Result<(), TrusteeError> {
        records.iter().try_for_each(|record| self.trustee.home.destroy(&self.hash, *record))
    }

    /// The polynomial that the logged commitment is of.
    fn logged_committed(&self) -> Result<Committed, TrusteeError> {
        let kept = self.kept(Record::Committed)?;
        let committed = Committed::from_bytes(&kept.ok_or(TrusteeError::StateLost)?)?;
        let logged = self.ceremony.commits().get(&self.index);
        let is_same = logged == Some(&committed.commit(self.manifest));
        if is_same { Ok(committed) } else { Err(TrusteeError::StateLost) }
    }

    fn revealed(&self) -> Result<Reveal, TrusteeError> {
        Ok(self.logged_committed()?.reveal(self.manifest))
    }

    /// The state after dealing and its message: those on the disk, or fresh ones that go there first.
    fn dealt(&self) -> Result<(Dealt, Shares), TrusteeError> {
        let dealt = match self.kept_dealt()? {
            Some(dealt) => dealt,
            None => {
                let (dealt, shares) =
                    self.logged_committed()?.deal(self.manifest, &self.reveals(), &mut OsRng)?;
                let bytes = dealt_bytes(&dealt, &shares)?;
                self.trustee.home.keep(&self.hash, Record::Dealt, bytes.expose())?;
                (dealt, shares)
            }
        };
        self.forget(&[Record::Committed])?;
        Ok(dealt)
    }

    fn kept_dealt(&self) -> Result<Option<(Dealt, Shares)>, TrusteeError> {
        let Some(bytes) = self.kept(Record::Dealt)? else { return Ok(None) };
        parse_dealt(&bytes).map(Some).ok_or(TrusteeError::StateLost)
    }

    fn reveals(&self) -> Vec<Reveal> {
        self.ceremony.reveals().values().cloned().collect()
    }

    /// Confirms the key with the share on the disk, or complains about a share that is wrong.
    fn finish(&self, board: &Board) -> Result<Entry, TrusteeError> {
        let (dealt, own_shares) = self.kept_dealt()?.ok_or(TrusteeError::StateLost)?;
        if self.ceremony.shares().get(&self.index) != Some(&own_shares) {
            return Err(TrusteeError::StateLost);
        }
        let shares: Vec<Shares> = self.ceremony.shares().values().cloned().collect();
        let sealing_key = &self.trustee.identity.sealing_key;
        match dealt.finish(self.manifest, &self.reveals(), &shares, sealing_key) {
            Ok((share, _, confirm)) => {
                self.keep_share(&share.to_bytes())?;
                Ok(Entry::TrusteeConfirm(self.trustee.sign(confirm, board.origin())?))
            }
            Err(CeremonyError::BadShare { from }) => {
                let wrong = self.ceremony.shares().get(&from).ok_or(TrusteeError::StateLost)?;
                let complaint = dealt.complain(self.manifest, wrong, sealing_key, &mut OsRng)?;
                Ok(Entry::TrusteeComplaint(self.trustee.sign(complaint, board.origin())?))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The share follows from the log and the polynomial, so that one from before a crash is the same.
    fn keep_share(&self, share: &SecretBytes) -> Result<(), TrusteeError> {
        if self.trustee.home.keep(&self.hash, Record::KeyShare, share.expose())? {
            return Ok(());
        }
        let kept = self.kept(Record::KeyShare)?.ok_or(TrusteeError::StateLost)?;
        if kept.expose() == share.expose() { Ok(()) } else { Err(TrusteeError::StateLost) }
    }
}

/// Length of the state (4 bytes), the state, the message's JSON.
fn dealt_bytes(dealt: &Dealt, shares: &Shares) -> Result<SecretBytes, TrusteeError> {
    let state = dealt.to_bytes()?;
    let length = u32::try_from(state.expose().len()).map_err(|_| TrusteeError::StateLost)?;
    let parts = [&length.to_be_bytes()[..], state.expose(), &to_canonical_json(shares)?];
    Ok(SecretBytes::new(parts.concat()))
}

fn parse_dealt(bytes: &SecretBytes) -> Option<(Dealt, Shares)> {
    let (length, rest) = bytes.expose().split_first_chunk::<4>()?;
    let (state, shares) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let dealt = Dealt::from_bytes(&SecretBytes::new(state.to_vec())).ok()?;
    Some((dealt, serde_json::from_slice(shares).ok()?))
}
