//! A trustee's own side: crashes, wrong shares, wrong keys.

use std::sync::LazyLock;

use rand_core::OsRng;

use super::*;
use crate::testing::{Ceremony, draft, fixed_key, sealing_key};

mod frost;

static CEREMONY: LazyLock<Ceremony> = LazyLock::new(|| Ceremony::run(Manifest::new(draft(3, 5)).unwrap()));

fn finish(index: u16, shares: &[Shares]) -> Result<KeyShare, TrusteeError> {
    let Ceremony { manifest, reveals, dealt, .. } = &*CEREMONY;
    let dealt = &dealt[usize::from(index) - 1];
    dealt.finish(manifest, reveals, shares, &sealing_key(index)).map(|(share, ..)| share)
}

#[test]
fn all_trustees_end_with_shares_of_one_key() {
    let (election, keys) = CEREMONY.finish();
    for key in &keys {
        let public = Point::generate(&key.scalar().unwrap());
        assert_eq!(election.share(key.index()), Some(&public));
    }
}

#[test]
fn a_trustee_that_was_switched_off_goes_on_where_it_was() {
    let manifest = Manifest::new(draft(2, 2)).unwrap();
    let make = |index| Committed::make(&manifest, index, &mut OsRng).unwrap();
    let restart = |trustee: Committed| Committed::from_bytes(&trustee.to_bytes().unwrap()).unwrap();
    let (one, two) = (make(1), make(2));
    let commit = one.commit(&manifest);
    let (one, two) = (restart(one), restart(two));
    assert_eq!(one.commit(&manifest), commit);
    let reveals = [one.reveal(&manifest), two.reveal(&manifest)];
    assert_eq!(reveals[0].check(&manifest, &commit), Ok(()));
    let (one, shares_one) = restart(one).deal(&manifest, &reveals, &mut OsRng).unwrap();
    let (_, shares_two) = restart(two).deal(&manifest, &reveals, &mut OsRng).unwrap();
    let one = Dealt::from_bytes(&one.to_bytes().unwrap()).unwrap();
    let shares = [shares_one, shares_two];
    let (key, election, _) = one.finish(&manifest, &reveals, &shares, &sealing_key(1)).unwrap();
    let key = KeyShare::from_bytes(&key.to_bytes()).unwrap();
    assert_eq!(election.share(1), Some(&Point::generate(&key.scalar().unwrap())));
    assert_eq!((key.index(), *key.election()), (1, election.id));
}

#[test]
fn damaged_states_are_refused() {
    let bytes = |bytes: &[u8]| SecretBytes::new(bytes.to_vec());
    for short in [&[][..], &[0], &[0, 1, 0, 0, 0, 9], &[0, 1, 0xff, 0xff, 0xff, 0xff]] {
        assert!(Committed::from_bytes(&bytes(short)).is_err());
        assert!(Dealt::from_bytes(&bytes(short)).is_err());
        assert!(KeyShare::from_bytes(&bytes(short)).is_err());
    }
    assert!(KeyShare::from_bytes(&bytes(&[0xff; 66])).is_err());
    assert!(KeyShare::from_bytes(&bytes(&[1; 67])).is_err());
}

#[test]
fn wrong_shares_name_their_sender() {
    let wrong = |change: fn(&mut SealedShare)| {
        let mut shares = CEREMONY.shares.clone();
        change(shares[3].shares.iter_mut().find(|share| share.to == 1).unwrap());
        finish(1, &shares).expect_err("a wrong share")
    };
    assert_eq!(wrong(|share| share.sealed.0[40] ^= 1), TrusteeError::BadShare { from: 4 });
    assert_eq!(wrong(|share| share.sealed.0.clear()), TrusteeError::BadShare { from: 4 });
    assert_eq!(wrong(|share| share.ephemeral = Point::GENERATOR), TrusteeError::BadShare { from: 4 });
}

/// Sealed correctly, and simply not the value of the committed polynomial.
#[test]
fn a_share_off_the_polynomial() {
    let Ceremony { manifest, reveals, shares, .. } = &*CEREMONY;
    let context = ShareContext::new(manifest, reveals, 4, 1).unwrap();
    let off = Secret::init_with(|bytes| bytes.fill(7));
    let mut shares = shares.clone();
    shares[3].shares[0] = SealedShare::seal(&off, &context, &mut OsRng).unwrap();
    assert_eq!(finish(1, &shares).err(), Some(TrusteeError::BadShare { from: 4 }));
}

/// A share is bound to its sender and its receiver.
#[test]
fn shares_in_the_wrong_envelope() {
    let mut moved = CEREMONY.shares.clone();
    moved[3].shares[0] = CEREMONY.shares[2].shares[0].clone();
    assert_eq!(finish(1, &moved).err(), Some(TrusteeError::BadShare { from: 4 }));
    let mut swapped = CEREMONY.shares.clone();
    swapped[3].shares[0] = SealedShare { to: 1, ..swapped[3].shares[1].clone() };
    assert_eq!(finish(1, &swapped).err(), Some(TrusteeError::BadShare { from: 4 }));
}

#[test]
fn missing_repeated_and_disordered_messages() {
    let senders = Some(TrusteeError::Ceremony(CeremonyError::Senders));
    let mut shares = CEREMONY.shares.clone();
    shares.swap(1, 2);
    assert_eq!(finish(1, &shares).err(), senders);
    shares = CEREMONY.shares.clone();
    shares[4] = shares[3].clone();
    assert_eq!(finish(1, &shares).err(), senders);
    assert_eq!(finish(1, &shares[..4]).err(), senders);
}

#[test]
fn the_sealing_key_of_somebody_else() {
    let Ceremony { manifest, reveals, shares, dealt, .. } = &*CEREMONY;
    let refused = dealt[0].finish(manifest, reveals, shares, &fixed_key(99)).err();
    assert_eq!(refused, Some(TrusteeError::OtherSealingKey));
    assert!(dealt[0].complain(manifest, &shares[1], &fixed_key(99), &mut OsRng).is_err());
}

#[test]
fn a_trustee_does_not_deal_when_its_own_reveal_was_replaced() {
    let Ceremony { manifest, reveals, .. } = &*CEREMONY;
    let stranger = Committed::make(manifest, 2, &mut OsRng).unwrap();
    let refused = stranger.deal(manifest, reveals, &mut OsRng).err();
    assert_eq!(refused, Some(TrusteeError::Ceremony(CeremonyError::CommitmentMismatch)));
    assert!(Committed::make(manifest, 0, &mut OsRng).is_err());
    assert!(Committed::make(manifest, 6, &mut OsRng).is_err());
}

#[test]
fn a_key_share_does_not_print() {
    let (_, keys) = CEREMONY.finish();
    assert_eq!(format!("{:?}", keys[0]), "KeyShare { index: 1, .. }");
}
