//! The key ceremony, one message at a time (protocol.md §3.2.1 to §3.2.3).

use std::collections::BTreeSet;
use std::time::Duration;

use kodanik_ballot::ids::{ElectionId, ManifestHash};
use kodanik_ballot::manifest::Manifest;
use kodanik_ballot::trustee::ceremony::{Reveal, Shares};
use kodanik_ballot::trustee::secret::{Committed, Dealt, TrusteeError as CeremonyError};
use kodanik_contract::ceremony::Ceremony;
use kodanik_contract::entry::Entry;
use kodanik_crypto::encoding::to_canonical_json;
use kodanik_crypto::secret::SecretBytes;
use rand_core::OsRng;

use crate::board::Board;
use crate::error::TrusteeError;
use crate::home::Record;
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
    /// This trustee has done its part and waits.
    Waiting(KeygenWait),
}

/// What a trustee waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeygenWait {
    /// The authority has not announced such an election.
    Announcement,
    /// Not everybody has committed.
    Commits {
        /// Indexes of those who have not.
        missing: Vec<u16>,
    },
    /// Not everybody has confirmed.
    Confirms {
        /// Indexes of those who have not.
        missing: Vec<u16>,
    },
    /// Not everybody has revealed.
    Reveals {
        /// Indexes of those who have not.
        missing: Vec<u16>,
    },
    /// Not everybody has sent shares.
    Shares {
        /// Indexes of those who have not.
        missing: Vec<u16>,
    },
}

enum Step {
    Post(Box<Entry>),
    Rest(Keygen),
}

impl Trustee {
    /// Takes part in the ceremony of the election with this slug as far as the log allows. Call it again after
    /// [`Keygen::Waiting`], a crash, or an error that may pass.
    pub async fn keygen(&self, board: &mut Board, slug: &str) -> Result<Keygen, TrusteeError> {
        loop {
            self.sync(board).await?;
            match self.next_keygen_step(board, slug)? {
                Step::Post(entry) => drop(board.post(&entry).await?),
                Step::Rest(outcome) => return Ok(outcome),
            }
        }
    }

    /// [`Self::keygen`] again and again, `every` so often, until the ceremony is done or has failed. `told` hears
    /// what is waited for.
    pub async fn keygen_until_done(
        &self,
        board: &mut Board,
        slug: &str,
        every: Duration,
        mut told: impl FnMut(&KeygenWait),
    ) -> Result<Keygen, TrusteeError> {
        loop {
            match self.keygen(board, slug).await? {
                Keygen::Waiting(wait) => told(&wait),
                end => return Ok(end),
            }
            tokio::time::sleep(every).await;
        }
    }

    fn next_keygen_step(&self, board: &Board, slug: &str) -> Result<Step, TrusteeError> {
        let Some(record) = board.state()?.election_by_slug(slug) else {
            return Ok(Step::Rest(Keygen::Waiting(KeygenWait::Announcement)));
        };
        let (manifest, ceremony) = (record.manifest(), record.ceremony());
        let own = Part {
            trustee: self,
            manifest,
            hash: manifest.hash(),
            index: self.index_in(manifest)?,
            ceremony,
        };
        if let Some(culprit) = ceremony.culprit() {
            return Ok(Step::Rest(Keygen::Failed { culprit }));
        }
        let entry = match own.turn()? {
            Turn::Rest(outcome) => return Ok(Step::Rest(outcome)),
            Turn::Commit => {
                Entry::TrusteeCommit(self.sign(own.committed()?.commit(manifest), board.origin())?)
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
    Commit,
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

impl Part<'_> {
    fn turn(&self) -> Result<Turn, TrusteeError> {
        let (commits, reveals) = (self.ceremony.commits(), self.ceremony.reveals());
        let (shares, confirms) = (self.ceremony.shares(), self.ceremony.confirms());
        let wait = |wait: KeygenWait| Ok(Turn::Rest(Keygen::Waiting(wait)));
        let missing = |present: &dyn Fn(&u16) -> bool| -> Vec<u16> {
            (1..=self.manifest.trustee_count()).filter(|index| !present(index)).collect()
        };
        if !commits.contains_key(&self.index) {
            return Ok(Turn::Commit);
        }
        let absent = missing(&|index| commits.contains_key(index));
        if !absent.is_empty() {
            return wait(KeygenWait::Commits { missing: absent });
        }
        if !reveals.contains_key(&self.index) {
            return Ok(Turn::Reveal);
        }
        let absent = missing(&|index| reveals.contains_key(index));
        if !absent.is_empty() {
            return wait(KeygenWait::Reveals { missing: absent });
        }
        if !shares.contains_key(&self.index) {
            return Ok(Turn::Deal);
        }
        let absent = missing(&|index| shares.contains_key(index));
        if !absent.is_empty() {
            return wait(KeygenWait::Shares { missing: absent });
        }
        if !confirms.contains(&self.index) {
            return Ok(Turn::Finish);
        }
        self.rest_after_confirming(confirms, missing(&|index| confirms.contains(index)))
    }

    /// Done only with the share on the disk: a copy of the folder from before must not look complete.
    fn rest_after_confirming(
        &self,
        confirms: &BTreeSet<u16>,
        missing: Vec<u16>,
    ) -> Result<Turn, TrusteeError> {
        debug_assert!(confirms.contains(&self.index));
        self.trustee.home.recall(&self.hash, Record::KeyShare)?.ok_or(TrusteeError::StateLost)?;
        let election = self.ceremony.election().ok_or(TrusteeError::StateLost)?.id;
        let outcome = match missing.is_empty() {
            true => Keygen::Done { election },
            false => Keygen::Waiting(KeygenWait::Confirms { missing }),
        };
        Ok(Turn::Rest(outcome))
    }

    /// The polynomial: the one on the disk, or a fresh one that goes there first.
    fn committed(&self) -> Result<Committed, TrusteeError> {
        if let Some(bytes) = self.trustee.home.recall(&self.hash, Record::Committed)? {
            return Ok(Committed::from_bytes(&bytes)?);
        }
        let fresh = Committed::make(self.manifest, self.index, &mut OsRng)?;
        self.trustee.home.keep(&self.hash, Record::Committed, fresh.to_bytes()?.expose())?;
        Ok(fresh)
    }

    /// The polynomial that the logged commitment is of.
    fn logged_committed(&self) -> Result<Committed, TrusteeError> {
        let kept = self.trustee.home.recall(&self.hash, Record::Committed)?;
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
        if let Some(bytes) = self.trustee.home.recall(&self.hash, Record::Dealt)? {
            return parse_dealt(&bytes).ok_or(TrusteeError::StateLost);
        }
        let reveals: Vec<Reveal> = self.ceremony.reveals().values().cloned().collect();
        let (dealt, shares) = self.logged_committed()?.deal(self.manifest, &reveals, &mut OsRng)?;
        self.trustee.home.keep(&self.hash, Record::Dealt, dealt_bytes(&dealt, &shares)?.expose())?;
        self.trustee.home.destroy(&self.hash, Record::Committed)?;
        Ok((dealt, shares))
    }

    /// Confirms the key with the share on the disk, or complains about a share that is wrong.
    fn finish(&self, board: &Board) -> Result<Entry, TrusteeError> {
        let (dealt, own_shares) = self.dealt()?;
        if self.ceremony.shares().get(&self.index) != Some(&own_shares) {
            return Err(TrusteeError::StateLost);
        }
        let reveals: Vec<Reveal> = self.ceremony.reveals().values().cloned().collect();
        let shares: Vec<Shares> = self.ceremony.shares().values().cloned().collect();
        let sealing_key = &self.trustee.identity.sealing_key;
        match dealt.finish(self.manifest, &reveals, &shares, sealing_key) {
            Ok((share, _, confirm)) => {
                self.trustee.home.keep(&self.hash, Record::KeyShare, share.to_bytes().expose())?;
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
