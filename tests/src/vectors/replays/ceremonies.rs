//! The key ceremony: order, content, and trustees that cheat (Belenios 4.0-dev accepted some).

use kodanik_ballot::ids::{ElectionId, ManifestHash};
use kodanik_ballot::testing::signing_key;
use kodanik_ballot::trustee::ceremony::{Commit, Confirm, Package, Reveal, Shares, package_digest};
use kodanik_contract::entry::Entry;
use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::transcript::hash_to_scalar;
use serde_json::{Value, json};

use super::{After, header};
use crate::vectors::encodings::{bad_points, bad_scalars};
use crate::vectors::file::Vectors;
use crate::vectors::logs::{at, opening, reveal, rounds, sign};
use crate::vectors::rng::TestRng;
use crate::vectors::world::{LATER, TOWN};

pub(super) fn add(vectors: &mut Vectors) {
    order(vectors);
    senders(vectors);
    packages(vectors);
    encodings(vectors);
    shares(vectors);
}

fn commit(body: Commit) -> Entry {
    let key = signing_key(body.trustee);
    Entry::TrusteeCommit(sign(body, &key))
}

pub(super) fn shares_entry(body: Shares) -> Entry {
    let key = signing_key(body.trustee);
    Entry::TrusteeShares(sign(body, &key))
}

/// No round begins before the last one ended, and each trustee speaks once in each.
fn order(vectors: &mut Vectors) {
    let [commits, reveals, shares, confirms] = rounds(&TOWN);
    let mut refuse = |name: &str, about: &str, expect: &str, after: After<'_>| {
        after.refuse(vectors, header(name, "5.2.3", about), expect);
    };
    refuse(
        "reveal-before-all-committed",
        "one trustee has not committed",
        "not_now",
        After::town(at::REVEALS - 1).then(&reveals[0]),
    );
    refuse(
        "reveal-without-commitment",
        "who reveals has not committed",
        "not_now",
        After::town(at::REVEALS - 1).then(&reveals[2]),
    );
    refuse(
        "shares-before-all-revealed",
        "one trustee has not revealed",
        "not_now",
        After::town(at::SHARES - 1).then(&shares[0]),
    );
    refuse(
        "confirm-before-all-shares",
        "one trustee has sent no shares",
        "not_now",
        After::town(at::CONFIRMS - 1).then(&confirms[0]),
    );
    refuse(
        "confirm-before-there-is-a-key",
        "there is no H_E yet",
        "not_now",
        After::town(at::SHARES - 1).then(&confirms[0]),
    );
    refuse(
        "open-before-all-confirmed",
        "one trustee has not confirmed",
        "not_now",
        After::town(at::OPEN - 1).then(&opening(TOWN.election.id)),
    );
    let again = |trustee: u16| {
        commit(Commit { digest: Bytes([1; 32]), ..TOWN.ceremony.commits[usize::from(trustee) - 1].clone() })
    };
    refuse(
        "commit-twice",
        "a second commitment of one trustee",
        "already_done",
        After::town(at::REVEALS - 1).then(&again(1)),
    );
    refuse(
        "commit-after-the-reveals",
        "a trustee commits to something else after it has seen the others' packages",
        "already_done",
        After::town(at::SHARES).then(&again(3)),
    );
    refuse(
        "commit-repeated",
        "the same commitment once more",
        "repeated",
        After::town(at::REVEALS).then(&commits[0]),
    );
    let mut other = TOWN.ceremony.shares[0].clone();
    other.shares[0].sealed.0[20] ^= 1;
    refuse(
        "shares-twice",
        "a second, other set of shares of one trustee",
        "already_done",
        After::town(at::CONFIRMS).then(&shares_entry(other)),
    );
}

fn senders(vectors: &mut Vectors) {
    let right = || TOWN.ceremony.commits[0].clone();
    let mut refuse = |name: &str, about: &str, expect: &str, entry: &Entry| {
        After::town(at::COMMITS).then(entry).refuse(vectors, header(name, "5.2.3", about), expect);
    };
    let by_another = Entry::TrusteeCommit(sign(right(), &signing_key(2)));
    refuse(
        "commit-signed-by-another-trustee",
        "one trustee speaks for another",
        "bad_signature",
        &by_another,
    );
    for (name, trustee) in [("commit-of-trustee-0", 0), ("commit-of-trustee-4-of-3", 4)] {
        let entry = Entry::TrusteeCommit(sign(Commit { trustee, ..right() }, &signing_key(1)));
        refuse(name, "no such trustee", "unknown_trustee", &entry);
    }
    let elsewhere = commit(Commit { manifest: ManifestHash::new([1; 32]), ..right() });
    refuse("commit-for-an-unknown-manifest", "no such manifest", "other_election", &elsewhere);
    let other = commit(LATER.ceremony.commits[0].clone());
    refuse(
        "commit-of-another-ceremony",
        "the commitment of a manifest that is not announced",
        "other_election",
        &other,
    );
    let manifest = TOWN.election.manifest_hash;
    let other = Confirm { election: ElectionId::new([1; 32]), manifest, trustee: 1 };
    let other = Entry::TrusteeConfirm(sign(other, &signing_key(1)));
    let about = "a confirmation of another key than the one that follows from the reveals";
    After::town(at::CONFIRMS).then(&other).refuse(
        vectors,
        header("confirm-of-another-key", "5.2.3", about),
        "bad_ceremony_message",
    );
}

/// A polynomial that is known, so that anything can be proven about it.
fn known_package(trustee: u16, constant: Scalar) -> Package {
    let mut rng = TestRng::new(&format!("known package of {trustee}"));
    let slope = Scalar::make(&mut rng);
    let commitments = [constant, slope].map(|coefficient| Point::generate(&coefficient)).to_vec();
    let w = Scalar::make(&mut rng);
    let proof_r = Point::generate(&w);
    let c = knowledge_challenge(trustee, Some(&commitments[0]), &proof_r);
    Package { commitments, proof_r, proof_z: w + c * constant }
}

/// The challenge of the proof of knowledge (protocol.md §3.2.1); a weak one leaves out the key.
fn knowledge_challenge(trustee: u16, key: Option<&Point>, r: &Point) -> Scalar {
    let encode = |point: &Point| point.to_bytes().unwrap().to_vec();
    let key = key.map(encode).unwrap_or_default();
    let index = Scalar::from(u64::from(trustee)).to_bytes();
    hash_to_scalar(&[&index[..], &key, &encode(r)].concat(), b"FROST-P256-SHA256-v1dkg")
}

/// Commits of trustees 1 and 2 as they were, then trustee 3 with this package, and its reveal after the others'.
fn third_reveals(package: Package) -> After<'static> {
    let (manifest, trustee) = (TOWN.election.manifest_hash, 3);
    let digest = package_digest(&manifest, trustee, &package);
    let [_, reveals, ..] = rounds(&TOWN);
    After::town(at::REVEALS - 1)
        .then(&commit(Commit { digest, manifest, trustee }))
        .then_all(&reveals[..2])
        .then(&reveal(Reveal { manifest, package, trustee }))
}

fn packages(vectors: &mut Vectors) {
    let honest = TOWN.ceremony.reveals[2].package.clone();
    let mut refuse = |name: &str, about: &str, expect: &str, after: After<'_>| {
        after.refuse(vectors, header(name, "3.2.1", about), expect);
    };
    // Not what was committed to.
    let first = || After::town(at::REVEALS);
    let mut other = TOWN.ceremony.reveals[0].clone();
    other.package = known_package(1, Scalar::from(5));
    let about = "a good package that is not the one that was committed to (Belenios 4.0-dev)";
    refuse("reveal-does-not-match", about, "reveal_mismatch", first().then(&reveal(other.clone())));
    other.package = TOWN.ceremony.reveals[1].package.clone();
    refuse(
        "reveal-of-another-trustee",
        "another trustee's package",
        "reveal_mismatch",
        first().then(&reveal(other)),
    );
    let mut changed = TOWN.ceremony.reveals[0].clone();
    changed.package.commitments.swap(0, 1);
    refuse(
        "reveal-with-swapped-commitments",
        "the coefficients in another order",
        "reveal_mismatch",
        first().then(&reveal(changed)),
    );

    // Committed to, and bad.
    let mut committed = |name: &str, about: &str, package: Package| {
        refuse(name, about, "bad_ceremony_message", third_reveals(package));
    };
    let mut fewer = known_package(3, Scalar::from(7));
    fewer.commitments.truncate(1);
    committed("package-of-a-lower-degree", "t - 1 commitments: fewer trustees could decrypt", fewer);
    let mut more = known_package(3, Scalar::from(7));
    more.commitments.push(Point::GENERATOR);
    committed("package-of-a-higher-degree", "t + 1 commitments: t trustees could not decrypt", more);
    committed(
        "package-without-commitments",
        "no commitments",
        Package { commitments: Vec::new(), ..honest.clone() },
    );
    let wrong = Package { proof_z: honest.proof_z + Scalar::ONE, ..honest.clone() };
    committed("package-with-a-wrong-proof", "1 added to z of the proof of knowledge", wrong);
    let about = "another trustee's package and proof: its key would be there twice";
    committed("package-of-another-trustee", about, TOWN.ceremony.reveals[0].package.clone());

    let others: Point = TOWN.ceremony.reveals[..2].iter().map(|reveal| reveal.package.commitments[0]).sum();
    let mut rogue = honest.clone();
    rogue.commitments[0] = Point::GENERATOR - others;
    committed("package-of-a-rogue-key", "G minus the others' keys: K would be G", rogue);
    let mut rng = TestRng::new("proof without key");
    let (w, z) = (Scalar::make(&mut rng), Scalar::make(&mut rng));
    let proof_r = Point::generate(&w) + others;
    let c = knowledge_challenge(3, None, &proof_r);
    let mut keyless = honest;
    keyless.commitments[0] = (Point::generate(&z) - proof_r) * &c.invert().unwrap();
    (keyless.proof_r, keyless.proof_z) = (proof_r, z);
    let about = "the challenge of the proof of knowledge leaves out the key, which is chosen after it and takes the others' away (Belenios 4.0-dev)";
    committed("package-whose-proof-does-not-hash-the-key", about, keyless);

    degenerate(vectors);
}

/// Three trustees in league whose keys add up to nothing.
fn degenerate(vectors: &mut Vectors) {
    let manifest = TOWN.election.manifest_hash;
    let constants = [Scalar::from(3), Scalar::from(4), -Scalar::from(7)];
    let packages: Vec<Package> =
        (1..=3).zip(constants).map(|(trustee, constant)| known_package(trustee, constant)).collect();
    let commits = (1..=3).zip(&packages).map(|(trustee, package)| {
        commit(Commit { digest: package_digest(&manifest, trustee, package), manifest, trustee })
    });
    let reveals = (1..=3)
        .zip(&packages)
        .map(|(trustee, package)| reveal(Reveal { manifest, package: package.clone(), trustee }));
    let entries: Vec<Entry> = commits.chain(reveals).collect();
    let about = "all proofs hold, and K is the identity";
    After::town(at::COMMITS).then_all(&entries).refuse(
        vectors,
        header("key-is-the-identity", "3.2.1", about),
        "bad_ceremony_message",
    );
}

/// Every bad encoding, in every message.
fn encodings(vectors: &mut Vectors) {
    let mut refuse = |name: &str, about: &str, prefix: usize, entry: &Value| {
        let after = After::town(prefix).then_text(90, &entry.to_string());
        after.refuse(vectors, header(name, "1.5", about), "malformed");
    };
    let [_, reveals, shares, _] = rounds(&TOWN);
    let right = serde_json::to_value(&reveals[0]).unwrap();
    for (name, what, bytes) in bad_points() {
        let mut entry = right.clone();
        entry["body"]["package"]["commitments"][0] = json!(Binary(bytes.to_vec()));
        refuse(
            &format!("point-{name}-as-commitment"),
            &format!("a trustee's key is {what}"),
            at::REVEALS,
            &entry,
        );
    }
    let mut entry = right.clone();
    entry["body"]["package"]["proof_r"] = json!(Binary(vec![0; 33]));
    refuse("point-identity-as-proof-r", "R of a proof of knowledge is 33 zeros", at::REVEALS, &entry);
    let mut entry = right.clone();
    let longer = [&TOWN.ceremony.reveals[0].package.commitments[1].to_bytes().unwrap()[..], &[0]].concat();
    entry["body"]["package"]["commitments"][1] = json!(Binary(longer));
    refuse("point-trailing-byte-as-commitment", "a byte follows a commitment", at::REVEALS, &entry);
    for (name, what, bytes) in bad_scalars() {
        let mut entry = right.clone();
        entry["body"]["package"]["proof_z"] = json!(Binary(bytes.to_vec()));
        refuse(
            &format!("scalar-{name}-as-proof-z"),
            &format!("z of a proof of knowledge is {what}"),
            at::REVEALS,
            &entry,
        );
    }
    let mut entry = serde_json::to_value(&shares[0]).unwrap();
    entry["body"]["shares"][0]["ephemeral"] = json!(Binary(vec![0; 33]));
    refuse(
        "point-identity-as-ephemeral",
        "the ephemeral key of a sealed share is 33 zeros",
        at::SHARES,
        &entry,
    );
}

fn shares(vectors: &mut Vectors) {
    let mut refuse = |name: &str, about: &str, change: &dyn Fn(&mut Shares)| {
        let mut shares = TOWN.ceremony.shares[0].clone();
        change(&mut shares);
        let after = After::town(at::SHARES).then(&shares_entry(shares));
        after.refuse(vectors, header(name, "3.2.2", about), "bad_ceremony_message");
    };
    refuse("sealed-share-missing", "a trustee gets no share", &|shares| shares.shares.truncate(1));
    refuse("sealed-shares-out-of-order", "the receivers are not in order", &|shares| {
        shares.shares.swap(0, 1)
    });
    refuse("sealed-share-to-oneself", "a share to the sender in place of one to another", &|shares| {
        shares.shares[0].to = 1
    });
    refuse("sealed-share-twice", "one trustee gets two shares", &|shares| shares.shares[1].to = 2);
}
