//! Shape and size of ballots.

use super::*;
use crate::manifest::{Manifest, ManifestError};
use crate::testing::{Voter, contest, draft, open_election};

#[test]
fn length_does_not_depend_on_the_choice() {
    let (election, _) = open_election(draft(2, 2));
    let voter = Voter::new(&election, "city", 1);
    let choices: [[&[usize]; 2]; 5] =
        [[&[], &[]], [&[0], &[4]], [&[3], &[0, 1]], [&[2], &[4, 3]], [&[], &[2]]];
    let lengths = choices.map(|choices| voter.ballot(&election, &choices).to_bytes().len());
    assert!(lengths.iter().all(|length| *length == lengths[0]), "{lengths:?}");
}

#[test]
fn the_size_bound_is_a_bound_and_close() {
    let (election, _) = open_election(draft(2, 2));
    for style in &election.manifest.styles {
        let choices: Vec<&[usize]> = style.contests.iter().map(|_| [0].as_slice()).collect();
        let size = Voter::new(&election, &style.id, 1).ballot(&election, &choices).to_bytes().len();
        let bound = largest_entry(&election.manifest, style);
        assert!(size <= bound && bound - size < 400, "{size} of {bound}");
    }
}

/// A contest whose ballots would have 150 ciphertexts and a large sum proof is refused while it is a manifest.
#[test]
fn the_largest_style_still_fits_the_ledger() {
    let mut largest = draft(2, 2);
    largest.contests[0] = contest("mayor", 143, 1, 1);
    let manifest = Manifest::new(largest.clone()).unwrap();
    assert!(largest_entry(&manifest, &manifest.styles[0]) <= MAX_ENTRY_BYTES);
    largest.contests[0] = contest("mayor", 143, 1, 60);
    assert_eq!(Manifest::new(largest), Err(ManifestError::StyleSize));
}

#[test]
fn only_the_canonical_form_parses_and_the_tracker_names_the_body_alone() {
    let (election, _) = open_election(draft(2, 2));
    let voter = Voter::new(&election, "village", 1);
    let ballot = voter.ballot(&election, &[&[1]]);
    let bytes = ballot.to_bytes();
    assert_eq!(UnverifiedBallot::parse(&bytes).unwrap(), ballot);
    assert!(UnverifiedBallot::parse(&[&bytes[..], b"\n"].concat()).is_err());
    assert!(UnverifiedBallot::parse(&bytes[..bytes.len() - 1]).is_err());
    let again = ballot.body.clone().cast(&voter.key, Vec::new());
    assert_eq!(again.tracker(), ballot.tracker());
    let mut other = ballot.body;
    other.seq += 1;
    assert_ne!(other.tracker(), again.tracker());
}
