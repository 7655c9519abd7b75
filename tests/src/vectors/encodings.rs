//! Bad points and scalars in every place of a ballot (Belenios 3.3.0 accepted some).

use kodanik_ballot::ballot::{BallotBody, Position};
use kodanik_crypto::encoding::Binary;
use kodanik_crypto::group::{Point, Scalar};
use serde_json::json;

use super::ballots::{header, input};
use super::file::Vectors;
use super::world::{BUDGET, Citizen, REFERENDUM, TOWN};

/// 33 bytes that are no point of the curve in its one form: name, what it is, bytes.
pub(super) fn bad_points() -> Vec<(&'static str, &'static str, [u8; 33])> {
    let generator = Point::GENERATOR.to_bytes().unwrap();
    let tagged = |tag: u8| {
        let mut bytes = generator;
        bytes[0] = tag;
        bytes
    };
    // p, which as an x would be 0; x = 0 is on the curve.
    let mut beyond = [0xff; 33];
    beyond[0] = 2;
    beyond[5..9].copy_from_slice(&[0, 0, 0, 1]);
    beyond[9..21].fill(0);
    vec![
        ("identity", "33 zeros, which some libraries read as the identity", [0; 33]),
        ("tag-00", "tag 00", tagged(0)),
        ("tag-04", "tag 04, that of an uncompressed point", tagged(4)),
        ("tag-05", "tag 05, which some libraries read as a second form of 03", tagged(5)),
        ("tag-06", "tag 06, that of a hybrid form", tagged(6)),
        ("tag-07", "tag 07, that of a hybrid form", tagged(7)),
        ("x-is-p", "x is the field's prime, which would be x = 0", beyond),
        ("off-the-curve", "an x of no point", off_the_curve()),
    ]
}

/// n, and 2^256 - 1.
pub(super) fn bad_scalars() -> [(&'static str, &'static str, [u8; 32]); 2] {
    let mut order = (-Scalar::ONE).to_bytes();
    order[31] += 1;
    [("order", "n, which would be 0", order), ("all-ones", "2^256 - 1", [0xff; 32])]
}

fn off_the_curve() -> [u8; 33] {
    let candidate = |x: u8| {
        let mut bytes = [0; 33];
        (bytes[0], bytes[32]) = (2, x);
        bytes
    };
    (1..).map(candidate).find(|bytes| Point::from_slice(bytes).is_err()).unwrap()
}

pub(super) fn add(vectors: &mut Vectors) {
    points(vectors);
    scalars(vectors);
    pseudonym(vectors);
}

fn points(vectors: &mut Vectors) {
    let citizen = Citizen::new(&REFERENDUM, "all", 1);
    let body = citizen.body(Position::FIRST, &[&[1]], "encodings");
    let mut refuse = |name: &str, about: &str, change: &dyn Fn(&mut BallotBody)| {
        let mut body = body.clone();
        change(&mut body);
        vectors.refuse(header(name, "1.5", about), "encoding", input(&REFERENDUM, &citizen.cast(body)));
    };
    for (name, what, bytes) in bad_points() {
        let change = |body: &mut BallotBody| body.contests[0].options[0].0[..33].copy_from_slice(&bytes);
        refuse(&format!("point-{name}-as-alpha"), &format!("alpha is {what}"), &change);
    }
    // Where there is one parser, one bad form in each place is enough to see that it is used there.
    for (place, at) in [("beta", 33), ("a0", 66), ("b0", 99), ("a1", 132), ("b1", 165)] {
        let change = |body: &mut BallotBody| body.contests[0].options[1].0[at..at + 33].fill(0);
        refuse(&format!("point-identity-as-{place}"), &format!("{place} of an option is 33 zeros"), &change);
        let change = |body: &mut BallotBody| body.contests[0].options[1].0[at] |= 4;
        refuse(
            &format!("point-tag-06-or-07-as-{place}"),
            &format!("{place} of an option has a tag with bit 4"),
            &change,
        );
    }
    refuse("point-identity-in-the-sum", "b of the sum proof is 33 zeros", &|body| {
        body.contests[0].sum.0[33..66].fill(0)
    });
}

fn scalars(vectors: &mut Vectors) {
    let citizen = Citizen::new(&REFERENDUM, "all", 1);
    let body = citizen.body(Position::FIRST, &[&[1]], "scalars");
    for (name, what, bytes) in bad_scalars() {
        for (place, at) in [("c0", 198), ("z0", 230), ("z1", 262)] {
            let mut body = body.clone();
            body.contests[0].options[2].0[at..at + 32].copy_from_slice(&bytes);
            let (name, about) =
                (format!("scalar-{name}-as-{place}"), format!("{place} of the blank is {what}"));
            vectors.refuse(header(&name, "1.5", &about), "encoding", input(&REFERENDUM, &citizen.cast(body)));
        }
    }
    let mut in_sum = body;
    in_sum.contests[0].sum.0[66..98].copy_from_slice(&bad_scalars()[0].2);
    let about = header("scalar-order-in-the-sum", "1.5", "z of the sum proof is n");
    vectors.refuse(about, "encoding", input(&REFERENDUM, &citizen.cast(in_sum)));

    let citizen = Citizen::new(&TOWN, "village", 1);
    let mut body = citizen.body(Position::FIRST, &[&[1]], "scalars of a wide sum");
    body.contests[0].sum.0[132..164].copy_from_slice(&bad_scalars()[0].2);
    let about = header("scalar-order-as-c0-of-the-sum", "1.5", "c0 of a sum proof with two branches is n");
    vectors.refuse(about, "encoding", input(&TOWN, &citizen.cast(body)));

    let citizen = Citizen::new(&BUDGET, "all", 1);
    let body = citizen.body(Position::FIRST, &[&[1]], "encodings of a budget");
    let mut refuse = |name: &str, about: &str, change: &dyn Fn(&mut BallotBody)| {
        let mut body = body.clone();
        change(&mut body);
        vectors.refuse(header(name, "1.5", about), "encoding", input(&BUDGET, &citizen.cast(body)));
    };
    refuse("point-tag-04-in-the-slack", "alpha of a slack bit has tag 04", &|body| {
        body.contests[0].slack[2].0[0] = 4
    });
    refuse("point-identity-in-the-spending", "b of the spending proof is 33 zeros", &|body| {
        body.contests[0].spending.0[33..66].fill(0);
    });
    refuse("scalar-order-in-the-spending", "z of the spending proof is n", &|body| {
        body.contests[0].spending.0[66..].copy_from_slice(&bad_scalars()[0].2);
    });
}

/// The key is parsed with the JSON.
fn pseudonym(vectors: &mut Vectors) {
    let citizen = Citizen::new(&REFERENDUM, "all", 1);
    let ballot = serde_json::to_value(citizen.ballot(&[&[1]], "pseudonym")).unwrap();
    let mut refuse = |name: &str, about: &str, vk: &[u8]| {
        let mut ballot = ballot.clone();
        ballot["body"]["vk"] = json!(Binary(vk.to_vec()));
        let input = json!({ "ballot": ballot.to_string(), "election": REFERENDUM.name });
        vectors.refuse(header(name, "1.5", about), "malformed", input);
    };
    for (name, what, bytes) in bad_points() {
        refuse(&format!("point-{name}-as-vk"), &format!("vk is {what}"), &bytes);
    }
    let vk = citizen.vk();
    refuse("point-trailing-byte-as-vk", "a byte follows vk", &[&vk.to_sec1()[..], &[0]].concat());
    refuse("point-uncompressed-as-vk", "vk in its form of 65 bytes", &vk.to_uncompressed_sec1());
}
