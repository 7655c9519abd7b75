//! One framing for everything that is hashed, derived or signed: a label, then fields, each with its length.
//! `u32be(len(label)) || label || (u32be(len(field)) || field)*`. Two different lists of fields never frame to
//! the same bytes, and two purposes never share a label.

use p256::NistP256;
use p256::elliptic_curve::hash2curve::{ExpandMsgXmd, GroupDigest};
use sha2::{Digest, Sha256};

use crate::group::Scalar;

/// Collects a label and fields; ends as a digest or as a Fiat-Shamir challenge.
#[derive(Clone)]
pub struct Transcript {
    label: &'static str,
    hash: Sha256,
}

impl Transcript {
    /// Starts with `label`, for example `KODANIK-V1-CONTEST-P256`.
    pub fn new(label: &'static str) -> Self {
        let mut transcript = Self { label, hash: Sha256::new() };
        transcript.append(label.as_bytes());
        transcript
    }

    /// Adds one field.
    pub fn append(&mut self, field: &[u8]) {
        self.hash.update(length_prefix(field));
        self.hash.update(field);
    }

    /// Adds an integer as 8 bytes big-endian.
    pub fn append_u64(&mut self, value: u64) {
        self.append(&value.to_be_bytes());
    }

    /// SHA-256 over all fields.
    pub fn digest(self) -> [u8; 32] {
        self.hash.finalize().into()
    }

    /// A scalar, uniform to 2^-128: RFC 9380 `hash_to_field` (expand_message_xmd, SHA-256, L = 48) of
    /// [`Self::digest`], with the label as DST.
    pub fn challenge(self) -> Scalar {
        let dst = self.label.as_bytes();
        hash_to_scalar(&self.digest(), dst)
    }
}

/// RFC 9380 `hash_to_field` into the scalar field of P-256 (expand_message_xmd, SHA-256, L = 48).
///
/// # Panics
/// Where `dst` is empty: a programmer's mistake.
pub fn hash_to_scalar(message: &[u8], dst: &[u8]) -> Scalar {
    #[expect(clippy::expect_used, reason = "fails only on an empty DST, which is a constant of ours")]
    let scalar =
        NistP256::hash_to_scalar::<ExpandMsgXmd<Sha256>>(&[message], &[dst]).expect("DST is not empty");
    Scalar::from(scalar)
}

/// SHA-256 of a framed list of fields.
pub fn labelled_sha256(label: &'static str, fields: &[&[u8]]) -> [u8; 32] {
    let mut transcript = Transcript::new(label);
    for field in fields {
        transcript.append(field);
    }
    transcript.digest()
}

/// Plain SHA-256, for formats that other standards define.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The framed bytes themselves: what is signed, or fed to HKDF as `info`.
pub fn frame(label: &str, fields: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 + label.len() + fields.iter().map(|f| 4 + f.len()).sum::<usize>());
    for field in std::iter::once(label.as_bytes()).chain(fields.iter().copied()) {
        out.extend_from_slice(&length_prefix(field));
        out.extend_from_slice(field);
    }
    out
}

fn length_prefix(field: &[u8]) -> [u8; 4] {
    // A field of 4 GiB or more cannot pass any wire cap of ours; saturating keeps this total.
    u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn framing_is_injective_where_concatenation_is_not() {
        assert_ne!(frame("L", &[b"ab", b"c"]), frame("L", &[b"a", b"bc"]));
        assert_ne!(labelled_sha256("L", &[b"ab"]), labelled_sha256("La", &[b"b"]));
        assert_ne!(labelled_sha256("L", &[]), labelled_sha256("L", &[b""]));
    }

    #[test]
    fn a_transcript_is_the_hash_of_the_frame() {
        assert_eq!(labelled_sha256("L", &[b"x", b"yz"]), sha256(&frame("L", &[b"x", b"yz"])));
    }

    /// A label, a field and an integer, with their lengths.
    #[test]
    fn a_transcript_is_the_hash_of_these_bytes() {
        let mut transcript = Transcript::new("L");
        transcript.append(b"yz");
        transcript.append_u64(0x0102_0304_0506_0708);
        let bytes = b"\0\0\0\x01L\0\0\0\x02yz\0\0\0\x08\x01\x02\x03\x04\x05\x06\x07\x08";
        assert_eq!(transcript.digest(), sha256(bytes));
    }

    #[test]
    fn challenges_depend_on_label_and_fields() {
        let challenge = |label, field: &[u8]| {
            let mut t = Transcript::new(label);
            t.append(field);
            t.challenge()
        };
        assert_eq!(challenge("A", b"1"), challenge("A", b"1"));
        assert_ne!(challenge("A", b"1"), challenge("B", b"1"));
        assert_ne!(challenge("A", b"1"), challenge("A", b"2"));
    }
}
