//! A trustee's share of a decryption: head = which log's election, and whether its names are set right first; text = canonical JSON of
//! the share's body.
//!
//! - What parses is written again as the same bytes.
//! - Alone, among others, as an entry of the log and by a verifier written from protocol.md §3.2.6, the verdict is the same.
//! - Nobody forges: a share that verifies opens each sum to the very point that the trustee's key gives.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kodanik_ballot::elgamal::Ciphertext;
use kodanik_ballot::testing::signing_key;
use kodanik_ballot::trustee::decrypt::{OptionShare, PartialDecryption, verify_all};
use kodanik_contract::election::ElectionRecord;
use kodanik_contract::entry::Entry;
use kodanik_contract::signed::Signed;
use kodanik_contract::state::State;
use kodanik_crypto::encoding::{from_canonical_json, to_canonical_json};
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::transcript::{frame, hash_to_scalar, sha256};
use kodanik_ledger::leaf::Leaf;
use scenarios::vectors::rng::TestRng;

use crate::logs::{self, ORIGIN};
use crate::signing::WORLDS;
use crate::{Seed, seed, split, vectors};

/// Bytes before the text.
pub const HEAD: usize = 1;

/// An election whose trustees have agreed and not yet opened anything.
struct Tally {
    state: &'static State,
    record: &'static ElectionRecord,
    /// D for each option, by contest and trustee.
    points: BTreeMap<(String, u16), Vec<Point>>,
}

/// `later` and `town`.
static TALLIES: LazyLock<Vec<Tally>> = LazyLock::new(|| {
    let agreed = |log: &'static logs::Log| {
        let is_agreed =
            |record: &&ElectionRecord| record.counting().is_some_and(|counting| counting.is_agreed());
        let find =
            |stage: &'static logs::Stage| Some((&stage.state, stage.state.elections().find(is_agreed)?));
        let (state, record) = log.states.iter().find_map(find).expect("every log has a tally");
        Tally { state, record, points: points(record) }
    };
    logs::ALL.iter().map(agreed).collect()
});

fn points(record: &ElectionRecord) -> BTreeMap<(String, u16), Vec<Point>> {
    let (election, counting) =
        (record.election().expect("it was open"), record.counting().expect("it is closed"));
    let world =
        WORLDS.iter().find(|world| world.election.id == election.id).expect("an election of the vectors");
    let mut rng = TestRng::new("shares for the fuzzer");
    let mut make =
        |key| PartialDecryption::make_all(key, election, counting.sums(), counting.statement(), &mut rng);
    let all = world.shares.iter().flat_map(|key| make(key).expect("an honest share").into_iter());
    all.map(|share| ((share.contest, share.trustee), share.options.iter().map(|option| option.d).collect()))
        .collect()
}

/// Checks one input.
pub fn check(data: &[u8]) {
    let Some(([choice], text)) = split::<HEAD>(data) else { return };
    let Ok(mut share) = from_canonical_json::<PartialDecryption>(text, Leaf::MAX_ENTRY_BYTES) else { return };
    assert_eq!(to_canonical_json(&share).as_deref(), Ok(text), "a second form of the same share");
    let tally = &TALLIES[usize::from(*choice) % TALLIES.len()];
    if choice & 0x80 != 0 {
        let counting = tally.record.counting().expect("it is closed");
        (share.election, share.statement) = (counting.statement().election, counting.statement().hash());
    }
    let verifies = agreed_verdict(tally, &share);
    if verifies {
        let opened: Vec<Point> = share.options.iter().map(|option| option.d).collect();
        let honest = tally.points.get(&(share.contest, share.trustee));
        assert_eq!(Some(&opened), honest, "a forged share");
    }
}

/// Whether it verifies, once everybody agrees on that.
fn agreed_verdict(tally: &Tally, share: &PartialDecryption) -> bool {
    let (election, counting) =
        (tally.record.election().expect("open"), tally.record.counting().expect("closed"));
    let (sums, statement) = (counting.sums(), counting.statement());
    let alone = share.verify(election, sums, statement).map(|_| ());
    let others = [share.clone(), share.clone()];
    let (good, bad) = verify_all(election, sums, statement, &others);
    let expected: Vec<_> = alone.err().into_iter().flat_map(|error| [(share.trustee, error); 2]).collect();
    assert_eq!((good.len(), bad), (2 - expected.len(), expected), "among others it is something else");

    if let Some(accepted) = logged(tally, share) {
        assert_eq!(accepted, alone.is_ok(), "the log says something else");
    }
    let named = share.election == election.id && share.statement == statement.hash();
    let sums = sums.contest(&share.contest).filter(|contest| named && contest.is_decrypted(election));
    let holds = sums.zip(election.share(share.trustee)).is_some_and(|(contest, public)| {
        let numbered = || share.options.iter().zip(&contest.options).enumerate();
        share.options.len() == contest.options.len()
            && numbered().all(|(index, (option, sum))| holds(share, index, option, sum, public))
    });
    assert_eq!(holds, alone.is_ok(), "the second verifier disagrees");
    holds
}

/// Whether the log takes it from its trustee; `None` where there is no such trustee to sign it.
fn logged(tally: &Tally, share: &PartialDecryption) -> Option<bool> {
    tally.record.manifest().trustee(share.trustee)?;
    let signed = Signed::sign(share.clone(), ORIGIN, &signing_key(share.trustee)).ok()?;
    let mut state = tally.state.clone();
    let applied =
        state.check(&Entry::TallyShare(signed)).and_then(|entry| state.apply(entry, state.minute()));
    Some(applied.is_ok())
}

/// z G = u + c Y and z A = v + c D, with c over all that the document names.
fn holds(
    share: &PartialDecryption,
    index: usize,
    option: &OptionShare,
    sum: &Ciphertext,
    public: &Point,
) -> bool {
    let points = [&sum.alpha, public, &option.d, &option.proof.u, &option.proof.v];
    let Some(points) = points.into_iter().map(Point::to_bytes).collect::<Option<Vec<_>>>() else {
        return false;
    };
    let (index, trustee) = ((index as u64).to_be_bytes(), u64::from(share.trustee).to_be_bytes());
    let names = [
        share.election.as_bytes().as_slice(),
        share.statement.as_bytes(),
        share.contest.as_bytes(),
        &index,
        &trustee,
    ];
    let fields: Vec<&[u8]> = names.into_iter().chain(points.iter().map(|point| point.as_slice())).collect();
    let c: Scalar =
        hash_to_scalar(&sha256(&frame("KODANIK-V1-SHARE-P256", &fields)), b"KODANIK-V1-SHARE-P256");
    let proof = &option.proof;
    Point::generate(&proof.z) == proof.u + *public * &c && sum.alpha * &proof.z == proof.v + option.d * &c
}

/// The logged shares, every trustee's own, and the vectors'.
pub fn seeds() -> Vec<Seed> {
    let mut seeds: Vec<Seed> =
        vectors::of_kind("share").map(|vector| seed(&vector.name, &[0x81], vector.text("share"))).collect();
    for (which, log) in (0..).zip(logs::ALL.iter()) {
        for leaf in &log.leaves {
            if let Ok(Entry::TallyShare(signed)) = Entry::parse(leaf.entry()) {
                let body = to_canonical_json(&signed.body).expect("a share encodes");
                let name = format!("{}-{}-{}", log.name, signed.body.contest, signed.body.trustee);
                seeds.push(seed(name, &[which], body));
            }
        }
    }
    seeds
}
