//! Voting credentials that do not count.

use kodanik_ballot::ballot::{Position, UnverifiedBallot};
use kodanik_ballot::token::{Token, token_message};
use kodanik_crypto::blind_rsa::{
    BLINDING_BYTES, BlindSecretKey, MODULUS_BYTES, RsaSignature, dangerous_test_key,
};
use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_crypto::secret::Secret;
use rand_core::RngCore;
use serde_json::json;

use super::ballots::{header, input};
use super::file::Vectors;
use super::rng::TestRng;
use super::world::{Citizen, FOUR_ISSUERS, LATER, REFERENDUM, TOWN};

pub(super) fn add(vectors: &mut Vectors) {
    counts(vectors);
    of_others(vectors);
    of_other_keys(vectors);
    numbers(vectors);
}

/// Exactly q, distinct, in order.
fn counts(vectors: &mut Vectors) {
    let citizen = Citizen::new(&FOUR_ISSUERS, "all", 1);
    let body = citizen.body(Position::FIRST, &[&[1]], "counted tokens");
    let all: Vec<Token> = (0..4).map(|issuer| citizen.token(issuer)).collect();
    let mut refuse = |name: &str, about: &str, issuers: &[usize]| {
        let tokens = issuers.iter().map(|issuer| all[*issuer].clone()).collect();
        let ballot = body.clone().cast(&citizen.key, tokens);
        vectors.refuse(header(name, "3.1.8", about), "token_count", input(&FOUR_ISSUERS, &ballot));
    };
    refuse("tokens-none", "no token", &[]);
    refuse("tokens-too-few", "two of three tokens", &[0, 1]);
    refuse("tokens-too-many", "four tokens where three are required", &[0, 1, 2, 3]);
    refuse("tokens-repeated", "one issuer's token twice", &[0, 1, 1]);
    refuse("tokens-out-of-order", "three tokens, not in manifest order", &[0, 2, 1]);
}

fn of_others(vectors: &mut Vectors) {
    let citizen = Citizen::new(&TOWN, "village", 1);
    let body = citizen.body(Position::FIRST, &[&[1]], "tokens");
    let mut refuse = |name: &str, about: &str, tokens: Vec<Token>| {
        let ballot = body.clone().cast(&citizen.key, tokens);
        vectors.refuse(header(name, "3.3.2", about), "token", input(&TOWN, &ballot));
    };
    let [a, b] = [0, 1].map(|issuer: usize| citizen.tokens[issuer].clone());
    refuse(
        "token-of-an-unknown-issuer",
        "an issuer that the manifest does not have",
        vec![a.clone(), Token { issuer: 2, ..b.clone() }],
    );
    refuse(
        "token-of-the-other-issuer",
        "issuer 0's token in issuer 1's place",
        vec![a.clone(), Token { issuer: 1, ..a.clone() }],
    );
    let other = Citizen::new(&TOWN, "village", 2).tokens;
    refuse(
        "token-of-another-pseudonym",
        "issuer 1's token of somebody else",
        vec![a.clone(), other[1].clone()],
    );
    let city = Citizen::new(&TOWN, "city", 1).tokens;
    refuse("token-of-another-style", "both tokens of the same pseudonym for another style", city);
    let product = multiply(&b, &other[1], &TOWN.issuer_key(1, "village"));
    refuse(
        "token-product",
        "the product of two tokens of one issuer",
        vec![a, Token { issuer: 1, signature: product }],
    );

    let elsewhere = Citizen::new(&LATER, "all", 1).tokens;
    let citizen = Citizen::new(&REFERENDUM, "all", 1);
    let ballot =
        citizen.body(Position::FIRST, &[&[0]], "token of another election").cast(&citizen.key, elsewhere);
    let about = "a token of another election, under the same issuer key";
    vectors.refuse(header("token-of-another-election", "3.3.2", about), "token", input(&REFERENDUM, &ballot));
}

/// An issuer that signs with a key of its own choosing marks who asked.
fn of_other_keys(vectors: &mut Vectors) {
    let citizen = Citizen::new(&REFERENDUM, "all", 1);
    let body = citizen.body(Position::FIRST, &[&[0]], "other keys");
    let message = token_message(&REFERENDUM.election, "all", &citizen.vk());
    let token = Token { issuer: 0, signature: sign(&dangerous_test_key(3), &message) };
    let about = "signed with a key that is not in the manifest";
    let ballot = body.cast(&citizen.key, vec![token]);
    vectors.refuse(
        header("token-key-not-in-the-manifest", "3.3.1", about),
        "token",
        input(&REFERENDUM, &ballot),
    );

    let citizen = Citizen::new(&TOWN, "village", 1);
    let message = token_message(&TOWN.election, "village", &citizen.vk());
    let tagged = Token { issuer: 0, signature: sign(&TOWN.issuer_key(0, "city"), &message) };
    let tokens = vec![tagged, citizen.tokens[1].clone()];
    let ballot = citizen.body(Position::FIRST, &[&[1]], "tagged").cast(&citizen.key, tokens);
    let about = "an issuer tags a citizen: signed with its key for another style";
    vectors.refuse(header("token-tagged-by-key", "3.3.1", about), "token", input(&TOWN, &ballot));

    let message = [message.as_slice(), b"!"].concat();
    let longer = Token { issuer: 0, signature: sign(&TOWN.issuer_key(0, "village"), &message) };
    let tokens = vec![longer, citizen.tokens[1].clone()];
    let ballot = citizen.body(Position::FIRST, &[&[1]], "longer message").cast(&citizen.key, tokens);
    let about = "an issuer tags a citizen: signed with the right key is a longer message";
    vectors.refuse(header("token-tagged-by-message", "3.3.2", about), "token", input(&TOWN, &ballot));
}

/// Signatures that are no numbers below the modulus, and one that is another representative of the right one.
fn numbers(vectors: &mut Vectors) {
    let citizen = Citizen::new(&REFERENDUM, "all", 1);
    let ballot = citizen.ballot(&[&[0]], "token numbers");
    let modulus = modulus(&REFERENDUM.issuer_key(0, "all"));
    let mut refuse = |name: &str, about: &str, signature: [u8; MODULUS_BYTES]| {
        let tokens = vec![Token { issuer: 0, signature: RsaSignature(Bytes(signature)) }];
        let ballot = UnverifiedBallot { tokens, ..ballot.clone() };
        vectors.refuse(header(name, "3.3.2", about), "token", input(&REFERENDUM, &ballot));
    };
    refuse("token-zero", "the signature is 0", [0; MODULUS_BYTES]);
    refuse("token-modulus", "the signature is n", modulus);
    refuse("token-beyond-the-modulus", "the signature is 2^3072 - 1", [0xff; MODULUS_BYTES]);
    let right = citizen.tokens[0].signature.0.0;
    refuse("token-negative", "n - s in place of s", subtract(&modulus, &right));
    let mut value = serde_json::to_value(&ballot).unwrap();
    value["tokens"][0]["signature"] = json!(Binary(right[..383].to_vec()));
    let input = json!({ "ballot": value.to_string(), "election": REFERENDUM.name });
    vectors.refuse(
        header("token-of-383-bytes", "3.3.2", "the signature lacks its last byte"),
        "malformed",
        input,
    );
}

/// An honest signature on any message, by way of a blinding.
fn sign(key: &BlindSecretKey, message: &[u8]) -> RsaSignature {
    let mut rng = TestRng::new("blinding factor");
    let factor: Secret<BLINDING_BYTES> = Secret::init_with(|bytes| rng.fill_bytes(bytes));
    let blinded = key.public_key().blind(message, &factor).unwrap();
    blinded.finalize(&key.sign(&mut rng, blinded.message()).unwrap()).unwrap()
}

/// The modulus: 384 bytes before the exponent, which ends the SPKI (02 03 01 00 01).
fn modulus(key: &BlindSecretKey) -> [u8; MODULUS_BYTES] {
    let spki = key.public_key().to_spki();
    spki[spki.len() - 5 - MODULUS_BYTES..spki.len() - 5].try_into().unwrap()
}

/// a b mod n, by doubling and adding: there is one of it, and no library for it here.
fn multiply(a: &Token, b: &Token, key: &BlindSecretKey) -> RsaSignature {
    let (n, mut product) = (modulus(key), [0; MODULUS_BYTES]);
    for byte in a.signature.0.0 {
        for bit in (0..8).rev() {
            product = add_modulo(&product, &product, &n);
            if byte >> bit & 1 == 1 {
                product = add_modulo(&product, &b.signature.0.0, &n);
            }
        }
    }
    RsaSignature(Bytes(product))
}

fn add_modulo(
    a: &[u8; MODULUS_BYTES],
    b: &[u8; MODULUS_BYTES],
    n: &[u8; MODULUS_BYTES],
) -> [u8; MODULUS_BYTES] {
    let (mut sum, mut carry) = ([0; MODULUS_BYTES], 0);
    for i in (0..MODULUS_BYTES).rev() {
        let digit = u16::from(a[i]) + u16::from(b[i]) + carry;
        (sum[i], carry) = (digit as u8, digit >> 8);
    }
    if carry == 1 || sum >= *n { subtract(&sum, n) } else { sum }
}

/// a - b modulo 2^3072.
fn subtract(a: &[u8; MODULUS_BYTES], b: &[u8; MODULUS_BYTES]) -> [u8; MODULUS_BYTES] {
    let (mut difference, mut borrow) = ([0; MODULUS_BYTES], false);
    for i in (0..MODULUS_BYTES).rev() {
        let (digit, under) = a[i].overflowing_sub(b[i]);
        let (digit, under_again) = digit.overflowing_sub(u8::from(borrow));
        (difference[i], borrow) = (digit, under || under_again);
    }
    difference
}
