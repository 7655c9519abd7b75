use kodanik_crypto::signature::SigningKey;
use rand_core::OsRng;

use super::*;

fn set() -> CodeSet {
    let key = SigningKey::make(&mut OsRng).verifying_key();
    let code = |slot| CodeEntry {
        slot,
        id_hash: Bytes([slot; 32]),
        auth_key: key,
        share: Bytes([1; 32]),
        wrap: Binary(vec![2; 125]),
    };
    CodeSet {
        account: Bytes([3; 16]),
        set: Bytes([4; 16]),
        created: UnixSeconds(5),
        device_key: key,
        salt: Bytes([6; 16]),
        cost: Argon2Cost::STANDARD,
        codes: (0..8).map(code).collect(),
        revocation: RevocationEntry { id_hash: Bytes([99; 32]), auth_key: key },
    }
}

fn parse(change: impl FnOnce(&mut CodeSet)) -> Result<CodeSet, SetError> {
    let mut set = set();
    change(&mut set);
    CodeSet::parse(&set.to_bytes().unwrap())
}

#[test]
fn a_set_is_read_as_it_was_written() {
    let set = set();
    assert_eq!(CodeSet::parse(&set.to_bytes().unwrap()), Ok(set));
}

#[test]
fn sets_that_are_not_whole_are_refused() {
    assert_eq!(parse(|set| set.codes.truncate(7)).unwrap_err(), SetError::Slots);
    assert_eq!(parse(|set| set.codes.swap(0, 1)).unwrap_err(), SetError::Slots);
    assert_eq!(parse(|set| set.codes[7].slot = 15).unwrap_err(), SetError::Slots);
    assert_eq!(parse(|set| set.codes[1].id_hash = Bytes([0; 32])).unwrap_err(), SetError::SharedId);
    assert_eq!(parse(|set| set.revocation.id_hash = Bytes([0; 32])).unwrap_err(), SetError::SharedId);
    assert_eq!(parse(|set| set.codes[0].wrap = Binary(vec![])).unwrap_err(), SetError::Wrap);
    assert_eq!(parse(|set| set.codes[0].wrap = Binary(vec![0; 513])).unwrap_err(), SetError::Wrap);
    assert_eq!(parse(|set| set.cost.memory_kib = 8).unwrap_err(), SetError::Cost);
    assert_eq!(CodeSet::parse(b"{}").unwrap_err(), SetError::Encoding(EncodingError::Shape));
    let huge = vec![b' '; MAX_SET + 1];
    assert_eq!(CodeSet::parse(&huge).unwrap_err(), SetError::Encoding(EncodingError::TooLarge));
}

#[test]
fn every_statement_and_every_field_signs_differently() {
    let (c, d) = (Bytes([1; 32]), Bytes([2; 32]));
    let (a, b) = (Bytes([3; 16]), Bytes([4; 16]));
    let key = SigningKey::make(&mut OsRng).verifying_key();
    let other = SigningKey::make(&mut OsRng).verifying_key();
    let prove = |challenge, account, set, slot, device_key, purpose| Statement::Prove {
        challenge,
        account,
        set,
        slot,
        device_key,
        purpose,
    };
    let statements = [
        Statement::Acknowledge { challenge: &c, rebinding: &a },
        Statement::Activate { challenge: &c, rebinding: &a },
        Statement::Activate { challenge: &d, rebinding: &a },
        Statement::Activate { challenge: &c, rebinding: &b },
        Statement::Cancel { challenge: &c, rebinding: &a },
        Statement::Notices { challenge: &c, account: &a },
        prove(&c, &a, &b, 1, &key, Purpose::Recover),
        prove(&d, &a, &b, 1, &key, Purpose::Recover),
        prove(&c, &b, &b, 1, &key, Purpose::Recover),
        prove(&c, &a, &a, 1, &key, Purpose::Recover),
        prove(&c, &a, &b, 2, &key, Purpose::Recover),
        prove(&c, &a, &b, 1, &other, Purpose::Recover),
        prove(&c, &a, &b, 1, &key, Purpose::Revoke),
        Statement::SecondFactor { challenge: &c, rebinding: &a, device_key: &key },
        Statement::SecondFactor { challenge: &c, rebinding: &a, device_key: &other },
        Statement::StoreSet { challenge: &c, document: b"a", blob: b"" },
        Statement::StoreSet { challenge: &c, document: b"", blob: b"a" },
    ];
    let inputs: std::collections::BTreeSet<_> = statements.iter().map(Statement::signing_input).collect();
    assert_eq!(inputs.len(), statements.len());
    let signer = SigningKey::make(&mut OsRng);
    let signature = signer.sign(&statements[0].signing_input());
    assert_eq!(statements[0].verify(&signer.verifying_key(), &signature), Ok(()));
    assert!(statements[1].verify(&signer.verifying_key(), &signature).is_err());
}
