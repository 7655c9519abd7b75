//! Somebody else's ballot, whole, in part or disguised, and what is right in one place moved to another. Each is signed anew, so
//! that nothing but the proofs can refuse.

use kodanik_ballot::ballot::{BallotBody, Position};
use kodanik_ballot::ids::Tracker;
use kodanik_crypto::group::{Point, Scalar};

use super::ballots::{header, input};
use super::file::Vectors;
use super::rng::TestRng;
use super::world::{Citizen, LATER, REFERENDUM, TOWN, World, second};

pub(super) fn add(vectors: &mut Vectors) {
    of_others(vectors);
    of_oneself(vectors);
    swapped(vectors);
}

fn of_others(vectors: &mut Vectors) {
    let [victim, thief] = [1, 2].map(|number| Citizen::new(&TOWN, "city", number));
    let body = victim.body(Position::FIRST, &[&[1], &[0, 2]], "victim");
    let mut refuse = |name: &str, about: &str, code: &str, world: &World, ballot| {
        vectors.refuse(header(name, "3.1.6", about), code, input(world, &ballot));
    };
    let mut renamed = body.clone();
    renamed.vk = thief.vk();
    let about = "every ciphertext and proof of somebody else's ballot under one's own pseudonym";
    refuse("copy-under-another-pseudonym", about, "proof", &TOWN, thief.cast(renamed));

    let about = "somebody else's body, byte for byte, with one's own signature and tokens";
    refuse("copy-of-the-body", about, "signature", &TOWN, thief.cast(body.clone()));

    let mut disguised = body.clone();
    disguised.vk = thief.vk();
    rerandomise(&mut disguised, &TOWN);
    let about =
        "somebody else's ciphertexts with an encryption of zero added to each, under one's own pseudonym";
    refuse("copy-re-randomised", about, "proof", &TOWN, thief.cast(disguised));

    for (contest, name) in ["copy-of-the-first-contest", "copy-of-the-last-contest"].into_iter().enumerate() {
        let mut own = thief.body(Position::FIRST, &[&[0], &[0]], "thief");
        own.contests[contest] = body.contests[contest].clone();
        refuse(name, "one contest of somebody else's ballot in one's own", "proof", &TOWN, thief.cast(own));
    }
    let mut own = thief.body(Position::FIRST, &[&[0], &[0]], "thief");
    own.contests[0].options[0] = body.contests[0].options[0];
    refuse(
        "copy-of-an-option",
        "one option of somebody else's ballot in one's own",
        "proof",
        &TOWN,
        thief.cast(own),
    );

    let [here, elsewhere] = [&*REFERENDUM, &LATER].map(|world| Citizen::new(world, "all", 1));
    let mut moved = here.body(Position::FIRST, &[&[0]], "here");
    (moved.election, moved.vk) = (LATER.election.id, elsewhere.vk());
    let about = "a ballot of one election under another one's name, by the same citizen";
    refuse("copy-to-another-election", about, "proof", &LATER, elsewhere.cast(moved));
}

/// Adds an encryption of zero to every ciphertext; the proofs stay.
fn rerandomise(body: &mut BallotBody, world: &World) {
    let mut rng = TestRng::new("re-randomised");
    for option in body.contests.iter_mut().flat_map(|contest| &mut contest.options) {
        let r = Scalar::make(&mut rng);
        for (at, zero) in [(0, Point::generate(&r)), (33, world.election.key.joint * &r)] {
            let old = Point::from_slice(&option.0[at..at + 33]).unwrap();
            option.0[at..at + 33].copy_from_slice(&(old + zero).to_bytes().unwrap());
        }
    }
}

/// The own ballot in another place, style or contest.
fn of_oneself(vectors: &mut Vectors) {
    let citizen = Citizen::new(&REFERENDUM, "all", 1);
    let first = citizen.body(Position::FIRST, &[&[0]], "first place");
    let later = citizen.body(second(first.tracker()), &[&[0]], "second place");
    let mut refuse = |name: &str, about: &str, body: BallotBody| {
        vectors.refuse(header(name, "3.1.6", about), "proof", input(&REFERENDUM, &citizen.cast(body)));
    };
    let about = "the first ballot once more, called the second";
    refuse("moved-to-the-second-place", about, BallotBody { seq: 2, prev: first.tracker(), ..first });
    refuse(
        "moved-to-the-third-place",
        "a second ballot, called the third",
        BallotBody { seq: 3, ..later.clone() },
    );
    let prev = Tracker::new([1; 32]);
    refuse(
        "moved-after-another-ballot",
        "a second ballot, said to follow another first one",
        BallotBody { prev, ..later },
    );

    let [city, village] = ["city", "village"].map(|style| Citizen::new(&TOWN, style, 1));
    let mut body = village.body(Position::FIRST, &[&[0]], "village");
    body.contests[0] = city.body(Position::FIRST, &[&[0], &[0]], "city").contests[1].clone();
    let about = header(
        "moved-to-another-style",
        "3.1.6",
        "a contest of a ballot of one style in a ballot of another one",
    );
    vectors.refuse(about, "proof", input(&TOWN, &village.cast(body)));
}

/// electionguard 1.4.0 accepted it.
fn swapped(vectors: &mut Vectors) {
    let citizen = Citizen::new(&TOWN, "city", 1);
    let body = citizen.body(Position::FIRST, &[&[1], &[0, 2]], "swapped");
    let mut refuse = |name: &str, about: &str, change: &dyn Fn(&mut BallotBody)| {
        let mut body = body.clone();
        change(&mut body);
        vectors.refuse(header(name, "3.1.6", about), "proof", input(&TOWN, &citizen.cast(body)));
    };
    refuse("swapped-options", "two options in each other's place (electionguard 1.4.0)", &|body| {
        body.contests[0].options.swap(0, 1)
    });
    refuse("swapped-option-and-blank", "an option and the blank in each other's place", &|body| {
        body.contests[0].options.swap(1, 3)
    });
    refuse("swapped-equal-options", "two options that are both chosen in each other's place", &|body| {
        body.contests[1].options.swap(0, 2)
    });
    refuse("swapped-ciphertexts", "two options keep their proofs and change their ciphertexts", &|body| {
        let [first, second] = [0, 1].map(|option: usize| body.contests[0].options[option]);
        body.contests[0].options[0].0[..66].copy_from_slice(&second.0[..66]);
        body.contests[0].options[1].0[..66].copy_from_slice(&first.0[..66]);
    });
    refuse(
        "swapped-branches",
        "a_0, b_0, z_0 and a_1, b_1, z_1 of an option change places: it would say the contrary",
        &|body| {
            let option = &mut body.contests[0].options[0].0;
            let (first, second) = option[66..198].split_at_mut(66);
            first.swap_with_slice(second);
            let (z_0, z_1) = option[230..].split_at_mut(32);
            z_0.swap_with_slice(z_1);
        },
    );
    refuse(
        "contests-of-each-other",
        "the ciphertexts of one contest in a contest of the same style, as far as they fit",
        &|body| {
            for option in 0..4 {
                body.contests[0].options[option] = body.contests[1].options[option];
            }
        },
    );
    let again = citizen.body(Position::FIRST, &[&[1], &[0, 2]], "swapped again");
    refuse("sum-of-another-ballot", "the sum proof of another ballot of the same choice", &|body| {
        body.contests[1].sum = again.contests[1].sum.clone();
    });
    refuse("changed-response", "one added to the last z of an option", &|body| {
        add_one(&mut body.contests[0].options[2].0[262..])
    });
    refuse("changed-challenge", "one added to c_0 of an option", &|body| {
        add_one(&mut body.contests[0].options[2].0[198..230])
    });
}

/// Adds 1 to a scalar.
pub(super) fn add_one(bytes: &mut [u8]) {
    add_scalar(bytes, Scalar::ONE);
}

/// Adds to a scalar.
pub(super) fn add_scalar(bytes: &mut [u8], scalar: Scalar) {
    let sum = Scalar::from_slice(bytes).unwrap() + scalar;
    bytes.copy_from_slice(&sum.to_bytes());
}
