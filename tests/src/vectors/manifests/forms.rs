//! Manifests that are not in their one form, or too large to be read.

use kodanik_ballot::manifest::{Contest, Manifest, ManifestError, Style};
use kodanik_ballot::testing::{contest, fixed_key};
use kodanik_crypto::encoding::{Binary, to_canonical_json};
use serde_json::json;

use super::{header, input};
use crate::vectors::encodings::bad_points;
use crate::vectors::file::Vectors;
use crate::vectors::world::{referendum, text, town};

pub(super) fn add(vectors: &mut Vectors) {
    sizes(vectors);
    form(vectors);
}

/// Beyond 64,000 bytes nothing is read; within, the rules hold first.
fn sizes(vectors: &mut Vectors) {
    let mut large = town();
    let long = |i: usize| Contest { title: "a".repeat(400), ..contest(&format!("c{i}"), 1, 1, 1) };
    let ids = |from: usize| (from..from + 60).map(|i| format!("c{i}")).collect();
    large.contests = (0..120).map(long).collect();
    large.styles = [("city", 0), ("village", 60)]
        .map(|(id, from)| Style { contests: ids(from), id: id.to_owned() })
        .to_vec();
    assert_eq!(Manifest::new(large.clone()), Err(ManifestError::TooLarge));
    let bytes = to_canonical_json(&large).unwrap();
    assert!(bytes.len() > 64_000);
    let about = "more than 64,000 bytes, otherwise right";
    vectors.refuse(header("more-than-64000-bytes", about), "too_large", input(&text(&bytes)));
}

fn form(vectors: &mut Vectors) {
    let right = text(&Manifest::new(referendum()).unwrap().to_bytes());
    let mut refuse = |name: &str, about: &str, manifest: &str| {
        assert_ne!(manifest, right, "{name}");
        vectors.refuse(header(name, about), "encoding", input(manifest));
    };
    refuse("form-newline-at-the-end", "canonical JSON has no newline", &format!("{right}\n"));
    refuse("form-unknown-member", "a member that no manifest has", &right.replacen('{', r#"{"a":1,"#, 1));
    refuse(
        "form-repeated-member",
        "`min_cell` stands twice",
        &right.replacen(r#""min_cell":1,"#, r#""min_cell":1,"min_cell":1,"#, 1),
    );
    refuse(
        "form-missing-method",
        "a contest without `method`",
        &right.replacen(r#""method":"selection","#, "", 1),
    );
    refuse("form-missing-budget", "a contest without `budget`", &right.replacen(r#""budget":0,"#, "", 1));
    refuse("form-unknown-method", "a method that nobody knows", &right.replacen("selection", "lottery", 1));
    refuse(
        "form-unknown-kind",
        "neither binding nor trial",
        &right.replacen(r#""kind":"trial""#, r#""kind":"poll""#, 1),
    );
    refuse(
        "form-escaped-text",
        "a title with an escape that canonical JSON does not use",
        &right.replacen(r#""title":"Test""#, r#""title":"\u0054est""#, 1),
    );
    let generator = r#""generator":"A2sX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKW","#;
    let about = "a generator of the election's own (Belenios #48): there is no member that names one";
    refuse(
        "foreign-generator",
        about,
        &right.replacen(r#""issuers":"#, &format!("{generator}\"issuers\":"), 1),
    );
    let curve = r#"{"check":{"minutes":30,"tests":3,"tries":3},"closes":200,"curve":"secp256k1","#;
    let about = "a curve of the election's own (Belenios #48): the suite is all there is";
    refuse(
        "foreign-curve",
        about,
        &right.replacen(r#"{"check":{"minutes":30,"tests":3,"tries":3},"closes":200,"#, curve, 1),
    );
    let key = Binary(fixed_key(41).verifying_key().to_sec1().to_vec());
    let key = json!(key).to_string();
    for (name, what, bytes) in bad_points() {
        let bad = json!(Binary(bytes.to_vec())).to_string();
        let (name, about) =
            (format!("point-{name}-as-signing-key"), format!("a trustee's signing key is {what}"));
        refuse(&name, &about, &right.replacen(&key, &bad, 1));
    }
    let longer = json!(Binary([&fixed_key(41).verifying_key().to_sec1()[..], &[0]].concat())).to_string();
    refuse(
        "point-trailing-byte-as-signing-key",
        "a byte follows a trustee's signing key",
        &right.replacen(&key, &longer, 1),
    );
}
