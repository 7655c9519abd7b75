//! Entries of every type: form, signature, log, time.

use kodanik_ballot::manifest::{Manifest, ManifestDraft};
use kodanik_ballot::testing::fixed_key;
use kodanik_contract::entry::{Close, Entry, Genesis, Open};
use kodanik_contract::signed::Signed;
use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_crypto::group::Scalar;
use serde_json::json;

use super::{After, election, header};
use crate::vectors::file::Vectors;
use crate::vectors::logs::{LOG, TOWN_LOG, announcement, at, authority, entry_text, genesis, opening, sign};
use crate::vectors::world::{LATER, TOWN, text};

pub(super) fn add(vectors: &mut Vectors) {
    beginnings(vectors);
    manifests(vectors);
    forms(vectors);
    signatures(vectors);
    times(vectors);
}

fn beginnings(vectors: &mut Vectors) {
    let of = |log: &str, fill: u8| {
        Entry::Genesis(Genesis { authority_key: fixed_key(fill).verifying_key(), log: log.to_owned() })
    };
    let mut refuse = |name: &str, about: &str, expect: &str, after: After<'_>| {
        after.refuse(vectors, header(name, "5.2.3", about), expect);
    };
    refuse(
        "no-genesis",
        "a manifest as the first entry",
        "no_genesis",
        After::town(0).then_at(50, &announcement(&TOWN)),
    );
    refuse(
        "genesis-of-another-log",
        "the first entry names another log",
        "other_log",
        After::town(0).then_at(50, &of("kodanik.example/other", 1)),
    );
    refuse(
        "genesis-twice",
        "a second first entry, with another authority",
        "duplicate_genesis",
        After::town(1).then(&of(LOG, 2)),
    );
    refuse("genesis-repeated", "the first entry once more", "repeated", After::town(1).then(&genesis()));
    let ballot = text(TOWN_LOG.leaves[at::BALLOTS].entry());
    refuse(
        "ballot-before-everything",
        "a ballot as the first entry",
        "other_election",
        After::town(0).then_text(50, &ballot),
    );
}

fn manifests(vectors: &mut Vectors) {
    let changed = |change: fn(&mut ManifestDraft)| {
        let mut draft: ManifestDraft = TOWN.election.manifest.clone().into();
        change(&mut draft);
        sign(Manifest::new(draft).unwrap(), &authority())
    };
    let mut refuse = |name: &str, about: &str, expect: &str, after: After<'_>| {
        after.refuse(vectors, header(name, "5.2.3", about), expect);
    };
    let other_log = Entry::ElectionManifest(changed(|draft| draft.log = "kodanik.example/other".to_owned()));
    refuse(
        "manifest-of-another-log",
        "the manifest names another log",
        "other_log",
        After::town(1).then(&other_log),
    );
    let same_slug = Entry::ElectionManifest(changed(|draft| draft.title = "Another".to_owned()));
    refuse(
        "manifest-with-a-known-slug",
        "another election of the same name",
        "duplicate_election",
        After::town(at::COMMITS).then(&same_slug),
    );
    refuse(
        "manifest-repeated",
        "the same announcement once more",
        "repeated",
        After::town(at::COMMITS).then(&announcement(&TOWN)),
    );
    let broken = entry_text(&announcement(&TOWN)).replacen(r#""min_cell":2"#, r#""min_cell":1"#, 1);
    refuse(
        "manifest-that-breaks-a-rule",
        "a binding election with a smallest cell of 1",
        "malformed",
        After::town(1).then_text(90, &broken),
    );
    let foreign = entry_text(&announcement(&TOWN)).replacen("KODANIK-V1-P256", "KODANIK-V1-P384", 1);
    refuse(
        "manifest-of-an-unknown-suite",
        "an unknown suite (Moscow 2019)",
        "malformed",
        After::town(1).then_text(90, &foreign),
    );

    let two =
        [election("later", "ceremony", 0, 0, json!(null)), election("town", "ceremony", 0, 0, json!(null))];
    let after = After::town(at::COMMITS).then(&announcement(&LATER));
    after.accept(vectors, header("two-elections", "5.2.3", "two elections on one log"), &two);
}

fn forms(vectors: &mut Vectors) {
    let right = entry_text(&opening(TOWN.election.id));
    let mut refuse = |name: &str, about: &str, expect: &str, entry: &str| {
        After::town(at::OPEN).then_text(90, entry).refuse(vectors, header(name, "5.2.1", about), expect);
    };
    refuse("form-not-json", "an entry that is not JSON", "malformed", "open");
    refuse("form-of-an-array", "an array", "malformed", "[]");
    refuse("form-newline-at-the-end", "canonical JSON has no newline", "malformed", &format!("{right}\n"));
    refuse(
        "form-unknown-type",
        "a type that nobody knows",
        "malformed",
        &right.replacen("election.open", "election.pause", 1),
    );
    refuse(
        "form-unknown-member",
        "a member that no entry has",
        "malformed",
        &right.replacen('{', r#"{"a":1,"#, 1),
    );
    refuse(
        "form-unknown-member-of-the-body",
        "a member that no open entry has",
        "malformed",
        &right.replacen(r#"{"body":{"#, r#"{"body":{"a":1,"#, 1),
    );
    refuse("form-without-type", "no type", "malformed", &right.replacen(r#","type":"election.open""#, "", 1));
    refuse(
        "form-without-signature",
        "no signature",
        "malformed",
        r#"{"body":{"election":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},"type":"election.open"}"#,
    );
    refuse(
        "form-type-first",
        "members out of order",
        "malformed",
        &format!(r#"{{"type":"election.open",{}"#, &right[1..].replacen(r#","type":"election.open""#, "", 1)),
    );
    refuse(
        "form-of-another-type",
        "an open entry that calls itself a close",
        "malformed",
        &right.replacen("election.open", "election.close", 1),
    );
    let large = right.replacen(r#""type":"#, &format!(r#""padding":"{}","type":"#, "a".repeat(65_527)), 1);
    refuse("form-more-than-a-leaf-holds", "more than 65,527 bytes", "too_large", &large);
}

fn signatures(vectors: &mut Vectors) {
    let open = || Open { election: TOWN.election.id };
    let mut refuse = |name: &str, about: &str, expect: &str, entry: &str| {
        After::town(at::OPEN).then_text(90, entry).refuse(vectors, header(name, "5.2.2", about), expect);
    };
    let mut signed = |name: &str, about: &str, signed: Signed<Open>| {
        refuse(name, about, "bad_signature", &entry_text(&Entry::ElectionOpen(signed)));
    };
    signed("signature-of-another-key", "signed by somebody else", sign(open(), &fixed_key(2)));
    let elsewhere = Signed::sign(open(), "kodanik.example/other", &authority()).unwrap();
    signed("signature-for-another-log", "signed for another log", elsewhere);
    let other_type =
        sign(Close { ballots: 0, election: TOWN.election.id, root: Bytes([0; 32]) }, &authority());
    signed(
        "signature-on-another-type",
        "the authority's signature on another entry",
        Signed { body: open(), signature: other_type.signature },
    );
    let other = sign(Open { election: LATER.election.id }, &authority());
    signed(
        "signature-on-another-body",
        "the authority's signature on the opening of another election",
        Signed { body: open(), signature: other.signature },
    );
    let right = serde_json::to_value(opening(TOWN.election.id)).unwrap();
    let bytes = sign(open(), &authority()).signature.to_bytes();
    let high = (-Scalar::from_slice(&bytes[32..]).unwrap()).to_bytes();
    let mut value = right.clone();
    value["signature"] = json!(Binary([&bytes[..32], &high].concat()));
    refuse("signature-high-s", "n - s in place of s", "bad_signature", &value.to_string());
    value["signature"] = json!(Binary([&[0; 32], &bytes[32..]].concat()));
    refuse("signature-r-zero", "r is 0", "malformed", &value.to_string());
    value["signature"] = json!(Binary(bytes[..63].to_vec()));
    refuse("signature-of-63-bytes", "the signature lacks its last byte", "malformed", &value.to_string());
    let unknown = entry_text(&opening(LATER.election.id));
    refuse("open-of-an-unknown-election", "an H_E that the log does not have", "other_election", &unknown);
}

fn times(vectors: &mut Vectors) {
    let open = opening(TOWN.election.id);
    let about = "a minute before that of the leaf before it";
    After::town(at::OPEN).then_at(89, &open).refuse(
        vectors,
        header("time-runs-back", "5.2.1", about),
        "time_runs_back",
    );
    let about = "the same ballot again, at an earlier minute";
    let again = text(TOWN_LOG.leaves[at::BALLOTS].entry());
    let after = After::town(at::COUNTS).then_text(149, &again);
    after.refuse(vectors, header("time-runs-back-beside-a-repetition", "5.2.1", about), "repeated");
    let after = After::town(at::OPEN).then_at(199, &open);
    let ready = [election("town", "open", 0, 0, json!(null))];
    after.accept(
        vectors,
        header("open-in-the-last-minute", "5.2.3", "opened in the last minute before it closes"),
        &ready,
    );
    let after = After::town(at::OPEN).then_at(200, &open);
    after.refuse(vectors, header("open-late", "5.2.3", "opened when it should be closed"), "late");
}
