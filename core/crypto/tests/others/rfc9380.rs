//! RFC 9380: the expander (appendix K) and the base field's `hash_to_field` (appendix J.1) are vectors of the very
//! function that `transcript::hash_to_scalar` stands on. No RFC gives `hash_to_field` into the scalar field of P-256 by
//! itself: here it is held against the expander and a big integer's remainder; RFC 9497 and RFC 9591 (next to this
//! module) publish outputs of it.

use kodanik_crypto::group::Scalar;
use kodanik_crypto::transcript::hash_to_scalar;
use p256::elliptic_curve::hash2curve::{ExpandMsg, ExpandMsgXmd, Expander};
use rsa::BoxedUint;
use serde::Deserialize;
use sha2::Sha256;

use crate::hex;

/// p and n (SP 800-186 section 3.2.1.3).
const FIELD: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

#[derive(Deserialize)]
struct Vectors {
    #[serde(rename = "K.1")]
    short_dst: Set<Expansion>,
    #[serde(rename = "K.2")]
    long_dst: Set<Expansion>,
    #[serde(rename = "J.1.1")]
    two_elements: Set<Elements>,
    #[serde(rename = "J.1.2")]
    one_element: Set<Elements>,
}

#[derive(Deserialize)]
struct Set<T> {
    dst: String,
    tests: Vec<T>,
}

#[derive(Deserialize)]
struct Expansion {
    msg: String,
    uniform_bytes: String,
}

#[derive(Deserialize)]
struct Elements {
    msg: String,
    u: Vec<String>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/rfc9380.json")).unwrap()
}

fn expand(message: &[u8], dst: &[u8], length: usize) -> Vec<u8> {
    let dsts = [dst];
    let mut expander = ExpandMsgXmd::<Sha256>::expand_message(&[message], &dsts, length).unwrap();
    let mut out = vec![0; length];
    expander.fill_bytes(&mut out);
    out
}

/// OS2IP(bytes) mod `modulus`, 32 bytes.
fn remainder(bytes: &[u8], modulus: &str) -> Vec<u8> {
    let bits = u32::try_from(8 * bytes.len()).unwrap();
    let modulus = BoxedUint::from_be_slice(&hex(modulus), bits.max(256)).unwrap().to_nz().unwrap();
    let rest = BoxedUint::from_be_slice(bytes, bits).unwrap().rem(&modulus);
    let rest = rest.to_be_bytes();
    rest[rest.len() - 32..].to_vec()
}

#[test]
fn expand_message_xmd() {
    let vectors = vectors();
    for set in [vectors.short_dst, vectors.long_dst] {
        assert_eq!(set.tests.len(), 10);
        let dst = set.dst.as_bytes();
        for Expansion { msg, uniform_bytes } in &set.tests {
            let expected = hex(uniform_bytes);
            assert_eq!(expand(msg.as_bytes(), dst, expected.len()), expected);
            // Message, DST and length are all in the hash.
            assert_ne!(expand(&[msg.as_bytes(), b"."].concat(), dst, expected.len()), expected);
            assert_ne!(expand(msg.as_bytes(), &dst[1..], expected.len()), expected);
            assert_ne!(expand(msg.as_bytes(), dst, expected.len() + 1)[..expected.len()], expected);
        }
    }
}

/// L = 48 for each element, as in ours.
#[test]
fn hash_to_field_of_the_base_field() {
    let vectors = vectors();
    for (count, set) in [(2, vectors.two_elements), (1, vectors.one_element)] {
        assert_eq!(set.tests.len(), 5);
        for Elements { msg, u } in &set.tests {
            assert_eq!(u.len(), count);
            let bytes = expand(msg.as_bytes(), set.dst.as_bytes(), 48 * count);
            for (bytes, u) in bytes.chunks(48).zip(u) {
                assert_eq!(remainder(bytes, FIELD), hex(u));
                assert_ne!(remainder(bytes, ORDER), hex(u));
            }
        }
    }
}

#[test]
fn hash_to_scalar_is_the_expansion_modulo_the_order() {
    let vectors = vectors();
    let sets = [vectors.one_element, vectors.two_elements].map(|set| {
        let messages = set.tests.into_iter().map(|test| test.msg).collect::<Vec<_>>();
        (set.dst, messages)
    });
    let expansions = [vectors.short_dst, vectors.long_dst].map(|set| {
        let messages = set.tests.into_iter().map(|test| test.msg).collect::<Vec<_>>();
        (set.dst, messages)
    });
    for (dst, messages) in sets.into_iter().chain(expansions) {
        let dst = dst.as_bytes();
        for message in messages.iter().map(String::as_bytes) {
            let scalar = hash_to_scalar(message, dst);
            assert_eq!(scalar.to_bytes()[..], remainder(&expand(message, dst, 48), ORDER));
            // Neither a shorter expansion nor the other field would pass.
            assert_ne!(scalar.to_bytes()[..], remainder(&expand(message, dst, 32), ORDER));
            assert_ne!(scalar.to_bytes()[..], remainder(&expand(message, dst, 48), FIELD));
        }
    }
}

#[test]
fn the_order_is_the_one_of_the_standard() {
    let mut order = (-Scalar::ONE).to_bytes();
    order[31] += 1;
    assert_eq!(order[..], hex(ORDER));
}
