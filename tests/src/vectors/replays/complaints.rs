//! Complaints: a share is opened in public, and somebody is at fault.

use kodanik_ballot::manifest::{Manifest, ManifestDraft};
use kodanik_ballot::proof::dleq::DleqProof;
use kodanik_ballot::testing::{Ceremony, sealed_share, sealing_key, signing_key};
use kodanik_ballot::trustee::ceremony::{Complaint, Shares};
use kodanik_contract::entry::Entry;
use kodanik_crypto::encoding::Binary;
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::transcript::{frame, hash_to_scalar, sha256};
use serde_json::{Value, json};

use super::ceremonies::shares_entry;
use super::{After, election, header};
use crate::vectors::encodings::bad_scalars;
use crate::vectors::file::Vectors;
use crate::vectors::logs::{announcement, at, authority, confirm, opening, rounds, sign};
use crate::vectors::rng::TestRng;
use crate::vectors::world::{LATER, TOWN};

pub(super) fn add(vectors: &mut Vectors) {
    complaints(vectors);
    encodings(vectors);
}

fn complaint(body: Complaint) -> Entry {
    let key = signing_key(body.trustee);
    Entry::TrusteeComplaint(sign(body, &key))
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

fn encodings(vectors: &mut Vectors) {
    let mut refuse = |name: &str, about: &str, prefix: usize, entry: &Value| {
        let after = After::town(prefix).then_text(90, &entry.to_string());
        after.refuse(vectors, header(name, "1.5", about), "malformed");
    };
    let honest = serde_json::to_value(complaint(complain(&TOWN.ceremony.shares[0]))).unwrap();
    let mut entry = honest.clone();
    entry["body"]["shared"] = json!(Binary([&[5], &Point::GENERATOR.to_bytes().unwrap()[1..]].concat()));
    refuse("point-tag-05-as-shared", "the opened key of a complaint has tag 05", at::CONFIRMS, &entry);
    let mut entry = honest;
    entry["body"]["proof"]["z"] = json!(Binary(bad_scalars()[0].2.to_vec()));
    refuse("scalar-order-in-a-complaint", "z of a complaint's proof is n", at::CONFIRMS, &entry);
}
