use kodanik_crypto::signature::SigningKey;
use proptest::prelude::*;
use rand_core::OsRng;

use super::*;
use crate::json::JsonError;
use crate::testing::{ISSUER, NOW};

fn proof(key: &SigningKey, nonce: Option<&str>) -> String {
    let draft = KeyProofDraft::new(&key.verifying_key(), ISSUER, nonce, None, NOW).unwrap();
    let signature = key.sign(draft.signing_input());
    draft.finish(signature)
}

fn verify(text: &str, nonce: Option<&str>, now: UnixSeconds) -> Result<VerifyingKey, DeviceKeyError> {
    UnverifiedKeyProof::parse(text)?.verify(ISSUER, nonce, now)
}

#[test]
fn a_proof_gives_the_key_once_nonce_audience_and_time_fit() {
    let key = SigningKey::make(&mut OsRng);
    let text = proof(&key, Some("n"));
    assert_eq!(UnverifiedKeyProof::parse(&text).unwrap().claimed_nonce(), Some("n"));
    assert_eq!(verify(&text, Some("n"), NOW), Ok(key.verifying_key()));
    assert_eq!(verify(&text, Some("m"), NOW), Err(DeviceKeyError::Nonce));
    assert_eq!(verify(&text, None, NOW), Err(DeviceKeyError::Nonce));
    assert_eq!(verify(&proof(&key, None), Some("n"), NOW), Err(DeviceKeyError::Nonce));
    let elsewhere = UnverifiedKeyProof::parse(&text).unwrap().verify("https://evil.example", Some("n"), NOW);
    assert_eq!(elsewhere, Err(DeviceKeyError::Audience));
    assert_eq!(verify(&text, Some("n"), NOW.plus(LIFE)), Ok(key.verifying_key()));
    assert_eq!(verify(&text, Some("n"), NOW.plus(LIFE + 1)), Err(DeviceKeyError::Time));
    assert_eq!(verify(&text, Some("n"), UnixSeconds(NOW.0 - 61)), Err(DeviceKeyError::Time));
}

#[test]
fn proofs_of_a_wrong_form_are_refused() {
    let key = SigningKey::make(&mut OsRng);
    let payload = json!({"aud": ISSUER, "iat": NOW});
    let sign = |header: JwsHeader, payload: &Value| JwsDraft::new(&header, payload).unwrap().sign(&key);
    let header = || JwsHeader::new(KEY_PROOF_TYPE).with_jwk(Jwk::new(key.verifying_key()));
    let check = |text: &str| verify(text, None, NOW).map(drop);
    assert_eq!(check(&sign(header(), &payload)), Ok(()));
    assert_eq!(check(&sign(JwsHeader::new(KEY_PROOF_TYPE), &payload)), Err(DeviceKeyError::Key));
    assert_eq!(check(&sign(header().with_kid("k"), &payload)), Err(DeviceKeyError::Key));
    assert_eq!(check(&sign(header().with_x5c(vec![vec![0x30]]), &payload)), Err(DeviceKeyError::Key));
    let jwt = JwsHeader { typ: Some("dpop+jwt".into()), ..header() };
    assert_eq!(check(&sign(jwt, &payload)), Err(DeviceKeyError::Jose(JoseError::Type)));
    let other = Jwk::new(SigningKey::make(&mut OsRng).verifying_key());
    let other = JwsHeader::new(KEY_PROOF_TYPE).with_jwk(other);
    assert_eq!(check(&sign(other, &payload)), Err(DeviceKeyError::Jose(JoseError::Signature)));
    let shape = DeviceKeyError::Jose(JoseError::Json(JsonError::Shape));
    assert_eq!(check(&sign(header(), &json!({"aud": ISSUER}))), Err(shape));
    assert_eq!(check(&sign(header(), &json!({"aud": [ISSUER], "iat": NOW}))), Err(shape));
}

#[test]
fn only_a_public_key_is_confirmed() {
    let key = SigningKey::make(&mut OsRng).verifying_key();
    let claims = |cnf: Value| Map::from_iter([("cnf".to_owned(), cnf)]);
    assert_eq!(confirmed_key(&claims(confirmation(&key))), Ok(key));
    let mut private = confirmation(&key);
    private["jwk"]["d"] = "AAAA".into();
    for bad in [private, json!({}), json!({"kid": "k"}), json!({"jwk": {}}), json!("jwk"), Value::Null] {
        assert_eq!(confirmed_key(&claims(bad)), Err(DeviceKeyError::Confirmation));
    }
    assert_eq!(confirmed_key(&Map::new()), Err(DeviceKeyError::Confirmation));
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in r"[ -~]{0,80}") {
        let _ = UnverifiedKeyProof::parse(&text);
    }
}
