//! How a trustee becomes one (protocol.md §3.2.9): a card with its public keys, and digits that people compare by voice.

use std::fmt;
use std::str::FromStr;

use kodanik_crypto::signature::{Signature, SignatureError, SigningKey};
use kodanik_crypto::transcript::{frame, labelled_sha256, sha256};
use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

use crate::ids::{ElectionId, ManifestHash};
use crate::manifest::TrusteeMember;

/// A trustee's public keys and name under its own signing key: whoever made the card holds that key, and nothing on the
/// card was changed since. That it is the right person's card, only the fingerprint tells, read out by that person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedCard {
    /// What goes into the manifest.
    pub card: TrusteeMember,
    /// ES256, low-S.
    pub signature: Signature,
}

impl SignedCard {
    /// Signs a card with the signing key that it names.
    pub fn sign(card: TrusteeMember, key: &SigningKey) -> Self {
        let signature = key.sign(&framed(&card));
        Self { card, signature }
    }

    /// The card, if its signature holds.
    pub fn verify(self) -> Result<TrusteeMember, SignatureError> {
        self.card.signing_key.verify_low_s(&framed(&self.card), &self.signature)?;
        Ok(self.card)
    }
}

/// What is signed, and whose hash the fingerprint is of.
fn framed(card: &TrusteeMember) -> Vec<u8> {
    let fields = [card.name.as_bytes(), &card.sealing_key.to_sec1(), &card.signing_key.to_sec1()];
    frame("KODANIK-V1-TRUSTEE-CARD", &fields)
}

/// Groups of five digits, made to be read out on the telephone: six (99.6 bits) for a card, which nobody can make a
/// second one for; twelve (199 bits) for a manifest, whose author could look for two with the same digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Fingerprint(Vec<u32>);

/// Not six or twelve groups of five digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a fingerprint is six or twelve groups of five digits")]
pub struct NoFingerprint;

/// Groups that one hash gives: each is five of its bytes.
const GROUPS_OF_A_HASH: usize = 6;

impl Fingerprint {
    /// Of a trustee's card: name and both keys. Six groups.
    pub fn of_card(card: &TrusteeMember) -> Self {
        Self::of_hash(&sha256(&framed(card)), 1)
    }

    /// Of a manifest, by H_M: whoever hears the same digits has the same manifest, with the same keys in it. Twelve groups.
    pub fn of_manifest(hash: &ManifestHash) -> Self {
        Self::of_hash(hash.as_bytes(), 2)
    }

    /// Of an election, by H_E: the manifest and the key that was made. Twelve groups.
    pub fn of_election(id: &ElectionId) -> Self {
        Self::of_hash(id.as_bytes(), 2)
    }

    fn of_hash(hash: &[u8; 32], blocks: u64) -> Self {
        let blocks =
            (0..blocks).map(|block| labelled_sha256("KODANIK-V1-FINGERPRINT", &[hash, &block.to_be_bytes()]));
        Self(blocks.flat_map(|block| groups(&block)).collect())
    }
}

/// Each group is five bytes, big-endian, modulo 100,000; the last two bytes are left over.
fn groups(hash: &[u8; 32]) -> [u32; GROUPS_OF_A_HASH] {
    let mut groups = [0; GROUPS_OF_A_HASH];
    for (group, bytes) in groups.iter_mut().zip(hash.chunks_exact(5)) {
        let number = bytes.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        *group = (number % 100_000) as u32;
    }
    groups
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups: Vec<_> = self.0.iter().map(|group| format!("{group:05}")).collect();
        f.write_str(&groups.join(" "))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// White space and hyphens may stand anywhere: people type them where they hear a pause.
impl FromStr for Fingerprint {
    type Err = NoFingerprint;

    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        let typed = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let digits = typed.map(|c| c.to_digit(10).ok_or(NoFingerprint)).collect::<Result<Vec<_>, _>>()?;
        if ![30, 60].contains(&digits.len()) {
            return Err(NoFingerprint);
        }
        let group = |digits: &[u32]| digits.iter().fold(0, |number, digit| number * 10 + digit);
        Ok(Self(digits.chunks_exact(5).map(group).collect()))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixed_key;

    fn card(name: &str, signing: u8, sealing: u8) -> TrusteeMember {
        TrusteeMember {
            name: name.to_owned(),
            sealing_key: fixed_key(sealing).verifying_key(),
            signing_key: fixed_key(signing).verifying_key(),
        }
    }

    #[test]
    fn a_card_holds_under_its_own_key() {
        let signed = SignedCard::sign(card("Court", 1, 2), &fixed_key(1));
        assert_eq!(signed.clone().verify().unwrap(), card("Court", 1, 2));
        let bytes = kodanik_crypto::encoding::to_canonical_json(&signed).unwrap();
        assert_eq!(serde_json::from_slice::<SignedCard>(&bytes).unwrap(), signed);
    }

    #[test]
    fn a_changed_card_does_not_hold() {
        let signed = SignedCard::sign(card("Court", 1, 2), &fixed_key(1));
        for changed in [card("Curt", 1, 2), card("Court", 3, 2), card("Court", 1, 3), card("Court", 2, 1)] {
            let SignedCard { signature, .. } = signed;
            assert!(SignedCard { card: changed, signature }.verify().is_err());
        }
        let by_another = SignedCard::sign(card("Court", 1, 2), &fixed_key(3));
        assert!(by_another.verify().is_err());
    }

    #[test]
    fn each_part_of_a_card_changes_its_digits() {
        let own = Fingerprint::of_card(&card("Court", 1, 2));
        assert_eq!(own, Fingerprint::of_card(&card("Court", 1, 2)));
        for other in [card("Curt", 1, 2), card("Court", 3, 2), card("Court", 1, 3), card("Court", 2, 1)] {
            assert_ne!(own, Fingerprint::of_card(&other));
        }
    }

    #[test]
    fn the_digits_are_those_of_the_document() {
        let mut hash = [0; 32];
        (hash[4], hash[5], hash[29], hash[31]) = (7, 1, 255, 9);
        // 2^32 mod 100000 = 67296; the last two bytes are left over.
        assert_eq!(groups(&hash), [7, 67_296, 0, 0, 0, 255]);
        let (card, manifest) = (card("Court", 1, 2), ManifestHash::new([0; 32]));
        assert_eq!(Fingerprint::of_card(&card).to_string(), "70078 23864 53688 17720 57828 87512");
        assert_eq!(
            Fingerprint::of_manifest(&manifest).to_string(),
            "03208 58382 42975 48303 48084 58053 35548 77097 88189 21280 39099 52275"
        );
    }

    #[test]
    fn digits_are_read_as_people_type_them() {
        let own = Fingerprint::of_card(&card("Court", 1, 2));
        let text = own.to_string();
        for typed in [text.clone(), text.replace(' ', ""), text.replace(' ', "-"), format!("  {text}\n")] {
            assert_eq!(typed.parse(), Ok(own.clone()));
        }
        let long = Fingerprint::of_manifest(&ManifestHash::new([0; 32]));
        assert_eq!(long.to_string().parse(), Ok(long));
        for typed in ["", "12345", &text[1..], &format!("{text}0"), &text.replace(' ', "."), "x"] {
            assert_eq!(typed.parse::<Fingerprint>(), Err(NoFingerprint), "{typed}");
        }
        // Digits of other scripts are none.
        assert!(text.replace(|c: char| c.is_ascii_digit(), "٣").parse::<Fingerprint>().is_err());
    }
}
