//! Tokens that must and must not come about: what 3-ballot calls vector 13, and recovery.

use kodanik_crypto::blind_rsa::{BlindSecretKey, dangerous_test_key};
use kodanik_crypto::encoding::Binary;
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixMinute;
use rand_core::OsRng;

use super::*;
use crate::election::ElectionKey;
use crate::manifest::{
    CheckPolicy, Contest, ContestOption, Issuer, IssuerKey, Issuers, Kind, Manifest, ManifestDraft, Method,
    SUITE, Style, TrusteeMember, Trustees,
};

fn seed(fill: u8) -> Secret<32> {
    Secret::init_with(|bytes| bytes.fill(fill))
}

fn public(fill: u8) -> VerifyingKey {
    SigningKey::from_bytes(&seed(fill)).unwrap().verifying_key()
}

fn pseudonym() -> VerifyingKey {
    public(90)
}

fn contest() -> Contest {
    let option = |id: &str| ContestOption { cost: 0, id: id.to_owned(), title: id.to_owned() };
    let options = vec![option("a"), option("b")];
    Contest {
        budget: 0,
        id: "mayor".to_owned(),
        max: 1,
        method: Method::Selection,
        min: 1,
        options,
        title: "Mayor".to_owned(),
    }
}

/// Issuer i has the i-th test key for the one style "all".
fn issuer(i: u8) -> Issuer {
    let spki = Binary(dangerous_test_key(i.into()).public_key().to_spki().to_vec());
    Issuer {
        id: format!("issuer-{i}"),
        keys: vec![IssuerKey { spki, style: "all".to_owned() }],
        name: format!("Issuer {i}"),
        signing_key: public(10 + i),
        url: format!("https://issuer-{i}.example"),
    }
}

fn draft(slug: &str) -> ManifestDraft {
    let trustee = |i: u8| TrusteeMember {
        name: format!("T{i}"),
        sealing_key: public(20 + i),
        signing_key: public(30 + i),
    };
    ManifestDraft {
        check: CheckPolicy { minutes: 30, tests: 0, tries: 3 },
        closes: UnixMinute(200),
        contests: vec![contest()],
        election: slug.to_owned(),
        issuers: Issuers { members: (0..3).map(issuer).collect(), required: 3 },
        kind: Kind::Trial,
        log: "kodanik.example/log".to_owned(),
        min_cell: 1,
        opens: UnixMinute(100),
        styles: vec![Style { contests: vec!["mayor".to_owned()], id: "all".to_owned() }],
        suite: SUITE.to_owned(),
        title: "Test".to_owned(),
        trustees: Trustees { members: vec![trustee(1), trustee(2)], threshold: 2 },
    }
}

fn election(slug: &str) -> Election {
    let (a, b) = (Scalar::from(11), Scalar::from(12));
    let share = |x: u64| Point::generate(&(a + b * Scalar::from(x)));
    let key = ElectionKey { joint: Point::generate(&a), shares: vec![share(1), share(2)] };
    Election::new(Manifest::new(draft(slug)).unwrap(), key).unwrap()
}

fn request(election: &Election, issuer: usize, fill: u8) -> TokenRequest {
    TokenRequest::derive(election, issuer, "all", &seed(fill), &pseudonym()).unwrap()
}

fn answer(key: &BlindSecretKey, request: &TokenRequest) -> BlindSignature {
    key.sign(&mut OsRng, request.blinded()).unwrap()
}

fn token(election: &Election, issuer: usize, fill: u8) -> Token {
    let request = request(election, issuer, fill);
    request.finish(&answer(&dangerous_test_key(issuer), &request)).unwrap()
}

#[test]
fn every_issuer_s_token_verifies_for_its_pseudonym_and_nothing_else() {
    let election = election("one");
    for issuer in 0..3 {
        let signature = token(&election, issuer, 1).signature;
        let verify = |election: &Election, issuer, style: &str, vk: &VerifyingKey| {
            verify_token(election, issuer, style, vk, &signature)
        };
        assert_eq!(verify(&election, issuer, "all", &pseudonym()), Ok(()));
        assert_eq!(verify(&election, issuer, "all", &public(91)), Err(TokenError::Mismatch));
        assert!(verify(&election, (issuer + 1) % 3, "all", &pseudonym()).is_err());
        assert_eq!(verify(&election, 3, "all", &pseudonym()), Err(TokenError::NoSuchIssuer));
        assert_eq!(verify(&election, issuer, "none", &pseudonym()), Err(TokenError::NoSuchStyle));
        let other = super::tests::election("two");
        assert_eq!(verify(&other, issuer, "all", &pseudonym()), Err(TokenError::Mismatch));
    }
}

/// A lost phone costs nobody the vote: the seed comes back from the backup, and with it the request, byte for byte
/// (so that the issuer gives its earlier answer again), and the token.
#[test]
fn the_same_seed_gives_the_same_request_and_token_after_recovery() {
    let election = election("one");
    for issuer in 0..3 {
        assert_eq!(request(&election, issuer, 1).blinded(), request(&election, issuer, 1).blinded());
        assert_eq!(token(&election, issuer, 1), token(&election, issuer, 1));
        assert_ne!(request(&election, issuer, 1).blinded(), request(&election, issuer, 2).blinded());
    }
}

#[test]
fn no_two_issuers_or_elections_share_a_blinding() {
    let (one, two) = (election("one"), election("two"));
    let key = |i| dangerous_test_key(i).public_key().clone();
    let factor = |election: &Election, i, counter| *blinding(&seed(1), election, &key(i), counter).expose();
    let mut all = vec![factor(&one, 0, 0), factor(&one, 1, 0), factor(&one, 2, 0)];
    all.extend([factor(&two, 0, 0), factor(&one, 0, 1)]);
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
}

#[test]
fn an_answer_that_is_not_the_issuer_s_on_this_request_is_its_fault() {
    let election = election("one");
    let asked = request(&election, 0, 1);
    let key = dangerous_test_key(0);
    let of_another = answer(&key, &request(&election, 0, 2));
    assert_eq!(asked.finish(&of_another), Err(TokenError::BadAnswer));
    let with_another_key = answer(&dangerous_test_key(1), &request(&election, 1, 1));
    assert_eq!(asked.finish(&with_another_key), Err(TokenError::BadAnswer));
    let mut damaged = answer(&key, &asked);
    damaged.0.0[200] ^= 1;
    assert_eq!(asked.finish(&damaged), Err(TokenError::BadAnswer));
    // The same request, sent again, is still good.
    assert!(asked.finish(&answer(&key, &asked)).is_ok());
}

#[test]
fn a_style_or_issuer_that_the_manifest_lacks_gets_no_request() {
    let election = election("one");
    let derive = |issuer, style| TokenRequest::derive(&election, issuer, style, &seed(1), &pseudonym()).err();
    assert_eq!(derive(3, "all"), Some(TokenError::NoSuchIssuer));
    assert_eq!(derive(0, "south"), Some(TokenError::NoSuchStyle));
}

/// An issuer that signs with a key of its own choosing, to mark one citizen, is refused: the key is the manifest's.
#[test]
fn a_key_outside_the_manifest_does_not_sign_tokens() {
    let election = election("one");
    let tagging = dangerous_test_key(3);
    let message = token_message(&election, "all", &pseudonym());
    let blinded = tagging.public_key().blind(&message, &Secret::init_with(|b| b.fill(5))).unwrap();
    let signature = blinded.finalize(&tagging.sign(&mut OsRng, blinded.message()).unwrap()).unwrap();
    for issuer in 0..3 {
        assert!(verify_token(&election, issuer, "all", &pseudonym(), &signature).is_err());
    }
}

#[test]
fn tokens_have_one_json_form() {
    let token = token(&election("one"), 2, 1);
    let json = serde_json::to_value(&token).unwrap();
    assert_eq!(json["issuer"], 2);
    assert_eq!(json["signature"].as_str().unwrap().len(), 512);
    assert_eq!(serde_json::from_value::<Token>(json.clone()).unwrap(), token);
    let mut extra = json.clone();
    extra["voter"] = 1.into();
    assert!(serde_json::from_value::<Token>(extra).is_err());
    let mut short = json;
    short["signature"] = "AAAA".into();
    assert!(serde_json::from_value::<Token>(short).is_err());
}
