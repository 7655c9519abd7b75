//! From the card to the agreement: whose keys stand in the manifest.

use kodanik_ballot::ids::ManifestHash;
use kodanik_ballot::manifest::TrusteeMember;
use kodanik_ballot::testing::fixed_key;
use kodanik_ballot::trustee::card::Fingerprint;

use super::ceremony::{Announced, announce};
use super::{Restarting, SLUG, assert_refused};
use crate::keygen::Keygen;
use crate::{Trustee, TrusteeError};

/// What the gateway, or whoever carried the card, made of a manifest with three trustees of whom the first is asked.
async fn first_of(change: impl FnOnce(&mut Vec<TrusteeMember>)) -> (Trustee, Result<Keygen, TrusteeError>) {
    let trustees: Vec<Restarting> = ["A", "B", "C"].into_iter().map(Restarting::init).collect();
    let first = trustees[0].open();
    let mut cards = vec![first.card()];
    cards.extend(trustees[1..].iter().map(|trustee| trustee.open().card()));
    change(&mut cards);
    let (gateway, _) = announce(cards).await;
    let outcome = first.keygen(&mut gateway.board(), SLUG).await;
    assert_eq!(gateway.with(|served| served.log.leaves.len()), 2, "it has said nothing");
    (first, outcome)
}

#[tokio::test(flavor = "multi_thread")]
async fn s19_a_manifest_with_a_swapped_key_for_this_trustee_is_refused_and_the_key_named() {
    let swapped = |index, what| move |error: &TrusteeError| matches!(error, TrusteeError::Swapped { index: i, what: w, .. } if (*i, *w) == (index, what));
    let refuse = async |change: &dyn Fn(&mut Vec<TrusteeMember>), index, what| {
        let (_, outcome) = first_of(change).await;
        let error = outcome.unwrap_err();
        assert!(swapped(index, what)(&error), "{what}: {error}");
        assert!(error.to_string().contains(what) && error.code() == "trustee.swapped");
    };
    let other = fixed_key(9).verifying_key();
    let third = fixed_key(8).verifying_key();
    refuse(&|cards| cards[0].sealing_key = other, 1, "sealing key").await;
    refuse(&|cards| cards[0].signing_key = other, 1, "signing key").await;
    refuse(&|cards| (cards[0].signing_key, cards[0].sealing_key) = (other, third), 1, "pair of keys").await;
    refuse(&|cards| cards[0].name = "Somebody else".to_owned(), 1, "name").await;
    // The own card is there, and another one beside it bears its name.
    refuse(&|cards| cards[2].name = "A".to_owned(), 3, "pair of keys").await;
    // Keys exchanged with each other.
    let exchanged = |cards: &mut Vec<TrusteeMember>| {
        let card = &mut cards[0];
        std::mem::swap(&mut card.signing_key, &mut card.sealing_key);
    };
    refuse(&exchanged, 1, "pair of keys").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s19_nobody_commits_before_a_person_has_agreed_to_the_manifest() {
    let announced = Announced::start().await;
    let (trustee, mut board) = (announced.trustees[0].open(), announced.gateway.board());
    let hash = announced.manifest.hash();
    assert_refused!(trustee.agree(&board, SLUG, &hash), TrusteeError::NoSuchElection);
    for _ in 0..2 {
        let outcome = trustee.keygen(&mut board, SLUG).await.unwrap();
        assert_eq!(outcome, Keygen::ToAgree { manifest: hash });
    }
    assert_refused!(trustee.agree(&board, SLUG, &ManifestHash::new([1; 32])), TrusteeError::OtherManifest);
    assert_eq!(announced.gateway.with(|served| served.log.leaves.len()), 2, "it has said nothing");
    trustee.agree(&board, SLUG, &hash).unwrap();
    trustee.agree(&board, SLUG, &hash).unwrap();
    assert!(matches!(trustee.keygen(&mut board, SLUG).await, Ok(Keygen::Waiting(_))));
    drop(trustee);
    // Agreed once, for good: after a restart nobody is asked again.
    assert!(matches!(announced.trustees[0].open().keygen(&mut board, SLUG).await, Ok(Keygen::Waiting(_))));
    assert_eq!(announced.gateway.with(|served| served.log.leaves.len()), 3);
}

/// A gateway that shows this trustee another manifest under the same name shows other digits.
#[tokio::test(flavor = "multi_thread")]
async fn s19_another_manifest_has_other_digits() {
    let announced = Announced::start().await;
    let mut cards: Vec<TrusteeMember> = announced.manifest.trustees.members.clone();
    cards[2].sealing_key = fixed_key(9).verifying_key();
    let (gateway, other) = announce(cards).await;
    let (trustee, mut board) = (announced.trustees[0].open(), gateway.board());
    let Keygen::ToAgree { manifest } = trustee.keygen(&mut board, SLUG).await.unwrap() else {
        panic!("agree")
    };
    assert_eq!(manifest, other.hash());
    let read_out = announced.manifest.hash();
    assert_ne!(Fingerprint::of_manifest(&manifest), Fingerprint::of_manifest(&read_out));
    assert_refused!(trustee.agree(&board, SLUG, &read_out), TrusteeError::OtherManifest);
}

#[test]
fn s19_a_card_is_signed_and_stays_the_same() {
    let home = Restarting::init("A");
    let signed = home.open().signed_card();
    assert_eq!(signed.card, home.open().card());
    assert_eq!(signed, home.open().signed_card(), "the signature too");
    assert!(signed.clone().verify().is_ok());
    let mut changed = signed;
    changed.card.name.push('A');
    assert!(changed.verify().is_err());
}
