//! What ceremony and decryption have in common: who the trustee is, and how it follows a log.

use std::path::Path;

use kodanik_ballot::manifest::{Manifest, TrusteeMember};
use kodanik_ballot::trustee::card::SignedCard;
use kodanik_contract::signed::{Signed, SignedBody};
use kodanik_crypto::encoding::{Bytes, from_canonical_json, to_canonical_json};
use kodanik_crypto::secret::SecretBytes;
use kodanik_ledger::checkpoint::TreeHead;
use kodanik_ledger::key::KeyName;
use kodanik_ledger::tree::NodeHash;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::disk::Disk;
use crate::error::TrusteeError;
use crate::home::{Home, Identity};

/// A trustee with its folder open.
pub struct Trustee {
    pub(crate) home: Home,
    pub(crate) identity: Identity,
}

impl Trustee {
    /// Makes a trustee with fresh keys in `home`. The name is for the manifest.
    pub fn init(home: &Path, name: &str, passphrase: &SecretBytes) -> Result<Self, TrusteeError> {
        let (home, identity) = Home::init(home, name, passphrase, Disk::default())?;
        Ok(Self { home, identity })
    }

    /// Whether there is a trustee in `home`.
    pub fn exists(home: &Path) -> bool {
        Home::exists(home)
    }

    /// Opens the trustee in `home`.
    pub fn open(home: &Path, passphrase: &SecretBytes) -> Result<Self, TrusteeError> {
        let (home, identity) = Home::open(home, passphrase)?;
        Ok(Self { home, identity })
    }

    /// The public card under this trustee's signature: what it sends to the authority.
    pub fn signed_card(&self) -> SignedCard {
        SignedCard::sign(self.card(), &self.identity.signing_key)
    }

    /// The public card, which the authority puts into manifests.
    pub fn card(&self) -> TrusteeMember {
        TrusteeMember {
            name: self.identity.name.clone(),
            sealing_key: self.identity.sealing_key.verifying_key(),
            signing_key: self.identity.signing_key.verifying_key(),
        }
    }

    /// Brings the board up to date, and remembers its head so that no later one may contradict it.
    pub(crate) async fn sync(&self, board: &mut Board) -> Result<(), TrusteeError> {
        let seen = self.seen_head(board.origin())?;
        let head = board.sync(seen.as_ref()).await?;
        if seen.is_none_or(|seen| seen.size < head.size) {
            let kept = KeptHead { root: Bytes(head.root.0), size: head.size };
            self.home.keep_head(head.origin.as_str(), &to_canonical_json(&kept)?)?;
        }
        Ok(())
    }

    /// This trustee's index in a manifest, from 1. Its own name and both keys must stand there, together, and the name
    /// once: a gateway that exchanged a key on the way to the authority is found here.
    pub(crate) fn index_in(&self, manifest: &Manifest) -> Result<u16, TrusteeError> {
        let card = self.card();
        let members = || (1..).zip(&manifest.trustees.members);
        let similar = |member: &TrusteeMember| {
            member.name == card.name
                || member.signing_key == card.signing_key
                || member.sealing_key == card.sealing_key
        };
        for (index, member) in members().filter(|(_, member)| similar(member)) {
            if let Some(what) = difference(member, &card) {
                return Err(TrusteeError::Swapped { index, name: member.name.clone(), what });
            }
        }
        let own = members().find(|(_, member)| **member == card);
        own.map(|(index, _)| index).ok_or(TrusteeError::NotATrustee)
    }

    pub(crate) fn sign<B: SignedBody>(&self, body: B, log: &KeyName) -> Result<Signed<B>, TrusteeError> {
        Ok(Signed::sign(body, log.as_str(), &self.identity.signing_key)?)
    }

    fn seen_head(&self, origin: &KeyName) -> Result<Option<TreeHead>, TrusteeError> {
        let Some(bytes) = self.home.head(origin.as_str())? else { return Ok(None) };
        let kept: KeptHead = from_canonical_json(bytes.expose(), 256)?;
        Ok(Some(TreeHead { origin: origin.clone(), size: kept.size, root: NodeHash(kept.root.0) }))
    }
}

fn difference(member: &TrusteeMember, own: &TrusteeMember) -> Option<&'static str> {
    let (signing, sealing) = (member.signing_key == own.signing_key, member.sealing_key == own.sealing_key);
    match (signing, sealing, member.name == own.name) {
        (true, true, true) => None,
        (true, true, false) => Some("name"),
        (true, false, _) => Some("sealing key"),
        (false, true, _) => Some("signing key"),
        (false, false, _) => Some("pair of keys"),
    }
}

impl std::fmt::Debug for Trustee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trustee").field("name", &self.identity.name).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptHead {
    root: Bytes<32>,
    size: u64,
}
