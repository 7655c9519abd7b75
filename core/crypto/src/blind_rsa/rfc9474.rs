//! The arithmetic of RFC 9474 section 4 for any size of modulus: the RFC's vectors use 4096 bits, our types 3072.

use rsa::BoxedUint;
use rsa::hazmat::{rsa_decrypt_and_check, rsa_encrypt};
use rsa::rand_core::TryCryptoRng;
use rsa::traits::PublicKeyParts;
use sha2::{Digest, Sha384};
use zeroize::Zeroizing;

use super::BlindRsaError;

const HASH_BYTES: usize = 48;

/// `wide` mod n, in constant time.
pub(super) fn reduce(key: &rsa::PublicKey, wide: &[u8]) -> Zeroizing<BoxedUint> {
    let bits = u32::try_from(wide.len() * 8).unwrap_or(u32::MAX);
    let wide = Zeroizing::new(BoxedUint::from_be_slice_truncated(wide, bits));
    Zeroizing::new(wide.rem(key.n()))
}

/// Section 4.2 with a given r < n: the blinded message and r^-1.
pub(super) fn blind(
    key: &rsa::PublicKey,
    message: &[u8],
    r: &BoxedUint,
) -> Result<(Vec<u8>, Zeroizing<BoxedUint>), BlindRsaError> {
    let m = representative(key, &encode(message, key.n().bit_width_vartime()))?;
    if invert(key, &m).is_none() {
        return Err(BlindRsaError::Key);
    }
    let inverse = invert(key, r).ok_or(BlindRsaError::NotInvertible)?;
    let x = Zeroizing::new(rsa_encrypt(key, r).map_err(|_| BlindRsaError::Fault)?);
    let z = m.mul_mod(&x, key.n());
    Ok((to_bytes(key, &z), inverse))
}

/// Section 4.3: RSASP1 with blinded base, exponents and primes, then RSAVP1 to check the result.
pub(super) fn blind_sign(
    key: &rsa::PrivateKey,
    rng: &mut impl TryCryptoRng,
    blinded: &[u8],
) -> Result<Vec<u8>, BlindRsaError> {
    let z = representative(key, blinded)?;
    let s = rsa_decrypt_and_check(key, Some(rng), &z).map_err(|_| BlindRsaError::Fault)?;
    Ok(to_bytes(key, &s))
}

/// Section 4.4: unblinds and verifies.
pub(super) fn finalize(
    key: &rsa::PublicKey,
    message: &[u8],
    answer: &[u8],
    inverse: &BoxedUint,
) -> Result<Vec<u8>, BlindRsaError> {
    let answer = representative(key, answer)?;
    let signature = to_bytes(key, &answer.mul_mod(inverse, key.n()));
    verify(key, message, &signature)?;
    Ok(signature)
}

/// RSASSA-PSS-VERIFY (RFC 8017 section 8.1.2). Without a salt a message has exactly one encoding, so that comparing
/// with it is the whole of EMSA-PSS-VERIFY.
pub(super) fn verify(key: &rsa::PublicKey, message: &[u8], signature: &[u8]) -> Result<(), BlindRsaError> {
    let s = representative(key, signature)?;
    let m = rsa_encrypt(key, &s).map_err(|_| BlindRsaError::Mismatch)?;
    let expected = representative(key, &encode(message, key.n().bit_width_vartime()))?;
    if m == expected { Ok(()) } else { Err(BlindRsaError::Mismatch) }
}

/// EMSA-PSS-ENCODE (RFC 8017 section 9.1.1), SHA-384, no salt, emBits = `modulus_bits` - 1.
pub(super) fn encode(message: &[u8], modulus_bits: u32) -> Vec<u8> {
    let em_bits = modulus_bits.saturating_sub(1) as usize;
    let em_len = em_bits.div_ceil(8).max(HASH_BYTES + 2);
    let h = Sha384::new().chain_update([0; 8]).chain_update(Sha384::digest(message)).finalize();
    let (db_len, h_end) = (em_len - HASH_BYTES - 1, em_len - 1);
    let mut em = vec![0; em_len];
    em[db_len - 1] = 1;
    xor_mgf1(&mut em[..db_len], &h);
    em[0] &= 0xff >> (8 * em_len - em_bits);
    em[db_len..h_end].copy_from_slice(&h);
    em[h_end] = 0xbc;
    em
}

/// MGF1 with SHA-384 (RFC 8017 appendix B.2.1).
fn xor_mgf1(out: &mut [u8], seed: &[u8]) {
    for (counter, block) in (0u32..).zip(out.chunks_mut(HASH_BYTES)) {
        let mask = Sha384::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize();
        block.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }
}

/// OS2IP of exactly as many bytes as the modulus has (or the encoding's one byte less), below n.
fn representative(key: &impl PublicKeyParts, bytes: &[u8]) -> Result<BoxedUint, BlindRsaError> {
    let value =
        BoxedUint::from_be_slice(bytes, key.n_bits_precision()).map_err(|_| BlindRsaError::OutOfRange)?;
    let n: &BoxedUint = key.n().as_ref();
    if value < *n { Ok(value) } else { Err(BlindRsaError::OutOfRange) }
}

/// I2OSP to the modulus's length.
fn to_bytes(key: &impl PublicKeyParts, value: &BoxedUint) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    bytes[bytes.len().saturating_sub(key.size())..].to_vec()
}

/// 1 / value mod n in constant time; `None` where they share a divisor.
fn invert(key: &rsa::PublicKey, value: &BoxedUint) -> Option<Zeroizing<BoxedUint>> {
    value.invert_odd_mod(key.n_params().modulus()).into_option().map(Zeroizing::new)
}
