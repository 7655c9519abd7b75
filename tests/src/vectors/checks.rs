//! The check with another phone: what it shows, and every lie that it finds.

use kodanik_ballot::ballot::{BallotBody, Position, UnverifiedBallot};
use kodanik_ballot::cast::BallotSeed;
use kodanik_ballot::check::CheckCode;
use kodanik_ballot::ids::{ElectionId, Tracker};
use kodanik_ballot::pseudonym::fingerprint;
use kodanik_ballot::testing::reference::Cheat;
use kodanik_crypto::derive::derive_key;
use kodanik_crypto::encoding::to_base64url;
use kodanik_crypto::group::Scalar;
use kodanik_crypto::secret::Secret;
use kodanik_crypto::transcript::hash_to_scalar;
use serde_json::{Value, json};

use super::file::{Header, Vectors};
use super::world::{APPROVAL, BUDGET, Citizen, REFERENDUM, TOWN, World, ballot_seed, second, text};

pub(super) fn add(vectors: &mut Vectors) {
    valid(vectors);
    other_ballots(vectors);
    seeds(vectors);
    malformed(vectors);
}

fn header<'a>(name: &'a str, about: &'a str) -> Header<'a> {
    Header { kind: "check", name, section: "3.1.10", about }
}

fn input(world: &World, ballot: &UnverifiedBallot, code: &str) -> Value {
    json!({ "ballot": text(&ballot.to_bytes()), "code": code, "election": world.name })
}

/// The code of a ballot that was made from the seed of this name.
fn code(body: &BallotBody, seed: &str) -> CheckCode {
    CheckCode::new(body.election, &body.vk, body.seq, body.tracker(), ballot_seed(seed))
}

fn valid(vectors: &mut Vectors) {
    let mut accept = |name: &str, about: &str, citizen: &Citizen, choices: &[&[usize]], shown: Value| {
        let ballot = citizen.ballot(choices, name);
        let input = input(citizen.world, &ballot, &code(&ballot.body, name).to_text());
        vectors.accept(header(name, about), input, Some(json!({ "choice": shown })));
    };
    let [referendum, approval, budget] =
        [&*REFERENDUM, &APPROVAL, &BUDGET].map(|world| Citizen::new(world, "all", 1));
    let city = Citizen::new(&TOWN, "city", 1);
    let one = |contest: &str, chosen: &[&str]| json!([{ "chosen": chosen, "contest": contest }]);
    accept("choose-one", "the choice is shown", &referendum, &[&[1]], one("question", &["o1"]));
    accept("blank", "a blank vote shows no choice", &referendum, &[&[]], one("question", &[]));
    accept("approval", "several choices are shown", &approval, &[&[0, 2]], one("board", &["o0", "o2"]));
    accept(
        "budget",
        "the choices of a budget contest are shown, not its slack",
        &budget,
        &[&[0, 1]],
        one("park", &["o0", "o1"]),
    );
    let both =
        json!([{ "chosen": ["o2"], "contest": "mayor" }, { "chosen": ["o0", "o1"], "contest": "council" }]);
    accept("two-contests", "the choice in each contest of the style is shown", &city, &[&[2], &[0, 1]], both);
}

fn other_ballots(vectors: &mut Vectors) {
    let [citizen, other] = [1, 2].map(|number| Citizen::new(&REFERENDUM, "all", number));
    let first = citizen.ballot(&[&[1]], "first");
    let later = citizen.cast(citizen.body(second(first.tracker()), &[&[0]], "later"));
    let mut refuse = |name: &str, about: &str, expect: &str, ballot: &UnverifiedBallot, code: CheckCode| {
        vectors.refuse(header(name, about), expect, input(&REFERENDUM, ballot, &code.to_text()));
    };
    let about = "the first ballot is shown as the current one, and a later one counts (Pereira 2021)";
    refuse("superseded", about, "superseded", &later, code(&first.body, "first"));
    refuse(
        "not-yet-on-board",
        "the second ballot is not there yet",
        "not_yet_on_board",
        &first,
        code(&later.body, "later"),
    );

    let about = "a clash: two voters are shown one tracker, and the second one's code names their own pseudonym (VoteSecure 2026)";
    let clash = CheckCode { pseudonym: fingerprint(&other.vk()), ..code(&first.body, "first") };
    refuse("clash", about, "other_pseudonym", &first, clash);
    let another = other.ballot(&[&[1]], "first");
    let about = "the checking phone is handed the ballot of another pseudonym than the voting phone's";
    refuse("ballot-of-another-pseudonym", about, "other_pseudonym", &another, code(&first.body, "first"));

    let instead = citizen.ballot(&[&[0]], "instead");
    let about = "the board holds another first ballot of the same pseudonym";
    refuse("other-ballot", about, "other_ballot", &instead, code(&first.body, "first"));
    let wrong = CheckCode { tracker: Tracker::new([1; 32]), ..code(&first.body, "first") };
    refuse("other-tracker", "the code's tracker is of no ballot", "other_ballot", &first, wrong);
    let elsewhere = CheckCode { election: ElectionId::new([1; 32]), ..code(&first.body, "first") };
    refuse("other-election", "the code names another election", "other_election", &first, elsewhere);
}

fn seeds(vectors: &mut Vectors) {
    let citizen = Citizen::new(&REFERENDUM, "all", 1);
    let mut refuse = |name: &str, about: &str, expect: &str, body: BallotBody, seed: &str| {
        let code = code(&body, seed).to_text();
        vectors.refuse(header(name, about), expect, input(&REFERENDUM, &citizen.cast(body), &code));
    };
    let body = citizen.body(Position::FIRST, &[&[1]], "cast");
    refuse("another-seed", "a seed that opens nothing here", "seed_mismatch", body.clone(), "shown");

    // The ballot counts and says no. The voter wants yes and is shown a seed that says so.
    let about = "a seed that matches every beta, for another choice, and not alpha (Estonia 2023): \
                 whoever looks at beta alone is shown yes, and the ballot that counts says no";
    refuse("seed-matches-beta-only", about, "seed_mismatch", explained_by_beta(&citizen), "shown");
    let nonce_seed = ballot_seed("of the nonces");
    let cheat = Cheat { nonce_seed: Some(&nonce_seed), ..Cheat::default() };
    let smuggling = citizen.forge(&[&[0, 1, 0]], "shown", cheat);
    let about =
        "ciphertexts from the seed, proofs from nonces of the phone's own: they could carry the choice away";
    refuse("foreign-nonces", about, "other_proofs", smuggling, "shown");
}

/// r_i as the seed of this name gives it (protocol.md §3.1.6).
fn randomness(world: &World, seed: &BallotSeed, contest: &str, i: usize) -> Scalar {
    let fields: [&[u8]; 3] = [world.election.id.as_bytes(), contest.as_bytes(), &(i as u64).to_be_bytes()];
    let okm: Secret<48> = derive_key(seed.expose(), b"", "KODANIK-V1-RANDOMNESS", &fields);
    hash_to_scalar(okm.expose(), b"KODANIK-V1-RANDOMNESS-P256")
}

/// A ballot that says no. With the secret k behind K, which t trustees have together, its ciphertexts are made so that
/// beta_i = r_i K + v'_i G for the seed's r_i and the v' of a yes.
fn explained_by_beta(citizen: &Citizen) -> BallotBody {
    let (counted, shown) = ([0, 1, 0], [1, 0, 0]);
    let (seed, secret) = (ballot_seed("shown"), REFERENDUM.dangerous_secret());
    let lie = |contest: &str, i: usize| {
        let difference = if counted[i] > shown[i] { Scalar::ONE } else { -Scalar::ONE };
        let shift = if counted[i] == shown[i] { Scalar::ZERO } else { difference };
        randomness(&REFERENDUM, &seed, contest, i) - shift * secret.invert().unwrap()
    };
    citizen.forge(&[&counted], "shown", Cheat { randomness: Some(&lie), ..Cheat::default() })
}

fn malformed(vectors: &mut Vectors) {
    let ballot = Citizen::new(&REFERENDUM, "all", 1).ballot(&[&[1]], "malformed");
    let right = code(&ballot.body, "malformed").to_text();
    let mut refuse = |name: &str, about: &str, code: &str| {
        assert_ne!(code, right, "{name}");
        vectors.refuse(header(name, about), "malformed", input(&REFERENDUM, &ballot, code));
    };
    refuse(
        "code-of-another-scheme",
        "not the scheme of a checking code",
        &right.replacen("kodanik:", "KODANIK:", 1),
    );
    refuse("code-with-leading-zero", "seq is 01", &right.replacen("seq=1", "seq=01", 1));
    refuse("code-with-sign", "seq is +1", &right.replacen("seq=1", "seq=+1", 1));
    refuse("code-with-seq-zero", "seq is 0", &right.replacen("seq=1", "seq=0", 1));
    refuse("code-without-seq", "seq is left out", &right.replacen("&seq=1", "", 1));
    refuse("code-with-more", "a value that no code has", &format!("{right}&a=1"));
    refuse("code-with-space", "a space at its end", &format!("{right} "));
    let (front, tracker) = right.rsplit_once("&tracker=").unwrap();
    let out_of_order = front.replacen("kodanik:check?", &format!("kodanik:check?tracker={tracker}&"), 1);
    refuse("code-out-of-order", "the tracker comes first", &out_of_order);
    refuse(
        "code-with-short-tracker",
        "the tracker is 31 bytes",
        &format!("{front}&tracker={}", to_base64url([1; 31])),
    );
}
