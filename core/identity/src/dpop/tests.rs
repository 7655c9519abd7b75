use kodanik_crypto::signature::SigningKey;
use proptest::prelude::*;
use rand_core::OsRng;
use serde_json::{Value, json};

use super::*;
use crate::json::JsonError;
use crate::testing::NOW;

const URL: &str = "https://eid.example/token";
const REQUEST: Request<'_> =
    Request { method: "POST", url: URL, access_token: Some("token"), nonce: Some("nonce") };

fn proof_of(key: &SigningKey, request: &Request<'_>, now: UnixSeconds) -> String {
    let draft = DpopDraft::new(&mut OsRng, &key.verifying_key(), request, now).unwrap();
    let signature = key.sign(draft.signing_input());
    draft.finish(signature)
}

fn verify(text: &str, request: &Request<'_>, now: UnixSeconds) -> Result<VerifiedDpop, DpopError> {
    UnverifiedDpop::parse(text)?.verify(request, now)
}

/// RFC 9449 section 7.1.
#[test]
fn the_token_hash_is_rfc_9449s() {
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    assert_eq!(token_hash(token), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
}

#[test]
fn a_proof_is_for_one_request() {
    let key = SigningKey::make(&mut OsRng);
    let text = proof_of(&key, &REQUEST, NOW);
    let proof = verify(&text, &REQUEST, NOW).unwrap();
    assert_eq!(*proof.key(), key.verifying_key());
    assert_eq!(proof.thumbprint(), Jwk::new(key.verifying_key()).thumbprint());
    let fails = |request: Request<'_>| verify(&text, &request, NOW).map(drop).unwrap_err();
    assert_eq!(fails(Request { method: "GET", ..REQUEST }), DpopError::Method);
    assert_eq!(fails(Request { method: "post", ..REQUEST }), DpopError::Method);
    for url in [
        "https://eid.example/credential",
        "http://eid.example/token",
        "https://eid.example:8443/token",
        "https://eid.example/token/",
        "https://evil.example/token",
        "https://eid.example@evil.example/token",
        "not an address",
    ] {
        assert_eq!(fails(Request { url, ..REQUEST }), DpopError::Url, "{url}");
    }
    assert_eq!(fails(Request { access_token: Some("other"), ..REQUEST }), DpopError::AccessToken);
    assert_eq!(fails(Request { nonce: Some("other"), ..REQUEST }), DpopError::Nonce);
}

#[test]
fn addresses_are_compared_as_rfc_3986_says() {
    let key = SigningKey::make(&mut OsRng);
    let text = proof_of(&key, &Request { url: "https://EID.example:443/a/../token?x=1#y", ..REQUEST }, NOW);
    assert!(verify(&text, &REQUEST, NOW).is_ok());
    for url in ["ftp://eid.example/token", "https://user@eid.example/token", "token"] {
        let request = Request { url, ..REQUEST };
        let draft = DpopDraft::new(&mut OsRng, &key.verifying_key(), &request, NOW).map(drop);
        assert_eq!(draft, Err(DpopError::Url), "{url}");
    }
}

#[test]
fn what_the_request_demands_cannot_be_left_out() {
    let key = SigningKey::make(&mut OsRng);
    let bare = Request { access_token: None, nonce: None, ..REQUEST };
    let text = proof_of(&key, &bare, NOW);
    assert!(verify(&text, &bare, NOW).is_ok());
    assert_eq!(verify(&text, &REQUEST, NOW).map(drop), Err(DpopError::AccessToken));
    let with_token = Request { nonce: None, ..REQUEST };
    let text = proof_of(&key, &with_token, NOW);
    assert_eq!(verify(&text, &REQUEST, NOW).map(drop), Err(DpopError::Nonce));
}

#[test]
fn the_window_is_a_minute_either_way() {
    let text = proof_of(&SigningKey::make(&mut OsRng), &REQUEST, NOW);
    let at = |now| verify(&text, &REQUEST, now).map(drop);
    assert_eq!(at(NOW.plus(WINDOW)), Ok(()));
    assert_eq!(at(UnixSeconds(NOW.0 - WINDOW)), Ok(()));
    assert_eq!(at(NOW.plus(WINDOW + 1)), Err(DpopError::Time));
    assert_eq!(at(UnixSeconds(NOW.0 - WINDOW - 1)), Err(DpopError::Time));
}

#[test]
fn proofs_of_a_wrong_form_are_refused() {
    let key = SigningKey::make(&mut OsRng);
    let payload = json!({"jti": "id", "htm": "POST", "htu": URL, "iat": NOW, "ath": token_hash("token"), "nonce": "nonce"});
    let sign = |header: JwsHeader, payload: &Value| JwsDraft::new(&header, payload).unwrap().sign(&key);
    let header = || JwsHeader::new(DPOP_TYPE).with_jwk(Jwk::new(key.verifying_key()));
    let check = |text: &str| verify(text, &REQUEST, NOW).map(drop);
    assert_eq!(check(&sign(header(), &payload)), Ok(()));
    assert_eq!(check(&sign(JwsHeader::new(DPOP_TYPE), &payload)), Err(DpopError::Key));
    let jwt = JwsHeader { typ: Some("JWT".into()), ..header() };
    assert_eq!(check(&sign(jwt, &payload)), Err(DpopError::Jose(JoseError::Type)));
    let other = JwsHeader::new(DPOP_TYPE).with_jwk(Jwk::new(SigningKey::make(&mut OsRng).verifying_key()));
    assert_eq!(check(&sign(other, &payload)), Err(DpopError::Jose(JoseError::Signature)));
    for (name, value, error) in [
        ("jti", json!(""), DpopError::Identifier),
        ("jti", json!("x".repeat(257)), DpopError::Identifier),
        ("jti", Value::Null, DpopError::Jose(JoseError::Json(JsonError::Shape))),
        ("iat", json!("now"), DpopError::Jose(JoseError::Json(JsonError::Shape))),
        ("iat", json!(1.5), DpopError::Jose(JoseError::Json(JsonError::Shape))),
    ] {
        let mut payload = payload.clone();
        payload[name] = value;
        assert_eq!(check(&sign(header(), &payload)), Err(error), "{name}");
    }
    let long = "A".repeat(MAX_PROOF + 1);
    assert_eq!(UnverifiedDpop::parse(&long).map(drop), Err(DpopError::Jose(JoseError::TooLarge)));
}

#[test]
fn a_proof_is_admitted_once() {
    let key = SigningKey::make(&mut OsRng);
    let proof = |now| verify(&proof_of(&key, &REQUEST, now), &REQUEST, now).unwrap();
    let mut cache = ReplayCache::new(2);
    let (first, second) = (proof(NOW), proof(NOW));
    assert_eq!(cache.admit(&first, NOW), Ok(()));
    assert_eq!(cache.admit(&first, NOW), Err(DpopError::Replayed));
    assert_eq!(cache.admit(&first, NOW.plus(2 * WINDOW)), Err(DpopError::Replayed));
    assert_eq!(cache.admit(&second, NOW), Ok(()));
    // Full: nothing is forgotten early to make room.
    assert_eq!(cache.admit(&proof(NOW), NOW), Err(DpopError::Full));
    assert_eq!(cache.admit(&first, NOW), Err(DpopError::Replayed));
    let later = NOW.plus(2 * WINDOW + 1);
    assert_eq!(cache.admit(&proof(later), later), Ok(()));
}

#[test]
fn a_proof_that_is_still_good_is_still_remembered() {
    // Dated a minute ahead, admitted at once, tried again at the end of its window.
    let key = SigningKey::make(&mut OsRng);
    let text = proof_of(&key, &REQUEST, NOW.plus(WINDOW));
    let mut cache = ReplayCache::new(9);
    assert_eq!(cache.admit(&verify(&text, &REQUEST, NOW).unwrap(), NOW), Ok(()));
    let last = NOW.plus(2 * WINDOW);
    assert_eq!(cache.admit(&verify(&text, &REQUEST, last).unwrap(), last), Err(DpopError::Replayed));
    assert_eq!(verify(&text, &REQUEST, last.plus(1)).map(drop), Err(DpopError::Time));
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in r"[ -~]{0,80}") {
        let _ = UnverifiedDpop::parse(&text);
        let _ = target(&text);
    }
}
