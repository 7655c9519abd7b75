//! Trustees that lie, leave or come late, three of five: who names them, and what goes on without them.
//!
//! A `Liar` is a test double: it has the keys of a trustee in the manifest and says what no honest trustee says.

use kodanik_ballot::manifest::{Manifest, TrusteeMember};
use kodanik_ballot::testing::{sealing_key, signing_key};
use kodanik_ballot::trustee::ceremony::{Confirm, Reveal, Shares};
use kodanik_ballot::trustee::decrypt::{PartialDecryption, TrusteeStatement};
use kodanik_ballot::trustee::secret::{Committed, Dealt, KeyShare};
use kodanik_contract::ceremony::{Fault, Round};
use kodanik_contract::election::ElectionRecord;
use kodanik_contract::entry::Entry;
use kodanik_contract::replay::replay;
use kodanik_contract::signed::{Signed, SignedBody};
use kodanik_contract::testing::LOG;
use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixMinute;
use kodanik_ledger::key::KeyName;
use rand_core::OsRng;

use super::ceremony::{announce, keygen, waits_for};
use super::gateway_double::GatewayDouble;
use super::tallying::{cast, close, count, open, publish};
use super::{Restarting, SLUG};
use crate::board::BoardError;
use crate::decrypt::{Decrypt, DecryptWait};
use crate::keygen::Keygen;
use crate::status::{Next, Status};
use crate::{Trustee, TrusteeError};

const NAMES: [&str; 4] = ["A", "B", "C", "D"];
/// Index of the liar.
const LIAR: u16 = 5;

/// Four honest trustees with folders; the fifth is a liar.
struct Table {
    gateway: GatewayDouble,
    honest: Vec<Trustee>,
    liar: Liar,
    _folders: Vec<Restarting>,
}

/// A test double of a trustee that does not run our tool.
struct Liar {
    manifest: Manifest,
    committed: Option<Committed>,
    key: SigningKey,
    sealing: SigningKey,
}

impl Liar {
    fn sign<B: SignedBody>(&self, body: B) -> Signed<B> {
        Signed::sign(body, LOG, &self.key).unwrap()
    }

    fn reveal(&self) -> Reveal {
        self.committed.as_ref().unwrap().reveal(&self.manifest)
    }
}

impl Table {
    async fn set() -> Self {
        let folders: Vec<_> = NAMES.into_iter().map(Restarting::init).collect();
        let honest: Vec<_> = folders.iter().map(Restarting::open).collect();
        let (key, sealing) = (signing_key(LIAR), sealing_key(LIAR));
        let card = TrusteeMember {
            name: "E".to_owned(),
            sealing_key: sealing.verifying_key(),
            signing_key: key.verifying_key(),
        };
        let cards = honest.iter().map(Trustee::card).chain([card]).collect();
        let (gateway, manifest) = announce(cards).await;
        let committed = Some(Committed::make(&manifest, LIAR, &mut OsRng).unwrap());
        Self { gateway, honest, liar: Liar { manifest, committed, key, sealing }, _folders: folders }
    }

    /// The liar's own tool hears why.
    async fn refuses(&self, entry: Entry, code: &str) {
        match self.gateway.board().post(&entry).await {
            Err(BoardError::Refused { code: heard }) => assert_eq!(heard, code),
            other => panic!("{other:?}"),
        }
    }

    async fn takes(&self, entry: Entry) {
        self.gateway.board().post(&entry).await.unwrap();
    }

    async fn run(&self, trustee: usize) -> Result<Keygen, TrusteeError> {
        keygen(&self.honest[trustee], &mut self.gateway.board()).await
    }

    /// Everybody commits and reveals; the honest ones have dealt and wait.
    async fn reach_the_shares(&mut self) {
        self.wait_for_the_liar(Round::Commit).await;
        self.commits().await;
        self.wait_for_the_liar(Round::Reveal).await;
        self.reveals().await;
        self.wait_for_the_liar(Round::Shares).await;
    }

    /// The honest ones, in turn, as far as they get; they wait for the liar alone.
    async fn wait_for_the_liar(&self, round: Round) {
        for _ in 0..2 {
            for trustee in 0..self.honest.len() {
                self.run(trustee).await.unwrap();
            }
        }
        for trustee in 0..self.honest.len() {
            waits_for(self.run(trustee).await, round, &[LIAR]);
        }
        let since = self.gateway.with(|served| served.log.minute);
        assert_eq!(self.status().next, Next::Round { round, missing: vec![LIAR], since });
    }

    fn with_record<T>(&self, look: impl FnOnce(&ElectionRecord) -> T) -> T {
        self.gateway.with(|served| look(served.log.state.election_by_slug(SLUG).unwrap()))
    }

    fn status(&self) -> Status {
        self.with_record(|record| Status::from(record))
    }

    fn later(&self, minutes: u64) {
        self.gateway.with(|served| served.log.minute = UnixMinute(served.log.minute.0 + minutes));
    }

    async fn commits(&self) {
        let commit = self.liar.committed.as_ref().unwrap().commit(&self.liar.manifest);
        self.takes(Entry::TrusteeCommit(self.liar.sign(commit))).await;
    }

    async fn reveals(&self) {
        self.takes(Entry::TrusteeReveal(self.liar.sign(self.liar.reveal()))).await;
    }

    fn all_reveals(&self) -> Vec<Reveal> {
        self.with_record(|record| record.ceremony().reveals().values().cloned().collect())
    }

    fn deals(&mut self) -> (Dealt, Shares) {
        let (reveals, committed) = (self.all_reveals(), self.liar.committed.take().unwrap());
        committed.deal(&self.liar.manifest, &reveals, &mut OsRng).unwrap()
    }

    /// The liar behaves until all have their shares of the key.
    async fn make_key(&mut self) -> KeyShare {
        self.wait_for_the_liar(Round::Commit).await;
        self.commits().await;
        self.wait_for_the_liar(Round::Reveal).await;
        self.reveals().await;
        self.wait_for_the_liar(Round::Shares).await;
        let (dealt, shares) = self.deals();
        self.takes(Entry::TrusteeShares(self.liar.sign(shares))).await;
        self.wait_for_the_liar(Round::Confirm).await;
        let (share, confirm) = self.finish(&dealt);
        let mut other = confirm.clone();
        other.election = kodanik_ballot::ids::ElectionId::new([7; 32]);
        self.refuses(Entry::TrusteeConfirm(self.liar.sign(other)), "bad_ceremony_message").await;
        self.wait_for_the_liar(Round::Confirm).await;
        self.takes(Entry::TrusteeConfirm(self.liar.sign(confirm))).await;
        assert_eq!(self.status().next, Next::Open);
        share
    }

    fn finish(&self, dealt: &Dealt) -> (KeyShare, Confirm) {
        let shares: Vec<Shares> =
            self.with_record(|record| record.ceremony().shares().values().cloned().collect());
        let finished = dealt.finish(&self.liar.manifest, &self.all_reveals(), &shares, &self.liar.sealing);
        let (share, _, confirm) = finished.unwrap();
        (share, confirm)
    }

    fn close_with_two_ballots(&self) {
        self.gateway.with(|served| {
            open(&mut served.log, SLUG);
            cast(&mut served.log, SLUG, 1, &[&[0], &[1, 2]]);
            cast(&mut served.log, SLUG, 2, &[&[0], &[]]);
            close(&mut served.log, SLUG);
            (0..2).for_each(|issuer| count(&mut served.log, SLUG, issuer, 2));
        });
    }

    async fn decrypt(&self, trustee: usize) -> Decrypt {
        self.honest[trustee].decrypt(&mut self.gateway.board(), SLUG).await.unwrap()
    }

    /// The authority publishes; everybody's replay of the log from entry 0 agrees with every entry in it.
    fn publishes_and_everybody_verifies(&self) {
        assert_eq!(self.status().next, Next::Result);
        self.gateway.with(|served| {
            publish(&mut served.log, SLUG);
            let replayed = replay(&KeyName::parse(LOG).unwrap(), served.log.leaves.clone()).unwrap();
            assert_eq!(replayed.root(), served.log.state.root());
            let result = replayed.election_by_slug(SLUG).unwrap().result().unwrap().to_vec();
            assert_eq!(result[0].options.as_deref(), Some(&[2, 0, 0, 0, 0][..]));
        });
        assert_eq!(self.status().next, Next::Destroy);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s20_who_reveals_something_else_is_missing_and_hears_why() {
    let table = Table::set().await;
    table.wait_for_the_liar(Round::Commit).await;
    table.commits().await;
    table.wait_for_the_liar(Round::Reveal).await;
    let other = Committed::make(&table.liar.manifest, LIAR, &mut OsRng).unwrap();
    let lie = other.reveal(&table.liar.manifest);
    table.refuses(Entry::TrusteeReveal(table.liar.sign(lie)), "reveal_mismatch").await;
    table.wait_for_the_liar(Round::Reveal).await;
    // A missing trustee can still come, however late.
    table.later(180);
    table.reveals().await;
    let revealed = table.status().trustees[4].attendance.revealed.unwrap();
    let earlier = table.status().trustees[0].attendance.revealed.unwrap();
    assert_eq!(revealed.0 - earlier.0, 180, "how late it came stays in the log");
}

/// It committed to a package that no reveal can carry: it can never speak again.
#[tokio::test(flavor = "multi_thread")]
async fn s20_who_commits_to_a_bad_package_can_never_reveal_it() {
    let table = Table::set().await;
    let mut lie = table.liar.reveal();
    lie.package.commitments.pop();
    let digest = kodanik_ballot::trustee::ceremony::package_digest(&lie.manifest, LIAR, &lie.package);
    let mut commit = table.liar.committed.as_ref().unwrap().commit(&table.liar.manifest);
    commit.digest = digest;
    table.takes(Entry::TrusteeCommit(table.liar.sign(commit))).await;
    table.wait_for_the_liar(Round::Reveal).await;
    table.refuses(Entry::TrusteeReveal(table.liar.sign(lie)), "bad_ceremony_message").await;
    let honest = table.liar.reveal();
    table.refuses(Entry::TrusteeReveal(table.liar.sign(honest)), "reveal_mismatch").await;
    table.wait_for_the_liar(Round::Reveal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s20_who_deals_a_wrong_share_is_named_by_a_complaint_that_everybody_can_check() {
    let mut table = Table::set().await;
    table.reach_the_shares().await;
    let (_, shares) = table.deals();
    let mut fewer = shares.clone();
    fewer.shares.pop();
    table.refuses(Entry::TrusteeShares(table.liar.sign(fewer)), "bad_ceremony_message").await;
    let mut wrong = shares;
    wrong.shares[1].sealed.0[30] ^= 1;
    table.takes(Entry::TrusteeShares(table.liar.sign(wrong))).await;
    assert!(matches!(table.run(0).await, Ok(Keygen::Waiting(_))), "its own share is right");
    table.later(3);
    assert_eq!(table.run(1).await.unwrap(), Keygen::Failed { culprit: LIAR });
    for trustee in 0..4 {
        assert_eq!(table.run(trustee).await.unwrap(), Keygen::Failed { culprit: LIAR });
    }
    let minute = table.gateway.with(|served| served.log.minute);
    let status = table.status();
    assert_eq!(status.next, Next::Restart(Fault { by: 2, culprit: LIAR, minute }));
    let culprits: Vec<_> = status.trustees.iter().map(|line| line.attendance.culprit).collect();
    assert_eq!(culprits, [false, false, false, false, true]);
    let folder = table._folders[1].0.path().join("elections").join(table.liar.manifest.hash().to_string());
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0, "the secrets of a failed ceremony are gone");
    let outcome = table.honest[0].decrypt(&mut table.gateway.board(), SLUG).await;
    assert!(matches!(outcome, Err(TrusteeError::CeremonyFailed { culprit: LIAR })));
}

/// Whoever accuses without reason stays alone with it: the ceremony goes on, and waits for the accuser.
#[tokio::test(flavor = "multi_thread")]
async fn s20_who_complains_without_reason_is_missing_and_hears_why() {
    let mut table = Table::set().await;
    table.reach_the_shares().await;
    let (dealt, shares) = table.deals();
    table.takes(Entry::TrusteeShares(table.liar.sign(shares))).await;
    let against = table.with_record(|record| record.ceremony().shares()[&1].clone());
    let liar = &table.liar;
    let complaint = dealt.complain(&liar.manifest, &against, &liar.sealing, &mut OsRng).unwrap();
    table.refuses(Entry::TrusteeComplaint(liar.sign(complaint)), "bad_ceremony_message").await;
    table.wait_for_the_liar(Round::Confirm).await;
}

/// One lies about the sums and about its share, one never comes: three good ones are enough.
#[tokio::test(flavor = "multi_thread")]
async fn s20_three_good_trustees_are_enough_where_one_lies_and_one_leaves() {
    let mut table = Table::set().await;
    let share = table.make_key().await;
    table.close_with_two_ballots();
    let (counting, election) =
        table.with_record(|record| (record.counting().unwrap().clone(), record.election().unwrap().clone()));
    let mut statement = counting.statement().clone();
    statement.checkpoint.root = Bytes([9; 32]);
    let lie = TrusteeStatement { statement, trustee: LIAR };
    table.refuses(Entry::TallyStatement(table.liar.sign(lie)), "bad_statement").await;
    let truth = TrusteeStatement { statement: counting.statement().clone(), trustee: LIAR };
    table.takes(Entry::TallyStatement(table.liar.sign(truth))).await;
    for (trustee, have) in [(0, 2), (1, 3)] {
        match table.decrypt(trustee).await {
            Decrypt::Waiting(DecryptWait::Statements { have: told, .. }) => assert_eq!(told, have),
            end => assert_eq!((end, have), (Decrypt::Shared { contests: 2 }, 3)),
        }
    }
    let sums = counting.sums();
    let honest = PartialDecryption::make_all(&share, &election, sums, counting.statement(), &mut OsRng);
    let mut lie = honest.unwrap().remove(0);
    lie.options.swap(0, 1);
    table.refuses(Entry::TallyShare(table.liar.sign(lie)), "bad_partial_decryption").await;
    let (have, need) = (1, 3);
    let since = table.gateway.with(|served| served.log.minute);
    assert_eq!(table.status().next, Next::Shares { have, missing: vec![1, 3, 4, 5], need, since });
    assert_eq!(table.decrypt(0).await, Decrypt::Shared { contests: 2 });
    // Trustee 4 comes late, and takes the place of the liar; trustee 3 never comes.
    table.later(90);
    assert_eq!(table.decrypt(3).await, Decrypt::Shared { contests: 2 });
    table.publishes_and_everybody_verifies();
    let status = table.status();
    let opened: Vec<_> = status.trustees.iter().map(|line| line.attendance.opened).collect();
    let stated: Vec<_> = status.trustees.iter().map(|line| line.attendance.stated.is_some()).collect();
    assert_eq!((opened, stated), (vec![2, 2, 0, 2, 0], vec![true, true, false, true, true]));
    // Whoever comes after the result has nothing to do but to destroy its share.
    assert_eq!(table.decrypt(2).await, Decrypt::Tallied);
}

#[tokio::test(flavor = "multi_thread")]
async fn s20_two_of_five_are_not_enough_and_those_who_are_missing_are_named() {
    let mut table = Table::set().await;
    table.make_key().await;
    table.close_with_two_ballots();
    let missing = vec![3, 4, 5];
    let since = table.gateway.with(|served| served.log.minute);
    table.later(60);
    table.decrypt(0).await;
    let end = table.decrypt(1).await;
    let expected = DecryptWait::Statements { have: 2, missing: missing.clone(), need: 3 };
    assert_eq!(end, Decrypt::Waiting(expected));
    assert_eq!(table.status().next, Next::Statements { have: 2, missing, need: 3, since });
    let shares = table.with_record(|record| record.counting().unwrap().shares().count());
    assert_eq!(shares, 0, "nothing is opened");
}
