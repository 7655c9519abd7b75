//! From the close to the result: sums, close statements, shares (protocol.md §5.2.6, §5.2.7).

use std::collections::BTreeMap;
use std::sync::Arc;

use kodanik_ballot::election::Election;
use kodanik_ballot::tally::{ContestTally, Sums, Tally, TallyError};
use kodanik_ballot::trustee::decrypt::{CloseStatement, PartialDecryption, TrusteeStatement, VerifiedShare};
use kodanik_crypto::time::UnixMinute;

use crate::casting::Casting;
use crate::election::ElectionRecord;
use crate::rejection::Rejection;
use crate::state::Place;

/// What the log computes at the close, and what trustees and authority have said about it since.
#[derive(Clone, Debug)]
pub struct Counting {
    election: Arc<Election>,
    close_index: u64,
    closed: UnixMinute,
    sums: Arc<Sums>,
    /// What every honest trustee states.
    statement: CloseStatement,
    statements: BTreeMap<u16, UnixMinute>,
    /// By contest and trustee.
    shares: BTreeMap<(String, u16), (VerifiedShare, UnixMinute)>,
    result: Option<(u64, Vec<ContestTally>)>,
}

/// A message about the tally whose signature and proofs were checked.
#[derive(Clone, Debug)]
pub(crate) enum TallyStep {
    Result(Vec<ContestTally>),
    Share(Box<VerifiedShare>),
    Statement(u16),
}

impl Counting {
    pub(crate) fn new(election: Arc<Election>, casting: &Casting, place: &Place) -> Self {
        let mut sums = Sums::new(&election);
        casting.counted().for_each(|ballot| sums.add(ballot));
        let checkpoint = place.checkpoint.clone();
        let statement = CloseStatement { checkpoint, election: election.id, sums: sums.hash() };
        Self {
            election,
            close_index: place.index,
            closed: place.minute,
            sums: Arc::new(sums),
            statement,
            statements: BTreeMap::new(),
            shares: BTreeMap::new(),
            result: None,
        }
    }

    /// The entry that closed the election.
    pub fn close_index(&self) -> u64 {
        self.close_index
    }

    /// When casting was closed.
    pub fn closed(&self) -> UnixMinute {
        self.closed
    }

    /// The sums of the ballots that count.
    pub fn sums(&self) -> &Sums {
        &self.sums
    }

    /// What every honest trustee states.
    pub fn statement(&self) -> &CloseStatement {
        &self.statement
    }

    /// The trustees that have stated it, and when.
    pub fn statements(&self) -> &BTreeMap<u16, UnixMinute> {
        &self.statements
    }

    /// Whether t trustees have stated the same, so that shares may come.
    pub fn is_agreed(&self) -> bool {
        self.statements.len() >= usize::from(self.election.manifest.trustees.threshold)
    }

    /// When t trustees had stated the same.
    pub fn agreed(&self) -> Option<UnixMinute> {
        let mut minutes: Vec<_> = self.statements.values().copied().collect();
        minutes.sort_unstable();
        minutes.get(usize::from(self.election.manifest.trustees.threshold) - 1).copied()
    }

    /// How many contests are decrypted: those with enough ballots.
    pub fn contests_to_open(&self) -> usize {
        self.sums.contests().iter().filter(|sums| sums.is_decrypted(&self.election)).count()
    }

    /// How many contests' sums a trustee has opened, and when it did so last.
    pub fn opened(&self, trustee: u16) -> (usize, Option<UnixMinute>) {
        let shares = self.shares.iter().filter(|((_, of), _)| *of == trustee);
        let minutes: Vec<_> = shares.map(|(_, (_, minute))| *minute).collect();
        (minutes.len(), minutes.into_iter().max())
    }

    /// Whose share of which contest is there: (contest, trustee).
    pub fn shares(&self) -> impl Iterator<Item = (&str, u16)> {
        self.shares.keys().map(|(contest, trustee)| (contest.as_str(), *trustee))
    }

    /// What the shares decrypt to, for the authority to publish and anybody to compare.
    pub fn tally(&self) -> Result<Tally, TallyError> {
        let shares: Vec<VerifiedShare> = self.shares.values().map(|(share, _)| share.clone()).collect();
        Tally::combine(&self.election, &self.sums, &shares)
    }

    /// The result entry and what it says.
    pub fn result(&self) -> Option<(u64, &[ContestTally])> {
        self.result.as_ref().map(|(index, contests)| (*index, contests.as_slice()))
    }

    pub(crate) fn advance(&mut self, step: TallyStep, place: &Place) -> Result<(), Rejection> {
        match step {
            TallyStep::Statement(trustee) if self.statements.contains_key(&trustee) => {
                Err(Rejection::AlreadyDone)
            }
            TallyStep::Statement(trustee) => {
                self.statements.insert(trustee, place.minute);
                Ok(())
            }
            _ if !self.is_agreed() => Err(Rejection::NoAgreement),
            TallyStep::Share(share) => {
                let key = (share.contest().to_owned(), share.trustee());
                if self.shares.contains_key(&key) {
                    return Err(Rejection::AlreadyDone);
                }
                self.shares.insert(key, (*share, place.minute));
                Ok(())
            }
            TallyStep::Result(contests) => {
                self.result = Some((place.index, contests));
                Ok(())
            }
        }
    }
}

impl ElectionRecord {
    fn counting_now(&self) -> Result<&Counting, Rejection> {
        self.counting.as_ref().ok_or(Rejection::NotNow)
    }

    pub(crate) fn check_statement(&self, statement: &TrusteeStatement) -> Result<TallyStep, Rejection> {
        let expected = &self.counting_now()?.statement;
        let same = statement.statement == *expected;
        if same { Ok(TallyStep::Statement(statement.trustee)) } else { Err(Rejection::BadStatement) }
    }

    /// The proof is checked by the returned closure, which may run on any thread.
    pub(crate) fn check_share(
        &self,
        share: PartialDecryption,
    ) -> Result<impl FnOnce() -> Result<TallyStep, Rejection> + Send + use<>, Rejection> {
        let counting = self.counting_now()?;
        if !counting.is_agreed() {
            return Err(Rejection::NoAgreement);
        }
        let Counting { election, sums, statement, .. } = counting.clone();
        Ok(move || {
            let verified = share.verify(&election, &sums, &statement);
            let verified = verified.map_err(|_| Rejection::BadPartialDecryption)?;
            Ok(TallyStep::Share(Box::new(verified)))
        })
    }

    /// The decryption is recomputed by the returned closure, which may run on any thread.
    pub(crate) fn check_result(
        &self,
        contests: Vec<ContestTally>,
    ) -> Result<impl FnOnce() -> Result<TallyStep, Rejection> + Send + use<>, Rejection> {
        let counting = self.counting_now()?.clone();
        Ok(move || match counting.tally() {
            Ok(tally) if tally.contests == contests => Ok(TallyStep::Result(contests)),
            Ok(_) => Err(Rejection::BadResult),
            Err(TallyError::TooFewShares) => Err(Rejection::TooFewShares),
            Err(_) => Err(Rejection::BadResult),
        })
    }
}
