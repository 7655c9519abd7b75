//! RFC 9474 appendix A, and everything that must be refused.

use rand_core::OsRng;
use rsa::signature::Verifier;
use rsa::traits::PrivateKeyParts;

use super::*;
use crate::encoding::to_hex;

#[derive(Deserialize)]
struct Vector {
    name: String,
    p: String,
    q: String,
    input_msg: String,
    encoded_msg: String,
    inv: String,
    blinded_msg: String,
    blind_sig: String,
    sig: String,
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn number(text: &str) -> BoxedUint {
    BoxedUint::from_be_slice_vartime(&from_hex(text))
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("rfc9474.json")).unwrap()
}

fn secret_of(vector: &Vector) -> rsa::PrivateKey {
    let (p, q) = (number(&vector.p), number(&vector.q));
    rsa::PrivateKey::from_p_q(p, q, BoxedUint::from(PUBLIC_EXPONENT)).unwrap()
}

/// Both variants without a salt (A.3 and A.4): the randomised one only puts a prefix before the message. The third
/// vector is A.4's under another factor, from the code of one of the RFC's authors: its signature must be the same.
#[test]
fn rfc_9474_appendix_a() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 3);
    assert_eq!(vectors[1].sig, vectors[2].sig);
    assert_ne!(vectors[1].blinded_msg, vectors[2].blinded_msg);
    for vector in vectors {
        let secret = secret_of(&vector);
        assert!(secret.primes().len() == 2);
        let key = secret.to_public_key();
        let message = from_hex(&vector.input_msg);
        let inverse = number(&vector.inv);
        let r = inverse.invert_odd_mod(key.n_params().modulus()).into_option().unwrap();

        assert_eq!(to_hex(&rfc9474::encode(&message, 4096)), vector.encoded_msg, "{}", vector.name);
        let (blinded, derived_inverse) = rfc9474::blind(&key, &message, &r).unwrap();
        assert_eq!(to_hex(&blinded), vector.blinded_msg, "{}", vector.name);
        assert_eq!(*derived_inverse, inverse);
        let answer = rfc9474::blind_sign(&secret, &mut NewerRng(&mut OsRng), &blinded).unwrap();
        assert_eq!(to_hex(&answer), vector.blind_sig, "{}", vector.name);
        let signature = rfc9474::finalize(&key, &message, &answer, &inverse).unwrap();
        assert_eq!(to_hex(&signature), vector.sig, "{}", vector.name);
        assert_eq!(rfc9474::verify(&key, &message, &from_hex(&vector.sig)), Ok(()), "{}", vector.name);
        assert_eq!(BlindSecretKey::from_key(secret).err(), Some(BlindRsaError::Key), "4096 bits");
    }
}

/// Each input of a vector matters: one bit changed anywhere, and the vector does not come out.
#[test]
fn rfc_9474_appendix_a_with_a_bit_changed() {
    let flip = |bytes: &[u8]| {
        let mut flipped = bytes.to_vec();
        flipped[200 % bytes.len()] ^= 1;
        flipped
    };
    for vector in vectors() {
        let key = secret_of(&vector).to_public_key();
        let (message, inverse) = (from_hex(&vector.input_msg), number(&vector.inv));
        let (answer, signature) = (from_hex(&vector.blind_sig), from_hex(&vector.sig));
        let finalize = |message: &[u8], answer: &[u8], inverse: &BoxedUint| {
            rfc9474::finalize(&key, message, answer, inverse).map(|signature| to_hex(&signature))
        };
        assert_eq!(finalize(&message, &answer, &inverse), Ok(vector.sig.clone()), "{}", vector.name);
        let mismatch = Err(BlindRsaError::Mismatch);
        assert_eq!(finalize(&flip(&message), &answer, &inverse), mismatch);
        assert_eq!(finalize(&message, &flip(&answer), &inverse), mismatch);
        let other_inverse = BoxedUint::from_be_slice_vartime(&flip(&from_hex(&vector.inv)));
        assert_eq!(finalize(&message, &answer, &other_inverse), mismatch);
        assert_eq!(rfc9474::verify(&key, &message, &flip(&signature)), Err(BlindRsaError::Mismatch));
        assert_eq!(rfc9474::verify(&key, &flip(&message), &signature), Err(BlindRsaError::Mismatch));
        assert_ne!(to_hex(&rfc9474::encode(&flip(&message), 4096)), vector.encoded_msg);
    }
}

/// The RFC's vectors have 4096 bits. What our types make, with 3072, is an ordinary RSASSA-PSS signature to `rsa`'s
/// own verifier, which shares no code with ours above the modular exponentiation.
#[test]
fn another_verifier_of_pss_takes_the_same_signatures() {
    let (secret, blinded, answer) = signed(b"message");
    let signature = blinded.finalize(&answer).unwrap();
    let verifier =
        rsa::pss::VerifyingKey::<rsa::sha2::Sha384>::new_with_salt_len(secret.public_key().key.clone(), 0);
    let verify = |message: &[u8], signature: &[u8]| {
        let signature = rsa::pss::Signature::try_from(signature).unwrap();
        verifier.verify(message, &signature).is_ok()
    };
    assert!(verify(b"message", &signature.0.0));
    assert!(!verify(b"massage", &signature.0.0));
    assert!(!verify(b"message", &answer.0.0));
}

fn factor(fill: u8) -> Secret<BLINDING_BYTES> {
    Secret::init_with(|bytes| bytes.fill(fill))
}

fn signed(message: &[u8]) -> (BlindSecretKey, Blinded, BlindSignature) {
    let secret = dangerous_test_key(0);
    let blinded = secret.public_key().blind(message, &factor(7)).unwrap();
    let answer = secret.sign(&mut OsRng, blinded.message()).unwrap();
    (secret, blinded, answer)
}

#[test]
fn every_blinding_factor_leads_to_the_same_signature() {
    let (secret, blinded, answer) = signed(b"message");
    let signature = blinded.finalize(&answer).unwrap();
    assert_eq!(secret.public_key().verify(b"message", &signature), Ok(()));

    let other = secret.public_key().blind(b"message", &factor(8)).unwrap();
    assert_ne!(other.message(), blinded.message());
    let answer = secret.sign(&mut OsRng, other.message()).unwrap();
    assert_eq!(other.finalize(&answer).unwrap(), signature);
}

#[test]
fn an_answer_for_another_message_key_or_factor_does_not_finalise() {
    let (secret, blinded, answer) = signed(b"message");
    let public = secret.public_key();
    let for_message = public.blind(b"massage", &factor(7)).unwrap();
    let for_factor = public.blind(b"message", &factor(9)).unwrap();
    let other = dangerous_test_key(1);
    let to_other = other.public_key().blind(b"message", &factor(7)).unwrap();
    let for_key = other.sign(&mut OsRng, to_other.message()).unwrap();
    assert_eq!(for_message.finalize(&answer), Err(BlindRsaError::Mismatch));
    assert_eq!(for_factor.finalize(&answer), Err(BlindRsaError::Mismatch));
    assert!(blinded.finalize(&for_key).is_err());
    assert_eq!(blinded.finalize(&BlindSignature(Bytes([0; 384]))), Err(BlindRsaError::Mismatch));
    assert_eq!(blinded.finalize(&BlindSignature(Bytes([0xff; 384]))), Err(BlindRsaError::OutOfRange));
}

#[test]
fn a_signature_verifies_for_its_message_and_key_only() {
    let (secret, blinded, answer) = signed(b"message");
    let signature = blinded.finalize(&answer).unwrap();
    assert_eq!(secret.public_key().verify(b"massage", &signature), Err(BlindRsaError::Mismatch));
    assert!(dangerous_test_key(1).public_key().verify(b"message", &signature).is_err());
    for at in [0, 100, 383] {
        let mut changed = signature;
        changed.0.0[at] ^= 1;
        assert!(secret.public_key().verify(b"message", &changed).is_err(), "byte {at}");
    }
    let blind = RsaSignature(answer.0);
    assert_eq!(secret.public_key().verify(b"message", &blind), Err(BlindRsaError::Mismatch));
}

#[test]
fn the_product_of_two_signatures_is_none() {
    let (secret, blinded, answer) = signed(b"one");
    let public = secret.public_key();
    let other = public.blind(b"two", &factor(3)).unwrap();
    let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, MODULUS_BITS).unwrap();
    let one = number(&blinded.finalize(&answer).unwrap().0.0);
    let two = number(&other.finalize(&secret.sign(&mut OsRng, other.message()).unwrap()).unwrap().0.0);
    let product = RsaSignature(fixed(&one.mul_mod(&two, public.key.n()).to_be_bytes()).unwrap());
    for message in [b"one".as_slice(), b"two", b"onetwo"] {
        assert_eq!(public.verify(message, &product), Err(BlindRsaError::Mismatch));
    }
}

/// The same signature with n added has a second 384-byte form whenever s + n fits.
#[test]
fn a_number_at_or_above_the_modulus_is_refused() {
    let secret = dangerous_test_key(0);
    let n = fixed(&secret.public_key().key.n().to_be_bytes()).unwrap();
    assert_eq!(secret.public_key().verify(b"m", &RsaSignature(n)), Err(BlindRsaError::OutOfRange));
    assert_eq!(secret.sign(&mut OsRng, &BlindedMessage(n)), Err(BlindRsaError::OutOfRange));
}

#[test]
fn a_factor_that_shares_a_prime_with_the_modulus_is_not_invertible() {
    let secret = dangerous_test_key(0);
    let prime = secret.key.primes()[0].to_be_bytes();
    let r = Secret::init_with(|bytes| bytes[BLINDING_BYTES - prime.len()..].copy_from_slice(&prime));
    assert_eq!(secret.public_key().blind(b"m", &r).err(), Some(BlindRsaError::NotInvertible));
    assert_eq!(secret.public_key().blind(b"m", &factor(0)).err(), Some(BlindRsaError::NotInvertible));
}

#[test]
fn factors_are_reduced_over_their_whole_width() {
    let public = dangerous_test_key(0).public_key().clone();
    let mut other = factor(7).expose().to_owned();
    other[0] ^= 0x80;
    let other = Secret::init_with(|bytes| *bytes = other);
    let blinded = public.blind(b"m", &factor(7)).unwrap();
    assert_ne!(public.blind(b"m", &other).unwrap().message(), blinded.message());
}

#[test]
fn public_keys_have_one_form() {
    let public = dangerous_test_key(0).public_key().clone();
    let der = public.to_spki().to_vec();
    assert_eq!(der.len(), SPKI_BYTES);
    assert_eq!(BlindPublicKey::from_spki(&der).unwrap(), public);
    assert_ne!(*dangerous_test_key(1).public_key(), public);
    let json = serde_json::to_string(&public).unwrap();
    assert_eq!(serde_json::from_str::<BlindPublicKey>(&json).unwrap(), public);

    let refused = |der: &[u8]| assert_eq!(BlindPublicKey::from_spki(der), Err(BlindRsaError::Key));
    refused(&[]);
    refused(&der[..SPKI_BYTES - 1]);
    refused(&[&der[..], &[0]].concat());
    let change = |at: usize, to: u8| {
        let mut changed = der.clone();
        changed[at] = to;
        changed
    };
    // The exponent is the last three bytes, the modulus ends five bytes from the end, and starts at 33.
    refused(&change(SPKI_BYTES - 1, 3));
    refused(&change(SPKI_BYTES - 6, der[SPKI_BYTES - 6] & 0xfe));
    refused(&change(33, 0x7f));
    // Another algorithm (the last arc of rsaEncryption), and parameters other than NULL.
    refused(&change(16, 10));
    refused(&change(17, 0x0c));
}

#[test]
fn keys_of_other_sizes_and_exponents_are_refused() {
    for (bits, exponent) in [(2048, PUBLIC_EXPONENT), (1024, PUBLIC_EXPONENT), (2048, 3)] {
        let key = rsa::PrivateKey::new_with_exp(&mut NewerRng(&mut OsRng), bits, exponent.into()).unwrap();
        let public = key.to_public_key().to_public_key_der().unwrap();
        assert_eq!(BlindPublicKey::from_spki(public.as_bytes()), Err(BlindRsaError::Key));
        let secret = SecretBytes::new(key.to_pkcs8_der().unwrap().as_bytes().to_vec());
        assert_eq!(BlindSecretKey::from_pkcs8(&secret).err(), Some(BlindRsaError::Key));
    }
}

#[test]
fn secret_keys_round_trip_and_damaged_ones_do_not_parse() {
    for n in 0..4 {
        let key = dangerous_test_key(n);
        let der = key.to_pkcs8().unwrap();
        assert_eq!(BlindSecretKey::from_pkcs8(&der).unwrap().public_key(), key.public_key());
        for at in [0, 40, 600, 1000, der.expose().len() - 1] {
            let mut changed = der.expose().to_vec();
            changed[at] ^= 1;
            assert!(BlindSecretKey::from_pkcs8(&SecretBytes::new(changed)).is_err(), "key {n} byte {at}");
        }
    }
    assert_eq!(format!("{:?}", dangerous_test_key(0)), "BlindSecretKey(..)");
}

#[test]
fn a_made_key_signs() {
    let secret = BlindSecretKey::make(&mut OsRng).unwrap();
    let blinded = secret.public_key().blind(b"m", &factor(1)).unwrap();
    let signature = blinded.finalize(&secret.sign(&mut OsRng, blinded.message()).unwrap()).unwrap();
    assert_eq!(secret.public_key().verify(b"m", &signature), Ok(()));
}
