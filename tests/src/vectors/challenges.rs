//! Weak Fiat-Shamir (Helios to this day; Swiss Post and iVote 2019). Each body here is made by a prover whose challenge has one
//! field less, or another one; a verifier with the same weakness accepts it. `weaknesses` says which, so that a test can show it.

use kodanik_ballot::ballot::{BallotBody, EncryptedContest, Position};
use kodanik_ballot::testing::reference::{Cheat, Hashed};
use kodanik_ballot::testing::second_opinion::challenge;
use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::transcript::sha256;

use super::ballots::{header, input};
use super::file::Vectors;
use super::rng::TestRng;
use super::world::{BUDGET, Citizen, REFERENDUM, World};

/// What a weak challenge does with a field.
#[derive(Clone, Copy, Debug)]
pub enum Weakness {
    /// Hashes something else in its place.
    Changes(fn(Hashed) -> bool),
    /// Leaves it out.
    LeavesOut(fn(Hashed) -> bool),
}

impl Weakness {
    /// What is hashed instead of a field.
    pub fn rewrite(self, field: Hashed, bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Changes(wanted) if wanted(field) => Some(sha256(bytes).to_vec()),
            Self::LeavesOut(wanted) if wanted(field) => None,
            _ => Some(bytes.to_vec()),
        }
    }
}

/// A body that deceives a verifier with this weakness.
pub struct Forgery {
    /// Name of its file.
    pub name: String,
    /// One sentence.
    pub about: String,
    /// Where.
    pub world: &'static World,
    /// The verifier that it deceives.
    pub weakness: Weakness,
    /// What deceives it.
    pub body: BallotBody,
}

/// Name of the field, and which one.
type Field = (&'static str, fn(Hashed) -> bool);

/// Of three ciphertexts (yes, no, blank), proofs 0 to 2, and the sum, proof 3.
const FIELDS: [Field; 18] = [
    ("suite", |hashed| hashed == Hashed::Suite),
    ("election", |hashed| hashed == Hashed::Election),
    ("style", |hashed| hashed == Hashed::Style),
    ("contest", |hashed| hashed == Hashed::Contest),
    ("vk", |hashed| hashed == Hashed::Vk),
    ("seq", |hashed| hashed == Hashed::Seq),
    ("prev", |hashed| hashed == Hashed::Prev),
    ("key", |hashed| hashed == Hashed::Key),
    ("number-of-ciphertexts", |hashed| hashed == Hashed::Count),
    ("an-index", |hashed| hashed == Hashed::Index { ciphertext: 1 }),
    ("an-alpha", |hashed| hashed == Hashed::Alpha { ciphertext: 0 }),
    ("a-beta", |hashed| hashed == Hashed::Beta { ciphertext: 0 }),
    ("alpha-of-the-blank", |hashed| hashed == Hashed::Alpha { ciphertext: 2 }),
    ("beta-of-the-blank", |hashed| hashed == Hashed::Beta { ciphertext: 2 }),
    ("an-options-a", |hashed| hashed == Hashed::CommitmentA { proof: 0, branch: 1 }),
    ("an-options-b", |hashed| hashed == Hashed::CommitmentB { proof: 0, branch: 0 }),
    ("the-sums-a", |hashed| hashed == Hashed::CommitmentA { proof: 3, branch: 0 }),
    ("the-sums-b", |hashed| hashed == Hashed::CommitmentB { proof: 3, branch: 0 }),
];

/// Of seven ciphertexts (three options, blank, three slack bits), the sum, proof 7, and the spending, proof 8.
const BUDGET_FIELDS: [Field; 6] = [
    ("a-slack-bits-alpha", |hashed| hashed == Hashed::Alpha { ciphertext: 4 }),
    ("a-slack-bits-beta", |hashed| hashed == Hashed::Beta { ciphertext: 4 }),
    ("a-slack-bits-a", |hashed| hashed == Hashed::CommitmentA { proof: 4, branch: 0 }),
    ("a-slack-bits-b", |hashed| hashed == Hashed::CommitmentB { proof: 4, branch: 1 }),
    ("the-spendings-a", |hashed| hashed == Hashed::CommitmentA { proof: 8, branch: 0 }),
    ("the-spendings-b", |hashed| hashed == Hashed::CommitmentB { proof: 8, branch: 0 }),
];

pub(super) fn add(vectors: &mut Vectors) {
    for Forgery { name, about, world, body, .. } in forgeries() {
        let ballot = Citizen::new(world, "all", 1).cast(body);
        vectors.refuse(header(&name, "3.1.6", &about), "proof", input(world, &ballot));
    }
}

/// All forgeries, each with the weakness that it needs.
pub fn forgeries() -> Vec<Forgery> {
    let mut forgeries = Vec::new();
    for (field, wanted) in FIELDS {
        let left_out = format!("the challenge leaves out {}", words(field));
        forgeries.push(forge(&REFERENDUM, "without", field, &left_out, Weakness::LeavesOut(wanted)));
        let changed = format!("the challenge has something else in place of {}", words(field));
        forgeries.push(forge(&REFERENDUM, "with-another", field, &changed, Weakness::Changes(wanted)));
    }
    for (field, wanted) in BUDGET_FIELDS {
        let left_out = format!("the challenge of a budget contest leaves out {}", words(field));
        forgeries.push(forge(&BUDGET, "without", field, &left_out, Weakness::LeavesOut(wanted)));
    }
    forgeries.push(bernhard_pereira_warinschi());
    forgeries
}

fn words(field: &str) -> String {
    field.replace('-', " ")
}

fn forge(world: &'static World, how: &str, field: &str, about: &str, weakness: Weakness) -> Forgery {
    let name = format!("challenge-{how}-{field}");
    let rewrite = |field: Hashed, bytes: &[u8]| weakness.rewrite(field, bytes);
    let cheat = Cheat { hashes: Some(&rewrite), ..Cheat::default() };
    // Yes; or the option of 1, the rest, 5, unspent.
    let numbers: &[i64] = if std::ptr::eq(world, &*REFERENDUM) { &[1, 0, 0] } else { &[1, 0, 0, 0, 1, 0, 1] };
    let body = Citizen::new(world, "all", 1).forge(&[numbers], &name, cheat);
    Forgery { name, about: about.to_owned(), world, weakness, body }
}

/// The forgery of Bernhard, Pereira and Warinschi 2012: where the challenge does not hash the ciphertexts, they are
/// chosen after it. Yes gets v = -B / c votes and no gets 1 - v, with B fixed in the commitments before c is
/// known; the blank is honest, and so is the sum, which is 1.
fn bernhard_pereira_warinschi() -> Forgery {
    let weakness = Weakness::LeavesOut(|hashed| matches!(hashed, Hashed::Alpha { .. } | Hashed::Beta { .. }));
    let (world, citizen) = (&*REFERENDUM, Citizen::new(&REFERENDUM, "all", 1));
    let (key, mut rng) = (world.election.key.joint, TestRng::new("bernhard-pereira-warinschi"));
    let mut draw = || Scalar::make(&mut rng);
    // a_k = w_k G and b_k = w_k K + e_k G, so that branch k of a ciphertext of v holds if c_k (v - k) = -e_k.
    let w: [Scalar; 7] = std::array::from_fn(|_| draw());
    let (e, s, r) = (draw(), draw(), [draw(), draw(), draw()]);
    let errors = [e, Scalar::ZERO, Scalar::ZERO, -e, Scalar::ZERO, s, Scalar::ZERO];
    let commit = |(w, e): (&Scalar, Scalar)| points(&[Point::generate(w), key * w + Point::generate(&e)]);
    let committed: Vec<Vec<u8>> = w.iter().zip(errors).map(commit).collect();
    let assemble = |v: Scalar, c: Scalar| {
        let numbers = [v, Scalar::ONE - v, Scalar::ZERO];
        let challenges = [[c, Scalar::ZERO], [Scalar::ZERO, c], [c - s, s]];
        let option = |i: usize| {
            let (alpha, beta) = (Point::generate(&r[i]), key * &r[i] + Point::generate(&numbers[i]));
            let [c_0, c_1] = challenges[i];
            let answers =
                [c_0, w[2 * i] + c_0 * r[i], w[2 * i + 1] + c_1 * r[i]].map(|scalar| scalar.to_bytes());
            let proof = [&committed[2 * i][..], &committed[2 * i + 1], &answers.concat()].concat();
            Bytes([points(&[alpha, beta]), proof].concat().try_into().unwrap())
        };
        let z = w[6] + c * r.iter().copied().sum();
        let sum = Binary([&committed[6][..], &z.to_bytes()].concat());
        let options = (0..3).map(option).collect();
        let contest = "question".to_owned();
        EncryptedContest { contest, options, slack: Vec::new(), spending: Binary::default(), sum }
    };
    let mut body = citizen.body(Position::FIRST, &[&[0]], "bernhard-pereira-warinschi");
    // The weak challenge hashes the commitments only: whatever ciphertexts stand beside them, it is the same.
    body.contests = vec![assemble(Scalar::ONE, Scalar::ONE)];
    let rewrite = |field: Hashed, bytes: &[u8]| weakness.rewrite(field, bytes);
    let c = challenge(&world.election, &body, &body.contests[0], Some(&rewrite));
    body.contests = vec![assemble(-e * c.invert().unwrap(), c)];
    let about = "ciphertexts that were chosen after a challenge that does not hash them: a huge number of votes for yes, \
                 as many taken from no (Bernhard, Pereira, Warinschi 2012)";
    Forgery { name: "bernhard-pereira-warinschi".to_owned(), about: about.to_owned(), world, weakness, body }
}

fn points(points: &[Point]) -> Vec<u8> {
    points.iter().flat_map(|point| point.to_bytes().unwrap()).collect()
}
