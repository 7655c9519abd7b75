//! Everybody's keys: what the fuzzer changed is signed anew, so that the checks behind the signature are reached.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kodanik_ballot::ballot::{BallotBody, UnverifiedBallot};
use kodanik_ballot::testing::{fixed_key, signing_key};
use kodanik_contract::entry::Entry;
use kodanik_contract::signed::{Signed, SignedBody};
use kodanik_crypto::signature::SigningKey;
use scenarios::vectors::world::{self, Citizen, World};

/// The elections of the vectors.
pub static WORLDS: LazyLock<[&World; 6]> = LazyLock::new(world::all);

/// Three citizens for each style of each election.
static CITIZENS: LazyLock<Vec<Citizen>> = LazyLock::new(|| {
    let styles =
        |world: &'static World| world.election.manifest.styles.iter().map(move |style| (world, style));
    let citizens = |(world, style)| (1..=3).map(move |number| Citizen::new(world, style_id(style), number));
    WORLDS.iter().copied().flat_map(styles).flat_map(citizens).collect()
});

fn style_id(style: &'static kodanik_ballot::manifest::Style) -> &'static str {
    &style.id
}

/// The citizens of an election.
pub fn citizens(world: &World) -> impl Iterator<Item = &'static Citizen> {
    CITIZENS.iter().filter(move |citizen| citizen.world.name == world.name)
}

/// The body as a citizen of this election would cast it who is entitled to its style: under the same pseudonym where
/// we have its key.
pub fn cast(world: &World, mut body: BallotBody) -> Option<UnverifiedBallot> {
    let entitled = || citizens(world).filter(|citizen| citizen.style == body.style);
    let citizen = entitled().find(|citizen| citizen.vk() == body.vk).or_else(|| entitled().next())?;
    (body.election, body.vk) = (world.election.id, citizen.vk());
    Some(citizen.cast(body))
}

/// The entry with its body signed for `log` by whoever may sign it; `None` where nobody may.
pub fn sign(log: &str, entry: Entry) -> Option<Entry> {
    let authority = fixed_key(1);
    Some(match entry {
        Entry::BallotCast(ballot) => {
            let world = WORLDS.iter().find(|world| world.election.id == ballot.body.election)?;
            Entry::BallotCast(cast(world, ballot.body)?)
        }
        Entry::ElectionClose(signed) => Entry::ElectionClose(again(log, signed, &authority)?),
        Entry::ElectionManifest(signed) => Entry::ElectionManifest(again(log, signed, &authority)?),
        Entry::ElectionOpen(signed) => Entry::ElectionOpen(again(log, signed, &authority)?),
        Entry::EligibilityCounts(signed) => {
            let key = ISSUERS.get(&signed.body.issuer)?;
            Entry::EligibilityCounts(again(log, signed, key)?)
        }
        Entry::Genesis(genesis) => Entry::Genesis(genesis),
        Entry::TallyResult(signed) => Entry::TallyResult(again(log, signed, &authority)?),
        Entry::TallyShare(signed) => Entry::TallyShare(by_trustee(log, signed, |body| body.trustee)?),
        Entry::TallyStatement(signed) => Entry::TallyStatement(by_trustee(log, signed, |body| body.trustee)?),
        Entry::TrusteeCommit(signed) => Entry::TrusteeCommit(by_trustee(log, signed, |body| body.trustee)?),
        Entry::TrusteeComplaint(signed) => {
            Entry::TrusteeComplaint(by_trustee(log, signed, |body| body.trustee)?)
        }
        Entry::TrusteeConfirm(signed) => Entry::TrusteeConfirm(by_trustee(log, signed, |body| body.trustee)?),
        Entry::TrusteeReveal(signed) => Entry::TrusteeReveal(by_trustee(log, signed, |body| body.trustee)?),
        Entry::TrusteeShares(signed) => Entry::TrusteeShares(by_trustee(log, signed, |body| body.trustee)?),
    })
}

static ISSUERS: LazyLock<BTreeMap<String, SigningKey>> =
    LazyLock::new(|| (0..4).map(|issuer| (format!("issuer-{issuer}"), fixed_key(60 + issuer))).collect());

fn again<B: SignedBody>(log: &str, signed: Signed<B>, key: &SigningKey) -> Option<Signed<B>> {
    Signed::sign(signed.body, log, key).ok()
}

fn by_trustee<B: SignedBody>(log: &str, signed: Signed<B>, index: fn(&B) -> u16) -> Option<Signed<B>> {
    let index = index(&signed.body);
    // A manifest has at most 16 trustees.
    (index <= 16).then(|| again(log, signed, &signing_key(index)))?
}

/// A key that depends on `fill` alone, for everybody who is no party to an election.
pub fn key(fill: u8) -> SigningKey {
    fixed_key(fill)
}
