//! What issuers of voting credentials and wallets send each other: head = what the text is, and for whom; text as below.
//!
//! - `token`, a token of a ballot in canonical JSON: it verifies where it is the one that the issuer made for this citizen and style.
//! - `answer`, 384 bytes, what an issuer answers: the request takes the issuer's own answer and no other.
//! - `request`, 384 bytes, what an issuer is asked to sign: every number below the modulus, and what it answers is its root.
//! - `key`, an issuer's public key in DER: one form, one length.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kodanik_ballot::election::Election;
use kodanik_ballot::token::{Token, TokenRequest, token_message, verify_token};
use kodanik_crypto::blind_rsa::{
    BlindPublicKey, BlindRsaError, BlindSecretKey, BlindSignature, BlindedMessage, MODULUS_BYTES,
    RsaSignature, SPKI_BYTES,
};
use kodanik_crypto::encoding::{Bytes, from_canonical_json, to_canonical_json};
use kodanik_crypto::secret::Secret;
use scenarios::vectors::rng::TestRng;
use scenarios::vectors::world::{Citizen, TOWN};

use crate::signing::citizens;
use crate::{Seed, seed, split};

/// Bytes before the text.
pub const HEAD: usize = 2;

/// Larger than any token.
const CAP: usize = 1024;

/// A citizen's request to one issuer of `town`, and what comes of it.
struct Case {
    citizen: &'static Citizen,
    issuer: usize,
    key: BlindSecretKey,
    request: TokenRequest,
    answer: BlindSignature,
    token: Token,
}

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let each =
        (1..).zip(citizens(&TOWN)).flat_map(|(number, citizen)| [(number, citizen, 0), (number, citizen, 1)]);
    each.map(|(number, citizen, issuer)| Case::new(number, citizen, issuer)).collect()
});

impl Case {
    fn new(number: u8, citizen: &'static Citizen, issuer: usize) -> Self {
        // The citizens of each style are 1, 2 and 3.
        let seed = Secret::<32>::init_with(|seed| seed.fill((number - 1) % 3 + 1));
        let key = TOWN.issuer_key(issuer, citizen.style);
        let request =
            TokenRequest::derive(election(), issuer, citizen.style, &seed, &citizen.vk()).expect("a request");
        let answer = key.sign(&mut rng(), request.blinded()).expect("an answer");
        let token = request.finish(&answer).expect("a token");
        assert_eq!(token, citizen.tokens[issuer], "the same request has another token");
        Self { citizen, issuer, key, request, answer, token }
    }
}

fn election() -> &'static Election {
    &TOWN.election
}

fn rng() -> TestRng {
    TestRng::new("blinding of the exponent")
}

/// Checks one input.
pub fn check(data: &[u8]) {
    let Some(([kind, case], text)) = split::<HEAD>(data) else { return };
    let case = &CASES[usize::from(*case) % CASES.len()];
    match kind % 4 {
        0 => check_token(case, text),
        1 => check_answer(case, text),
        2 => check_request(case, text),
        _ => check_key(case, text),
    }
}

/// A token is tried with everybody's pseudonym and every style: it fits nobody but whom it was made for.
fn check_token(case: &Case, text: &[u8]) {
    let Ok(token) = from_canonical_json::<Token>(text, CAP) else { return };
    assert_eq!(to_canonical_json(&token).as_deref(), Ok(text), "a second form of the same token");
    for style in ["city", "village"] {
        let verified = verify_token(election(), token.issuer, style, &case.citizen.vk(), &token.signature);
        let own = CASES.iter().any(|own| {
            own.citizen.vk() == case.citizen.vk() && own.citizen.style == style && own.token == token
        });
        assert_eq!(verified.is_ok(), own, "a forged token, or a right one that is refused");
    }
}

fn check_answer(case: &Case, text: &[u8]) {
    let Ok(bytes) = <[u8; MODULUS_BYTES]>::try_from(text) else { return };
    let answer = BlindSignature(Bytes(bytes));
    let finished = case.request.finish(&answer);
    assert_eq!(
        finished.is_ok(),
        answer == case.answer,
        "another answer gives a token, or the right one does not"
    );
    if let Ok(token) = finished {
        assert_eq!(token, case.token, "a second token for one request");
    }
}

/// What somebody has signed who is entitled to one signature is good for one message at most.
fn check_request(case: &Case, text: &[u8]) {
    let Ok(bytes) = <[u8; MODULUS_BYTES]>::try_from(text) else { return };
    let answer = case.key.sign(&mut rng(), &BlindedMessage(Bytes(bytes)));
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            assert_eq!(error, BlindRsaError::OutOfRange, "the issuer fails");
            return;
        }
    };
    assert_eq!(
        case.key.sign(&mut TestRng::new("other"), &BlindedMessage(Bytes(bytes))),
        Ok(answer),
        "two answers"
    );
    let (key, message) =
        (case.key.public_key(), token_message(election(), case.citizen.style, &case.citizen.vk()));
    assert!(key.verify(&message, &RsaSignature(answer.0)).is_err(), "a signature that was never blinded");
    let fits = case.request.finish(&answer).is_ok();
    assert_eq!(
        fits,
        bytes == case.request.blinded().0.0,
        "another request gives a token, or the right one does not"
    );
}

fn check_key(case: &Case, text: &[u8]) {
    let Ok(key) = BlindPublicKey::from_spki(text) else { return };
    assert_eq!((key.to_spki(), text.len()), (text, SPKI_BYTES), "a second form of the same key");
    let message = token_message(election(), case.citizen.style, &case.citizen.vk());
    let own = case.key.public_key() == &key;
    assert_eq!(key.verify(&message, &case.token.signature).is_ok(), own, "a token under another key");
    // Whatever the modulus is, a request under it is blinded or refused.
    let blinded = key.blind(&message, &Secret::init_with(|r| r.fill(3)));
    if let Err(error) = blinded {
        assert!(
            matches!(error, BlindRsaError::Key | BlindRsaError::NotInvertible),
            "another reason not to blind"
        );
    }
}

/// Every case in every form.
pub fn seeds() -> Vec<Seed> {
    let mut seeds = BTreeMap::new();
    for (index, case) in (0..).zip(CASES.iter()) {
        let name = |kind: &str| format!("{kind}-{}-{}-{index}", case.citizen.style, case.issuer);
        let token = to_canonical_json(&case.token).expect("a token encodes");
        seeds.insert(name("token"), [&[0, index][..], &token].concat());
        seeds.insert(name("answer"), [&[1, index][..], &case.answer.0.0].concat());
        seeds.insert(name("request"), [&[2, index][..], &case.request.blinded().0.0].concat());
        seeds.insert(name("key"), [&[3, index][..], case.key.public_key().to_spki()].concat());
    }
    let mut seeds: Vec<Seed> = seeds.into_iter().collect();
    seeds.push(seed("answer-not-below-the-modulus", &[1, 0], [0xff; MODULUS_BYTES]));
    seeds.push(seed("request-not-below-the-modulus", &[2, 0], [0xff; MODULUS_BYTES]));
    seeds.push(seed("request-zero", &[2, 0], [0; MODULUS_BYTES]));
    let token = to_canonical_json(&CASES[0].token).expect("a token encodes");
    seeds.push(seed("token-form-space", &[0, 0], [&token, &b" "[..]].concat()));
    seeds.push(seed("key-of-2048-bits", &[3, 0], shorter_key(CASES[0].key.public_key().to_spki())));
    seeds
}

/// The first 255 bytes of the modulus and an odd one as a key of their own, all lengths right.
fn shorter_key(spki: &[u8]) -> Vec<u8> {
    let (algorithm, modulus, exponent) = (&spki[4..19], &spki[33..33 + 255], &spki[417..]);
    let lengths =
        [&[0x30, 0x82, 1, 0x22][..], &[0x03, 0x82, 1, 0x0f, 0, 0x30, 0x82, 1, 0x0a, 0x02, 0x82, 1, 1, 0]];
    [lengths[0], algorithm, lengths[1], modulus, &[1], exponent].concat()
}
