//! Votes that nobody may cast, with the best proofs that a cheat can make for them.

use kodanik_ballot::testing::reference::Cheat;

use super::ballots::{header, input};
use super::file::Vectors;
use super::world::{APPROVAL, BUDGET, Citizen, REFERENDUM, TOWN};

/// Name, what it is, one number per ciphertext.
type Vote = (&'static str, &'static str, &'static [i64]);

/// Yes, no; blank. One.
const REFERENDUM_VOTES: [Vote; 7] = [
    ("over-vote", "yes and no where one may be chosen", &[1, 1, 0]),
    ("under-vote", "nothing is chosen, not even the blank", &[0, 0, 0]),
    ("weight-2", "two votes for yes", &[2, 0, 0]),
    ("negative", "two votes for yes and one taken from no: the sum is right", &[2, -1, 0]),
    ("minus-one", "one vote taken from no", &[0, -1, 0]),
    ("blank-and-choice", "blank and yes", &[1, 0, 1]),
    ("blank-twice", "the blank counts two", &[0, 0, 2]),
];

/// Three options; blank, which counts two. One or two.
const COUNCIL_VOTES: [Vote; 6] = [
    ("k-of-n-over-vote", "three where two may be chosen", &[1, 1, 1, 0]),
    ("k-of-n-under-vote", "none where one must be, and not blank", &[0, 0, 0, 0]),
    ("k-of-n-weight-2", "two votes for one option: the sum is right", &[2, 0, 0, 0]),
    ("k-of-n-negative", "minus one beside two: the sum is right", &[1, 1, -1, 0]),
    ("k-of-n-blank-and-choice", "blank and one option", &[1, 0, 0, 1]),
    ("k-of-n-negative-blank", "three options paid by a negative blank: the sum is right", &[1, 1, 1, -1]),
];

/// Three options; blank, which counts three. One to three.
const APPROVAL_VOTES: [Vote; 2] = [
    ("approval-weight-3", "three votes for one option: the sum is right", &[3, 0, 0, 0]),
    ("approval-blank-and-choice", "blank and one option", &[0, 0, 1, 1]),
];

/// Options of 1, 2 and 4; blank, which costs all 6; slack bits of 1, 2 and 4.
const BUDGET_VOTES: [Vote; 10] = [
    ("overspent", "7 of 6 are spent", &[1, 1, 1, 0, 0, 0, 0]),
    (
        "overspent-with-negative-slack",
        "7 of 6 are spent, and -1 is left: the spending is right",
        &[1, 1, 1, 0, -1, 0, 0],
    ),
    (
        "overspent-with-negative-option",
        "7 of 6, made up by minus one of the cheapest",
        &[-1, 1, 1, 0, 1, 0, 0],
    ),
    ("overspent-though-slack-is-full", "7 of 6 are spent, and 7 are left", &[1, 1, 1, 0, 1, 1, 1]),
    ("slack-too-large", "6 of 6 are spent, and 1 is left", &[0, 1, 1, 0, 1, 0, 0]),
    ("slack-too-small", "1 of 6 is spent, and nothing is left", &[1, 0, 0, 0, 0, 0, 0]),
    (
        "slack-of-weight-5",
        "1 of 6 is spent, and the 5 that are left are all in one bit: the spending is right",
        &[1, 0, 0, 0, 5, 0, 0],
    ),
    ("slack-beside-a-blank", "blank, and 6 are left", &[0, 0, 0, 1, 0, 1, 1]),
    ("budget-nothing-chosen", "nothing is chosen and all is left", &[0, 0, 0, 0, 0, 1, 1]),
    ("budget-blank-and-choice", "blank and an option of 1", &[1, 0, 0, 1, 1, 0, 1]),
];

pub(super) fn add(vectors: &mut Vectors) {
    let mut refuse = |citizen: &Citizen, votes: &[Vote]| {
        for (name, about, numbers) in votes {
            let name = format!("vote-{name}");
            let ballot = citizen.cast(citizen.forge(&[numbers], &name, Cheat::default()));
            vectors.refuse(header(&name, "3.1.6", about), "proof", input(citizen.world, &ballot));
        }
    };
    refuse(&Citizen::new(&REFERENDUM, "all", 1), &REFERENDUM_VOTES);
    refuse(&Citizen::new(&TOWN, "village", 1), &COUNCIL_VOTES);
    refuse(&Citizen::new(&APPROVAL, "all", 1), &APPROVAL_VOTES);
    refuse(&Citizen::new(&BUDGET, "all", 1), &BUDGET_VOTES);
}
