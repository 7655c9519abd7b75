//! From the close to the shares (protocol.md §3.2.5, §3.2.6). A trustee is not a decryption oracle: it decrypts the
//! sums that it has computed itself, once per election, after t trustees have stated that they computed the same.

use std::time::Duration;

use kodanik_ballot::ids::ManifestHash;
use kodanik_ballot::trustee::decrypt::{CloseStatement, PartialDecryption, TrusteeStatement};
use kodanik_ballot::trustee::secret::KeyShare;
use kodanik_contract::election::{ElectionRecord, Phase};
use kodanik_contract::entry::Entry;
use kodanik_contract::tally::Counting;
use rand_core::OsRng;

use crate::board::Board;
use crate::error::TrusteeError;
use crate::home::Record;
use crate::progress::{Pace, Progress, may_pass};
use crate::trustee::Trustee;

/// How far the decryption is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decrypt {
    /// This trustee's shares are in the log; the result is not yet.
    Shared {
        /// Contests that were decrypted.
        contests: usize,
    },
    /// The result is in the log; this trustee's share of the key is destroyed.
    Tallied,
    /// This trustee has done what it can and waits.
    Waiting(DecryptWait),
}

/// What a trustee waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecryptWait {
    /// The election is not closed.
    Close,
    /// An issuer has not said how many credentials it issued.
    Counts {
        /// The issuer's id.
        issuer: String,
    },
    /// Fewer than t trustees have stated what the log holds.
    Statements {
        /// How many have.
        have: usize,
        /// Indexes of those who have not.
        missing: Vec<u16>,
        /// t.
        need: usize,
    },
}

enum Step {
    Post(Vec<Entry>),
    Rest(Decrypt),
}

impl Trustee {
    /// States and decrypts as far as the log allows. Call it again after [`Decrypt::Waiting`], a crash, or an error
    /// that may pass; and once more after the result is published, to destroy the key share.
    pub async fn decrypt(&self, board: &mut Board, slug: &str) -> Result<Decrypt, TrusteeError> {
        self.decrypt_telling(board, slug, &mut |_| {}).await
    }

    /// [`Self::decrypt`] again and again, `every` so often and less often while nothing happens, until the shares are in
    /// the log. Outlasts an outage of the gateway. `told` hears what happens.
    pub async fn decrypt_until_done(
        &self,
        board: &mut Board,
        slug: &str,
        every: Duration,
        mut told: impl FnMut(Progress<'_, DecryptWait>),
    ) -> Result<Decrypt, TrusteeError> {
        let mut pace = Pace::new(every);
        loop {
            match self.decrypt_telling(board, slug, &mut told).await {
                Ok(Decrypt::Waiting(wait)) => told(Progress::Waiting(&wait)),
                Ok(end) => return Ok(end),
                Err(error) if may_pass(board, &error) => told(Progress::Unreachable),
                Err(error) => return Err(error),
            }
            pace.rest(board.size()).await;
        }
    }

    async fn decrypt_telling(
        &self,
        board: &mut Board,
        slug: &str,
        told: &mut impl FnMut(Progress<'_, DecryptWait>),
    ) -> Result<Decrypt, TrusteeError> {
        let mut refused = None;
        loop {
            self.sync(board).await?;
            let entries = match self.next_decrypt_step(board, slug)? {
                Step::Post(entries) => entries,
                Step::Rest(outcome) => return Ok(outcome),
            };
            for entry in &entries {
                match board.post_or_look_again(entry, &mut refused).await? {
                    Some(index) => told(Progress::Posted { entry, index }),
                    None => break,
                }
            }
        }
    }

    fn next_decrypt_step(&self, board: &Board, slug: &str) -> Result<Step, TrusteeError> {
        let wait = |wait| Ok(Step::Rest(Decrypt::Waiting(wait)));
        let record = board.state()?.election_by_slug(slug).ok_or(TrusteeError::NoSuchElection)?;
        let manifest = record.manifest();
        let (hash, index) = (manifest.hash(), self.index_in(manifest)?);
        if let Some(culprit) = record.ceremony().culprit() {
            return Err(TrusteeError::CeremonyFailed { culprit });
        }
        let Some(counting) = record.counting() else { return wait(DecryptWait::Close) };
        if record.phase() == Phase::Tallied {
            self.home.destroy(&hash, Record::KeyShare)?;
            self.home.destroy(&hash, Record::Dealt)?;
            return Ok(Step::Rest(Decrypt::Tallied));
        }
        if let Some(issuer) = check_counts(record)? {
            return wait(DecryptWait::Counts { issuer });
        }
        let statement = counting.statement();
        if !counting.statements().contains_key(&index) {
            self.remember_statement(&hash, statement)?;
            let body = TrusteeStatement { statement: statement.clone(), trustee: index };
            return Ok(Step::Post(vec![Entry::TallyStatement(self.sign(body, board.origin())?)]));
        }
        if !counting.is_agreed() {
            let need = usize::from(manifest.trustees.threshold);
            let stated = counting.statements();
            let missing =
                (1..=manifest.trustee_count()).filter(|index| !stated.contains_key(index)).collect();
            return wait(DecryptWait::Statements { have: stated.len(), missing, need });
        }
        self.remember_statement(&hash, statement)?;
        self.share(board, record, counting, index)
    }

    /// One statement per election, on the disk before anybody sees it.
    fn remember_statement(
        &self,
        hash: &ManifestHash,
        statement: &CloseStatement,
    ) -> Result<(), TrusteeError> {
        let own = statement.hash();
        if self.home.keep(hash, Record::Statement, own.as_bytes())? {
            return Ok(());
        }
        let kept = self.home.recall(hash, Record::Statement)?.ok_or(TrusteeError::StateLost)?;
        if kept.expose() == own.as_bytes() { Ok(()) } else { Err(TrusteeError::SecondStatement) }
    }

    /// The shares that are not in the log yet, made from the sums that the own replay added up.
    fn share(
        &self,
        board: &Board,
        record: &ElectionRecord,
        counting: &Counting,
        index: u16,
    ) -> Result<Step, TrusteeError> {
        let election = record.election().ok_or(TrusteeError::StateLost)?;
        let logged = |contest: &str| counting.shares().any(|share| share == (contest, index));
        let to_decrypt = counting.sums().contests().iter().filter(|sums| sums.is_decrypted(election));
        let contests = to_decrypt.clone().count();
        if to_decrypt.clone().all(|sums| logged(&sums.contest)) {
            return Ok(Step::Rest(Decrypt::Shared { contests }));
        }
        let kept = self.home.recall(&election.manifest_hash, Record::KeyShare)?;
        let key = KeyShare::from_bytes(&kept.ok_or(TrusteeError::StateLost)?)?;
        let shares =
            PartialDecryption::make_all(&key, election, counting.sums(), counting.statement(), &mut OsRng)?;
        let missing = shares.into_iter().filter(|share| !logged(&share.contest));
        let entry = |share| Ok(Entry::TallyShare(self.sign(share, board.origin())?));
        Ok(Step::Post(missing.map(entry).collect::<Result<_, TrusteeError>>()?))
    }
}

/// An issuer whose signature is in the box and whose counts are missing. An error where one has signed more pseudonyms
/// than it says.
pub(crate) fn check_counts(record: &ElectionRecord) -> Result<Option<String>, TrusteeError> {
    let manifest = record.manifest();
    for (position, issuer) in manifest.issuers.members.iter().enumerate() {
        for style in &manifest.styles {
            let used = record.used(position, &style.id);
            let Some(issued) = record.issued(position, &style.id).or((used == 0).then_some(0)) else {
                return Ok(Some(issuer.id.clone()));
            };
            if used > issued {
                let (issuer, style) = (issuer.id.clone(), style.id.clone());
                return Err(TrusteeError::MorePseudonymsThanIssued { issuer, style });
            }
        }
    }
    Ok(None)
}
