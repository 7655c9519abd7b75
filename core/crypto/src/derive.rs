//! Keys from keys (HKDF-SHA-256, RFC 5869) and keys from what people remember (Argon2id, RFC 9106).

use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use thiserror::Error;

use crate::secret::Secret;
use crate::transcript::frame;

/// HKDF-SHA-256 with a framed `info` (see [`crate::transcript`]), filling `N` <= 8160 bytes.
pub fn derive_key<const N: usize>(
    ikm: &[u8],
    salt: &[u8],
    label: &'static str,
    fields: &[&[u8]],
) -> Secret<N> {
    const { assert!(N <= 255 * 32, "HKDF-SHA-256 gives at most 8160 bytes") };
    let hkdf = Hkdf::<Sha256>::new(Some(salt), ikm);
    Secret::init_with(|out| {
        #[expect(clippy::expect_used, reason = "the length is checked at compile time")]
        hkdf.expand(&frame(label, fields), out).expect("length fits");
    })
}

/// Argon2id's cost. From outside it is accepted only within [`Argon2Cost::parse`]'s bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argon2Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// A cost that is too cheap to protect, or too dear to be honest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the Argon2 cost is outside 19..256 MiB, 1..10 passes, 1..4 lanes")]
pub struct CostOutOfBounds;

impl Argon2Cost {
    /// 64 MiB, 3 passes, 1 lane.
    pub const STANDARD: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// Accepts 19..=256 MiB, 1..=10 passes, 1..=4 lanes: a weaker one would be a downgrade, a dearer one a bomb.
    pub fn parse(self) -> Result<Self, CostOutOfBounds> {
        let fits = (19 * 1024..=256 * 1024).contains(&self.memory_kib)
            && (1..=10).contains(&self.passes)
            && (1..=4).contains(&self.lanes);
        fits.then_some(self).ok_or(CostOutOfBounds)
    }
}

/// Argon2id version 0x13 of `secret` with `salt` (at least 8 bytes).
pub fn derive_slow_key(secret: &[u8], salt: &[u8], cost: Argon2Cost) -> Result<Secret<32>, CostOutOfBounds> {
    let cost = cost.parse()?;
    let params =
        Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(|_| CostOutOfBounds)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut result = Ok(());
    let key = Secret::init_with(|out| {
        result = argon2.hash_password_into(secret, salt, out).map_err(|_| CostOutOfBounds);
    });
    result.map(|()| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hkdf_separates_labels_and_fields() {
        let key = |label, field: &[u8]| *derive_key::<32>(b"ikm", b"salt", label, &[field]).expose();
        assert_eq!(key("a", b"x"), key("a", b"x"));
        assert_ne!(key("a", b"x"), key("b", b"x"));
        assert_ne!(key("a", b"x"), key("a", b"y"));
    }

    /// RFC 5869 appendix A.1, on the function that [`derive_key`] calls; its `info` is always framed.
    #[test]
    fn hkdf_is_rfc_5869s() {
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let salt: Vec<u8> = (0..=12).collect();
        let mut okm = [0; 42];
        Hkdf::<Sha256>::new(Some(&salt), &[0x0b; 22]).expand(&info, &mut okm).unwrap();
        let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
        assert_eq!(crate::encoding::to_hex(&okm), expected);
    }

    /// RFC 9106 section 5.3, on the function that [`derive_slow_key`] calls; its cost is below our bounds.
    #[test]
    fn argon2id_is_rfc_9106s() {
        let mut params = argon2::ParamsBuilder::new();
        params.m_cost(32).t_cost(3).p_cost(4).output_len(32);
        params.data(argon2::AssociatedData::new(&[4; 12]).unwrap());
        let argon2 =
            Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params.build().unwrap())
                .unwrap();
        let mut tag = [0; 32];
        argon2.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
        let expected = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659";
        assert_eq!(crate::encoding::to_hex(&tag), expected);
    }

    #[test]
    fn cheap_and_ruinous_costs_are_refused() {
        let cost = Argon2Cost::STANDARD;
        assert!(cost.parse().is_ok());
        for bad in [
            Argon2Cost { memory_kib: 8, ..cost },
            Argon2Cost { memory_kib: 512 * 1024, ..cost },
            Argon2Cost { passes: 0, ..cost },
            Argon2Cost { passes: 11, ..cost },
            Argon2Cost { lanes: 0, ..cost },
            Argon2Cost { lanes: 5, ..cost },
        ] {
            assert_eq!(bad.parse(), Err(CostOutOfBounds));
            assert!(derive_slow_key(b"pin", b"saltsalt", bad).is_err());
        }
    }
}
