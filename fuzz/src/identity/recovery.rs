//! What the recovery office keeps.

use std::sync::LazyLock;

use kodanik_crypto::derive::Argon2Cost;
use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_identity::rebinding::{
    BlobDraft, BlobHeader, CodeEntry, CodeSet, MAX_BLOB, RevocationEntry, UnverifiedBlob,
};

use super::Made;
use super::parties::{NOW, PARTIES};
use crate::signing::key;

const ACCOUNT: [u8; 16] = [1; 16];
const SET: [u8; 16] = [2; 16];

static BLOB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let header = BlobHeader { account: ACCOUNT, set: SET, counter: 3, created: NOW };
    let sealed = [9; 40];
    let context = header.context(sealed.len(), &key(90).verifying_key());
    BlobDraft::new(context, &sealed).expect("a backup").sign(&PARTIES.holder)
});

/// A backup is taken only as the phone has signed it, and never an older one.
pub fn check_blob(bytes: &[u8]) {
    let Ok(blob) = UnverifiedBlob::parse(bytes) else { return };
    assert!(bytes.len() <= MAX_BLOB, "too large");
    let (counter, device) = (blob.header().counter, PARTIES.holder.verifying_key());
    if let Ok(verified) = blob.verify((&ACCOUNT, &SET), 3, &device) {
        assert_eq!(bytes, BLOB.as_slice(), "a forged backup");
        assert_eq!(
            verified.header.context(verified.sealed.len(), &verified.ephemeral),
            verified.context,
            "another header"
        );
    }
    if counter < u64::MAX {
        assert!(blob.verify((&ACCOUNT, &SET), counter + 1, &device).is_err(), "an older backup");
    }
}

/// A set of codes has one form.
pub fn check_codes(bytes: &[u8]) {
    let Ok(set) = CodeSet::parse(bytes) else { return };
    assert_eq!(set.to_bytes().as_deref(), Ok(bytes), "a second form of the same set");
    assert!(set.codes.len() == 8 && set.cost.parse().is_ok(), "not a set");
}

pub fn seeds() -> Vec<Made> {
    let code = |slot: u8| CodeEntry {
        slot,
        id_hash: Bytes([slot; 32]),
        auth_key: key(91 + slot).verifying_key(),
        share: Bytes([slot; 32]),
        wrap: Binary(vec![slot; 60]),
    };
    let set = CodeSet {
        account: Bytes(ACCOUNT),
        set: Bytes(SET),
        created: NOW,
        device_key: PARTIES.holder.verifying_key(),
        salt: Bytes([3; 16]),
        cost: Argon2Cost::STANDARD,
        codes: (0..8).map(code).collect(),
        revocation: RevocationEntry { id_hash: Bytes([99; 32]), auth_key: key(99).verifying_key() },
    };
    vec![("blob", "", BLOB.clone()), ("codes", "", set.to_bytes().expect("a set encodes"))]
}
