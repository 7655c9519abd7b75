//! The key ceremony: order, content, and trustees that cheat (Belenios 4.0-dev accepted some).

use kodanik_ballot::ids::{ElectionId, ManifestHash};
use kodanik_ballot::manifest::{Manifest, ManifestDraft};
use kodanik_ballot::proof::dleq::DleqProof;
use kodanik_ballot::testing::{Ceremony, sealed_share, sealing_key, signing_key};
use kodanik_ballot::trustee::ceremony::{
    Commit, Complaint, Confirm, Package, Reveal, Shares, package_digest,
};
use kodanik_contract::entry::Entry;
use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::transcript::{frame, hash_to_scalar, sha256};
use serde_json::{Value, json};

use super::{After, election, header};
use crate::vectors::encodings::{bad_points, bad_scalars};
use crate::vectors::file::Vectors;
use crate::vectors::logs::{announcement, at, authority, confirm, opening, reveal, rounds, sign};
use crate::vectors::rng::TestRng;
use crate::vectors::world::{LATER, TOWN};

pub(super) fn add(vectors: &mut Vectors) {
    order(vectors);
    senders(vectors);
    packages(vectors);
    encodings(vectors);
    shares(vectors);
    complaints(vectors);
}

fn commit(body: Commit) -> Entry {
    let key = signing_key(body.trustee);
    Entry::TrusteeCommit(sign(body, &key))
}

fn shares_entry(body: Shares) -> Entry {
    let key = signing_key(body.trustee);
    Entry::TrusteeShares(sign(body, &key))
}

fn complaint(body: Complaint) -> Entry {
    let key = signing_key(body.trustee);
    Entry::TrusteeComplaint(sign(body, &key))
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

    let honest = serde_json::to_value(complaint(complain(&TOWN.ceremony.shares[0]))).unwrap();
    let mut entry = honest.clone();
    entry["body"]["shared"] = json!(Binary([&[5], &Point::GENERATOR.to_bytes().unwrap()[1..]].concat()));
    refuse("point-tag-05-as-shared", "the opened key of a complaint has tag 05", at::CONFIRMS, &entry);
    let mut entry = honest;
    entry["body"]["proof"]["z"] = json!(Binary(bad_scalars()[0].2.to_vec()));
    refuse("scalar-order-in-a-complaint", "z of a complaint's proof is n", at::CONFIRMS, &entry);
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

/// Trustee 2 about the shares of another one.
fn complain(shares: &Shares) -> Complaint {
    let Ceremony { manifest, dealt, .. } = &TOWN.ceremony;
    dealt[1].complain(manifest, shares, &sealing_key(2), &mut TestRng::new("complaint")).unwrap()
}

/// The ceremony up to all shares, of which trustee 1's for trustee 2 is as given.
fn dealt(shares: &Shares) -> After<'static> {
    let [_, _, others, _] = rounds(&TOWN);
    After::town(at::SHARES).then(&shares_entry(shares.clone())).then_all(&others[1..])
}

fn complaints(vectors: &mut Vectors) {
    let honest = &TOWN.ceremony.shares[0];
    let failed = [election("town", "failed", 0, 0, Value::Null)];
    let mut off = honest.clone();
    off.shares[0] =
        sealed_share(&TOWN.ceremony, 1, 2, &Scalar::from(7), &mut TestRng::new("off the polynomial"));
    let mut damaged = honest.clone();
    damaged.shares[0].sealed.0[20] ^= 1;
    let mut misplaced = honest.clone();
    misplaced.shares[0].sealed = honest.shares[1].sealed.clone();
    for (name, about, shares) in [
        (
            "complaint-about-a-wrong-share",
            "a share that is not on the polynomial is opened: the ceremony is over",
            &off,
        ),
        ("complaint-about-a-damaged-share", "a share that does not open: the ceremony is over", &damaged),
        (
            "complaint-about-a-misplaced-share",
            "a share that was sealed for another trustee: the ceremony is over",
            &misplaced,
        ),
    ] {
        dealt(shares).then(&complaint(complain(shares))).accept(
            vectors,
            header(name, "3.2.3", about),
            &failed,
        );
    }
    let mut refuse = |name: &str, about: &str, expect: &str, after: After<'_>| {
        after.refuse(vectors, header(name, "3.2.3", about), expect);
    };
    let confirmed = |trustee| confirm(&TOWN, trustee);
    let over = || dealt(&off).then(&complaint(complain(&off)));
    refuse(
        "confirm-after-a-proven-complaint",
        "a confirmation when the ceremony is over",
        "not_now",
        over().then(&confirmed(3)),
    );
    refuse(
        "open-after-a-proven-complaint",
        "an opening when the ceremony is over",
        "not_now",
        over().then(&opening(TOWN.election.id)),
    );
    refuse(
        "complaint-without-reason",
        "the share that is opened is right",
        "bad_ceremony_message",
        dealt(honest).then(&complaint(complain(honest))),
    );
    let lie = Complaint { shared: Point::GENERATOR, ..complain(&off) };
    let about = "another key than the one that opens the share: it would accuse whoever one likes";
    refuse("complaint-with-another-key", about, "bad_ceremony_message", dealt(honest).then(&complaint(lie)));
    let mut unproven = complain(&off);
    unproven.proof.z = unproven.proof.z + Scalar::ONE;
    refuse(
        "complaint-with-a-wrong-proof",
        "1 added to z of the complaint's proof",
        "bad_ceremony_message",
        dealt(&off).then(&complaint(unproven)),
    );
    let forged = statement_chosen_after(&complain(honest), honest);
    let about = "the key that opens the share is chosen after a challenge that does not hash it";
    refuse(
        "complaint-statement-chosen-after-the-challenge",
        about,
        "bad_ceremony_message",
        dealt(honest).then(&complaint(forged)),
    );
    let mut by_third = complain(&off);
    by_third.trustee = 3;
    refuse(
        "complaint-of-another-trustee",
        "a complaint under another trustee's index",
        "bad_ceremony_message",
        dealt(&off).then(&complaint(by_third)),
    );
    for (name, about, against) in [
        ("complaint-against-trustee-0", "no such trustee has sent shares", 0),
        ("complaint-against-trustee-4-of-3", "no such trustee has sent shares", 4),
    ] {
        let against = Complaint { against, ..complain(&off) };
        refuse(name, about, "not_now", dealt(&off).then(&complaint(against)));
    }
    let itself = Complaint { against: 2, ..complain(&off) };
    refuse(
        "complaint-against-oneself",
        "a trustee sends itself no share",
        "bad_ceremony_message",
        dealt(&off).then(&complaint(itself)),
    );
    let about = "who has confirmed has found its shares right";
    refuse(
        "complaint-after-the-own-confirmation",
        about,
        "not_now",
        dealt(&off).then(&confirmed(2)).then(&complaint(complain(&off))),
    );
    let early = After::town(at::SHARES).then(&shares_entry(off.clone())).then(&complaint(complain(&off)));
    refuse("complaint-before-all-shares", "one trustee has sent no shares", "not_now", early);
    let about = "a new manifest under the same slug: it needs a name of its own";
    let mut draft: ManifestDraft = TOWN.election.manifest.clone().into();
    draft.title.push('!');
    let next = Entry::ElectionManifest(sign(Manifest::new(draft).unwrap(), &authority()));
    refuse("manifest-with-the-slug-of-a-failed-one", about, "duplicate_election", over().then(&next));
    let two =
        [election("later", "ceremony", 0, 0, Value::Null), election("town", "failed", 0, 0, Value::Null)];
    let about = "another manifest follows a ceremony that has failed";
    over().then(&announcement(&LATER)).accept(
        vectors,
        header("manifest-after-a-failed-ceremony", "5.2.3", about),
        &two,
    );
}

/// What trustee 2 can do to a weak verifier: v is no multiple of E, and `shared` is what z, u and v leave it to be.
fn statement_chosen_after(complaint: &Complaint, shares: &Shares) -> Complaint {
    let mut rng = TestRng::new("complaint chosen after");
    let (w, e) = (Scalar::make(&mut rng), Scalar::make(&mut rng));
    let (x, base) = (sealing_key(2), shares.to(2).unwrap().ephemeral);
    let (u, v) = (Point::generate(&w), base * &w + Point::generate(&e));
    let encode = |point: &Point| point.to_bytes().unwrap();
    let fields: [&[u8]; 7] = [
        complaint.manifest.as_bytes(),
        &u64::from(complaint.trustee).to_be_bytes(),
        &u64::from(complaint.against).to_be_bytes(),
        &encode(&base),
        &x.verifying_key().to_sec1(),
        &encode(&u),
        &encode(&v),
    ];
    let hash = sha256(&frame("KODANIK-V1-COMPLAINT-P256", &fields));
    let c = hash_to_scalar(&hash, b"KODANIK-V1-COMPLAINT-P256");
    let z = w + c * Scalar::from_slice(x.to_bytes().expose()).unwrap();
    let shared = (base * &z - v) * &c.invert().unwrap();
    Complaint { proof: DleqProof { u, v, z }, shared, ..complaint.clone() }
}
