//! RFC 6979 appendix A.2.5: deterministic ECDSA on P-256 with SHA-256. We sign that way, and bring s to its low form.

use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::{Signature, SignatureError, SigningKey};

use crate::{hex, scalar};

const KEY: &str = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const PUBLIC: &str = "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628b\
                      c64f2f1b20c2d7e9f5177a3c294d4462299";

/// Message, r, s, and whether that s is the high one.
const SIGNATURES: [(&[u8], &str, &str, bool); 2] = [
    (
        b"sample",
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        true,
    ),
    (
        b"test",
        "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
        "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
        false,
    ),
];

#[test]
fn appendix_a_2_5() {
    let key = SigningKey::from_bytes(&Secret::from_slice(&hex(KEY)).unwrap()).unwrap();
    let public = key.verifying_key();
    assert_eq!(public.to_uncompressed_sec1()[..], hex(PUBLIC));
    for (message, r, s, is_high) in SIGNATURES {
        let published = Signature::from_bytes(&[hex(r), hex(s)].concat()).unwrap();
        let low_s = if is_high { -scalar(s) } else { scalar(s) };
        let low = Signature::from_bytes(&[&hex(r)[..], &low_s.to_bytes()].concat()).unwrap();
        assert_eq!(key.sign(message), low);
        assert_eq!(public.verify(message, &published), Ok(()));
        assert_eq!(public.verify_low_s(message, &low), Ok(()));
        let demanded = if is_high { Err(SignatureError::HighS) } else { Ok(()) };
        assert_eq!(public.verify_low_s(message, &published), demanded);
        assert_eq!(public.verify(b"sample.", &published), Err(SignatureError::Mismatch));
        assert_ne!(key.sign(b"sample."), low);
    }
}
