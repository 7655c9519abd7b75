//! Each rule of the manifest, broken alone.

use super::*;
use crate::testing::{budget_contest, contest, draft, fixed_key};

#[test]
fn a_good_manifest_round_trips_and_its_hash_is_its_bytes() {
    let manifest = Manifest::new(draft(3, 5)).unwrap();
    let parsed = Manifest::parse(&manifest.to_bytes()).unwrap();
    assert_eq!(parsed, manifest);
    assert_eq!(parsed.hash(), manifest.hash());
    let mut other = draft(3, 5);
    other.title.push('!');
    assert_ne!(Manifest::new(other).unwrap().hash(), manifest.hash());
}

#[test]
fn the_wire_form_is_checked_like_the_draft() {
    let mut bytes = serde_json::to_value(draft(3, 5)).unwrap();
    bytes["suite"] = "KODANIK-V2-P256".into();
    let bytes = to_canonical_json(&bytes).unwrap();
    assert_eq!(Manifest::parse(&bytes), Err(ManifestError::Suite));
    assert!(serde_json::from_slice::<Manifest>(&bytes).is_err());
    let spaced = [b" ", Manifest::new(draft(3, 5)).unwrap().to_bytes().as_slice()].concat();
    assert!(matches!(Manifest::parse(&spaced), Err(ManifestError::Encoding(_))));
    assert!(matches!(Manifest::parse(&vec![b' '; MAX_MANIFEST_BYTES + 1]), Err(ManifestError::Encoding(_))));
}

fn refused(change: impl FnOnce(&mut ManifestDraft)) -> ManifestError {
    let mut changed = draft(3, 5);
    change(&mut changed);
    Manifest::new(changed).expect_err("a rule is broken")
}

#[test]
fn names_times_and_policies() {
    use ManifestError as E;
    assert_eq!(refused(|m| m.suite = "p256".to_owned()), E::Suite);
    assert_eq!(refused(|m| m.election = "Test".to_owned()), E::Id);
    assert_eq!(refused(|m| m.election.clear()), E::Id);
    assert_eq!(refused(|m| m.election = "a".repeat(64)), E::Id);
    assert_eq!(refused(|m| m.contests[0].options[1].id = "a b".to_owned()), E::Id);
    assert_eq!(refused(|m| m.title.clear()), E::Text);
    assert_eq!(refused(|m| m.title = "line\nbreak".to_owned()), E::Text);
    assert_eq!(refused(|m| m.title = "a".repeat(501)), E::Text);
    assert_eq!(refused(|m| m.closes = m.opens), E::Times);
    assert_eq!(refused(|m| m.closes = UnixMinute(u64::MAX)), E::Times);
    assert_eq!(refused(|m| m.check.minutes = 0), E::CheckPolicy);
    assert_eq!(refused(|m| m.check.tries = 11), E::CheckPolicy);
    assert_eq!(refused(|m| m.check.tests = 11), E::CheckPolicy);
    assert_eq!(refused(|m| m.min_cell = 0), E::MinCell);
    let binding_of_one = |m: &mut ManifestDraft| (m.kind, m.min_cell) = (Kind::Binding, 1);
    assert_eq!(refused(binding_of_one), E::MinCell);
}

#[test]
fn contests_and_styles() {
    use ManifestError as E;
    assert_eq!(refused(|m| m.contests.clear()), E::Contests);
    assert_eq!(refused(|m| m.contests[0].options.clear()), E::Contests);
    assert_eq!(refused(|m| m.contests[0].max = 0), E::SelectionBounds);
    assert_eq!(refused(|m| m.contests[0].max = 5), E::SelectionBounds);
    assert_eq!(refused(|m| m.contests[1].min = 3), E::SelectionBounds);
    assert_eq!(refused(|m| m.contests[1].id = "mayor".to_owned()), E::Duplicate);
    assert_eq!(refused(|m| m.contests[0].options[1].id = "o0".to_owned()), E::Duplicate);
    assert_eq!(refused(|m| m.contests.push(contest("unused", 2, 1, 1))), E::Styles);
    assert_eq!(refused(|m| m.styles.clear()), E::Styles);
    assert_eq!(refused(|m| m.styles[0].contests.clear()), E::Styles);
    assert_eq!(refused(|m| m.styles[0].contests[1] = "nowhere".to_owned()), E::Styles);
    assert_eq!(refused(|m| m.styles[0].contests[1] = "mayor".to_owned()), E::Styles);
    assert_eq!(refused(|m| m.styles[1].id = "city".to_owned()), E::Duplicate);
}

#[test]
fn budgets_and_what_cannot_be_added_up() {
    use ManifestError as E;
    let costs = |budget: u64, costs: &'static [u64]| {
        move |m: &mut ManifestDraft| m.contests[1] = budget_contest("council", budget, costs)
    };
    assert_eq!(refused(costs(0, &[1])), E::Budget);
    assert_eq!(refused(costs(10, &[11, 1])), E::Budget);
    assert_eq!(refused(costs(10, &[0, 1])), E::Budget);
    assert_eq!(refused(costs(1 << 32, &[1])), E::Budget);
    assert_eq!(refused(|m| m.contests[0].budget = 5), E::Budget);
    assert_eq!(refused(|m| m.contests[0].options[2].cost = 1), E::Budget);
    assert_eq!(refused(|m| m.contests[0].method = Method::Budget), E::Budget);
    assert_eq!(refused(|m| m.contests[0].method = Method::Ranked), E::MethodRanked);
    assert_eq!(refused(|m| m.contests[1].method = Method::WriteIn), E::MethodWriteIn);
    let mut widest = draft(3, 5);
    widest.contests[1] = budget_contest("council", u64::from(u32::MAX), &[1, u64::from(u32::MAX)]);
    assert_eq!(Manifest::new(widest).unwrap().contests[1].ciphertexts(), 3 + 32);
    // Slack bits count as ciphertexts.
    assert_eq!(refused(|m| m.contests[0] = budget_contest("mayor", 1 << 30, &[1; 113])), E::StyleSize);
}

/// A member that is left out is not a default on the wire.
#[test]
fn a_contest_without_its_method_is_not_canonical() {
    let text = String::from_utf8(Manifest::new(draft(3, 5)).unwrap().to_bytes()).unwrap();
    for left_out in [r#""method":"selection","#, r#""budget":0,"#, r#""cost":0,"#] {
        let shorter = text.replacen(left_out, "", 1);
        assert_ne!(shorter, text);
        assert!(matches!(Manifest::parse(shorter.as_bytes()), Err(ManifestError::Encoding(_))));
    }
    let unknown = text.replacen("selection", "lottery", 1);
    assert!(matches!(Manifest::parse(unknown.as_bytes()), Err(ManifestError::Encoding(_))));
}

#[test]
fn a_ballot_of_every_style_fits_an_entry() {
    assert_eq!(refused(|m| m.contests[0] = contest("mayor", 144, 1, 1)), ManifestError::StyleSize);
    let mut largest = draft(3, 5);
    largest.contests[0] = contest("mayor", 143, 1, 1);
    assert!(Manifest::new(largest).is_ok());
    // 150 ciphertexts, and a sum proof with a branch for each of 0..=75.
    assert_eq!(refused(|m| m.contests[0] = contest("mayor", 143, 0, 75)), ManifestError::StyleSize);
}

#[test]
fn trustees() {
    use ManifestError as E;
    for (t, n) in [(1, 1), (1, 2), (2, 4), (2, 5), (6, 5), (9, 17)] {
        assert_eq!(Manifest::new(draft(t, n)), Err(E::TrusteeThreshold), "{t} of {n}");
    }
    for (t, n) in [(2, 2), (2, 3), (3, 3), (3, 5), (9, 16)] {
        assert!(Manifest::new(draft(t, n)).is_ok(), "{t} of {n}");
    }
    let key = fixed_key(1).verifying_key();
    let same = move |m: &mut ManifestDraft| {
        (m.trustees.members[0].sealing_key, m.trustees.members[1].signing_key) = (key, key);
    };
    assert_eq!(refused(same), E::Duplicate);
}

#[test]
fn issuers() {
    use ManifestError as E;
    assert_eq!(refused(|m| m.issuers.members.clear()), E::IssuerQuorum);
    assert_eq!(refused(|m| m.issuers.required = 0), E::IssuerQuorum);
    assert_eq!(refused(|m| m.issuers.required = 3), E::IssuerQuorum);
    assert_eq!(refused(|m| m.issuers.required = 1), E::IssuerQuorum);
    assert_eq!(refused(|m| m.issuers.members[1].id = "issuer-0".to_owned()), E::Duplicate);
    let same_key =
        |m: &mut ManifestDraft| m.issuers.members[1].keys[0] = m.issuers.members[0].keys[0].clone();
    assert_eq!(refused(same_key), E::Duplicate);
    assert_eq!(refused(|m| m.issuers.members[0].keys.truncate(1)), E::IssuerKeys);
    assert_eq!(refused(|m| m.issuers.members[0].keys.swap(0, 1)), E::IssuerKeys);
    assert_eq!(refused(|m| m.issuers.members[0].keys[0].spki.0.truncate(421)), E::IssuerKeys);
    assert_eq!(refused(|m| m.issuers.members[0].keys[0].spki.0[30] ^= 1), E::IssuerKeys);
    assert_eq!(refused(|m| m.issuers.members[0].url = "ftp://a".to_owned()), E::IssuerUrl);
    assert_eq!(refused(|m| m.issuers.members[0].url.push(' ')), E::IssuerUrl);
}

#[test]
fn two_of_three_issuers_would_let_one_give_somebody_two_pseudonyms() {
    let with = |q: u32, m: usize| {
        let issuers = (0..m).map(|i| {
            let mut issuer = draft(3, 5).issuers.members[i % 2].clone();
            issuer.id = format!("issuer-{i}");
            issuer
        });
        let issuers: Vec<Issuer> = issuers.collect();
        let draft = ManifestDraft { issuers: Issuers { members: issuers, required: q }, ..draft(3, 5) };
        Manifest::new(draft)
    };
    assert_eq!(with(2, 3), Err(ManifestError::IssuerQuorum));
    assert_eq!(with(2, 4), Err(ManifestError::IssuerQuorum));
    // Past the quorum rule, and refused only because the test keys repeat.
    assert_eq!(with(3, 4), Err(ManifestError::Duplicate));
    assert_eq!(with(3, 3), Err(ManifestError::Duplicate));
}
