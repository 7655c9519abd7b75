//! Keys that make an election, and those that do not.

use kodanik_ballot::election::ElectionKey;
use kodanik_crypto::encoding::{Binary, to_canonical_json};
use kodanik_crypto::group::{Point, Scalar};
use serde_json::{Value, json};

use super::encodings::bad_points;
use super::file::{Header, Vectors};
use super::world::{self, REFERENDUM, TOWN, World, text};

fn header<'a>(name: &'a str, about: &'a str) -> Header<'a> {
    Header { kind: "election", name, section: "3.1.3", about }
}

fn input(world: &World, key: &str) -> Value {
    json!({ "key": key, "manifest": text(&world.election.manifest.to_bytes()) })
}

pub(super) fn add(vectors: &mut Vectors) {
    for world in world::all() {
        let key = text(&to_canonical_json(&world.election.key).unwrap());
        let about = format!("the key that the trustees of `{}` made", world.name);
        vectors.accept(
            header(world.name, &about),
            input(world, &key),
            Some(json!({ "id": world.election.id })),
        );
    }
    inconsistent(vectors);
    malformed(vectors);
}

fn inconsistent(vectors: &mut Vectors) {
    let mut refuse = |name: &str, about: &str, expect: &str, change: &dyn Fn(&mut ElectionKey)| {
        let mut key = REFERENDUM.election.key.clone();
        change(&mut key);
        vectors.refuse(
            header(name, about),
            expect,
            input(&REFERENDUM, &text(&to_canonical_json(&key).unwrap())),
        );
    };
    refuse("joint-key-of-somebody-else", "K is the generator", "inconsistent", &|key| {
        key.joint = Point::GENERATOR
    });
    refuse("joint-key-of-another-election", "K is another election's", "inconsistent", &|key| {
        key.joint = TOWN.election.key.joint;
    });
    for (index, name) in
        ["foreign-first-share", "foreign-second-share", "foreign-third-share"].into_iter().enumerate()
    {
        refuse(name, "one Y_j is not on the polynomial", "inconsistent", &|key| {
            key.shares[index] = Point::GENERATOR
        });
    }
    refuse("swapped-shares", "two Y_j in each other's place", "inconsistent", &|key| key.shares.swap(0, 1));
    refuse(
        "shares-of-a-higher-degree",
        "K and Y_j lie on a polynomial of degree t",
        "inconsistent",
        &|key| {
            for (share, x) in key.shares.iter_mut().zip(1u64..) {
                *share += Point::generate(&Scalar::from(x * x));
            }
        },
    );
    refuse("share-missing", "n - 1 shares", "share_count", &|key| key.shares.truncate(2));
    refuse("share-too-many", "n + 1 shares", "share_count", &|key| key.shares.push(Point::GENERATOR));
    refuse("no-shares", "no shares", "share_count", &|key| key.shares.clear());
}

fn malformed(vectors: &mut Vectors) {
    let right = serde_json::to_value(&REFERENDUM.election.key).unwrap();
    let mut refuse = |name: &str, about: &str, key: &str| {
        vectors.refuse(header(name, about), "malformed_key", input(&REFERENDUM, key));
    };
    for (name, what, bytes) in bad_points() {
        let mut key = right.clone();
        key["joint"] = json!(Binary(bytes.to_vec()));
        refuse(&format!("point-{name}-as-joint-key"), &format!("K is {what}"), &key.to_string());
        let mut key = right.clone();
        key["shares"][1] = json!(Binary(bytes.to_vec()));
        refuse(&format!("point-{name}-as-share"), &format!("Y_2 is {what}"), &key.to_string());
    }
    let mut longer = right.clone();
    let joint = REFERENDUM.election.key.joint.to_bytes().unwrap();
    longer["joint"] = json!(Binary([&joint[..], &[0]].concat()));
    refuse("point-trailing-byte-as-joint-key", "a byte follows K", &longer.to_string());
    let mut foreign = right.clone();
    foreign["generator"] = right["joint"].clone();
    refuse("foreign-generator", "the key names a generator of its own (Belenios #48)", &foreign.to_string());
    refuse("key-not-canonical", "a space in the key", &right.to_string().replacen(':', ": ", 1));
}
