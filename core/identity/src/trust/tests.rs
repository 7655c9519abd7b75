use kodanik_crypto::signature::SigningKey;
use proptest::prelude::*;
use rand_core::OsRng;
use serde_json::json;

use super::make::{
    Anchor, LeafRequest, Validity, certificate_to_pem, certificates_from_pem, key_from_pem, key_to_pem,
};
use super::*;
use crate::testing::{Authority, ISSUER, NOW};

const DAY: u64 = 86_400;

#[test]
fn a_leaf_of_a_pinned_anchor_is_known_by_name() {
    let authority = Authority::new();
    let leaf = authority.leaf(Purpose::RelyingParty);
    let party = authority.anchors().verify(&leaf.x5c, Purpose::RelyingParty, NOW).unwrap();
    assert_eq!(party.name(), "Office");
    assert_eq!(party.dns_names(), ["eid.example"]);
    assert_eq!(party.uris(), [ISSUER]);
    assert_eq!(*party.key(), leaf.key.verifying_key());
    assert_eq!(party.client_id(), format!("x509_hash:{}", x509_hash(&leaf.x5c[0])));
    assert_eq!(party.authorities(), [authority.0.key_id().unwrap()]);
}

#[test]
fn a_certificate_is_for_one_purpose() {
    let authority = Authority::new();
    let all = [
        Purpose::Log,
        Purpose::PidIssuer,
        Purpose::Provider,
        Purpose::Registrar,
        Purpose::RelyingParty,
        Purpose::Status,
    ];
    for (held, asked) in all.iter().flat_map(|held| all.iter().map(move |asked| (*held, *asked))) {
        let verdict = authority.anchors().verify(&authority.leaf(held).x5c, asked, NOW).map(drop);
        let expected = if held == asked { Ok(()) } else { Err(TrustError::Purpose) };
        assert_eq!(verdict, expected, "{held:?} as {asked:?}");
    }
}

#[test]
fn strangers_are_unknown() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let leaf = theirs.leaf(Purpose::PidIssuer);
    // Both authorities have the same name: the key decides.
    assert_eq!(ours.anchors().verify(&leaf.x5c, Purpose::PidIssuer, NOW), Err(TrustError::Unknown));
    assert_eq!(TrustAnchors::default().verify(&leaf.x5c, Purpose::PidIssuer, NOW), Err(TrustError::Unknown));
    let mut both = ours.anchors();
    both.extend(theirs.anchors());
    assert!(both.verify(&leaf.x5c, Purpose::PidIssuer, NOW).is_ok());
}

#[test]
fn time_counts_for_leaf_and_anchor() {
    let authority = Authority::new();
    let leaf = authority.leaf_with(Purpose::Status, "Office", Validity::days(NOW, 2));
    let at = |now| authority.anchors().verify(&leaf.x5c, Purpose::Status, now).map(drop);
    assert_eq!(at(NOW.plus(DAY)), Ok(()));
    assert_eq!(at(NOW.plus(3 * DAY)), Err(TrustError::Validity));
    assert_eq!(
        at(UnixSeconds(NOW.0 - 2 * 3600)),
        Err(TrustError::Unknown),
        "the anchor is not valid yet either"
    );
    let long = authority.leaf_with(Purpose::Status, "Office", Validity::days(NOW, 9999));
    let verdict = authority.anchors().verify(&long.x5c, Purpose::Status, NOW.plus(366 * DAY));
    assert_eq!(verdict, Err(TrustError::Unknown), "the anchor has ended");
}

#[test]
fn chains_of_a_wrong_form_are_refused() {
    let authority = Authority::new();
    let anchors = authority.anchors();
    let anchor = certificates_from_pem(authority.0.certificate_pem().unwrap().as_bytes()).unwrap().remove(0);
    let leaf = authority.leaf(Purpose::PidIssuer).x5c.remove(0);
    let other = authority.leaf(Purpose::PidIssuer).x5c.remove(0);
    let verify = |x5c: &[Vec<u8>]| anchors.verify(x5c, Purpose::PidIssuer, NOW).map(drop);
    assert_eq!(verify(&[]), Err(TrustError::Length));
    assert_eq!(verify(&vec![leaf.clone(); 5]), Err(TrustError::Length));
    assert_eq!(verify(&[vec![0x30; MAX_CERTIFICATE + 1]]), Err(TrustError::Length));
    assert_eq!(verify(&[leaf.clone(), anchor.clone()]), Err(TrustError::AnchorInChain));
    assert_eq!(verify(&[anchor]), Err(TrustError::AnchorInChain));
    assert_eq!(verify(&[leaf.clone(), other]), Err(TrustError::KeyUsage), "a leaf is no issuer");
    assert_eq!(verify(&[[&leaf[..], &[0]].concat()]), Err(TrustError::Certificate));
    assert_eq!(verify(&[leaf[..leaf.len() - 1].to_vec()]), Err(TrustError::Certificate));
}

#[test]
fn intermediate_authorities_stand_in_their_order_and_number() {
    let validity = Validity::days(NOW, 30);
    let root = Anchor::above("root", validity, 2);
    let upper = root.certify("upper", validity, 1);
    let lower = upper.certify("lower", validity, 0);
    let stray = root.certify("stray", validity, 0);
    let anchors = TrustAnchors::from_pem(root.certificate_pem().unwrap().as_bytes()).unwrap();
    let (upper_der, lower_der, stray_der) = (upper.der(), lower.der(), stray.der());
    let leaf = Authority(lower).leaf(Purpose::Log).x5c.remove(0);
    let verify = |x5c: &[&Vec<u8>]| {
        let x5c: Vec<_> = x5c.iter().map(|der| (*der).clone()).collect();
        anchors.verify(&x5c, Purpose::Log, NOW).map(|party| party.authorities().len())
    };
    // The upper one was certified without naming its issuer's key: one identifier, the leaf's.
    assert_eq!(verify(&[&leaf, &lower_der, &upper_der]), Ok(1));
    assert_eq!(verify(&[&leaf, &upper_der, &lower_der]), Err(TrustError::Unknown), "out of order");
    assert_eq!(verify(&[&leaf, &lower_der]), Err(TrustError::Unknown), "a link is missing");
    assert_eq!(verify(&[&leaf, &lower_der, &upper_der, &stray_der]), Err(TrustError::Unknown), "a stowaway");
    assert_eq!(verify(&[&leaf, &stray_der]), Err(TrustError::Unknown));
}

#[test]
fn no_more_authorities_than_the_one_above_allows() {
    let validity = Validity::days(NOW, 30);
    for (root, upper, expected) in
        [(1, 0, Ok(())), (0, 0, Err(TrustError::Unknown)), (0, 9, Err(TrustError::Unknown))]
    {
        let root = Anchor::above("root", validity, root);
        let upper = root.certify("upper", validity, upper);
        let anchors = TrustAnchors::from_pem(root.certificate_pem().unwrap().as_bytes()).unwrap();
        let upper_der = upper.der();
        let leaf = Authority(upper).leaf(Purpose::Log).x5c.remove(0);
        assert_eq!(anchors.verify(&[leaf, upper_der], Purpose::Log, NOW).map(drop), expected);
    }
    let root = Anchor::above("root", validity, 2);
    let upper = root.certify("upper", validity, 0);
    let lower = upper.certify("lower", validity, 0);
    let anchors = TrustAnchors::from_pem(root.certificate_pem().unwrap().as_bytes()).unwrap();
    let chain = [lower.der(), upper.der()];
    let leaf = Authority(lower).leaf(Purpose::Log).x5c.remove(0);
    let chain = [&[leaf][..], &chain].concat();
    assert_eq!(anchors.verify(&chain, Purpose::Log, NOW).map(drop), Err(TrustError::Unknown));
}

#[test]
fn an_intermediate_that_has_ended_ends_the_chain() {
    let root = Anchor::above("root", Validity::days(NOW, 30), 1);
    let upper = root.certify("upper", Validity::days(NOW, 2), 0);
    let anchors = TrustAnchors::from_pem(root.certificate_pem().unwrap().as_bytes()).unwrap();
    let upper_der = upper.der();
    let leaf = Authority(upper).leaf(Purpose::Log).x5c.remove(0);
    let chain = [leaf, upper_der];
    assert!(anchors.verify(&chain, Purpose::Log, NOW).is_ok());
    assert_eq!(anchors.verify(&chain, Purpose::Log, NOW.plus(3 * DAY)), Err(TrustError::Validity));
}

#[test]
fn a_changed_certificate_is_unknown() {
    let authority = Authority::new();
    let mut leaf = authority.leaf(Purpose::PidIssuer).x5c.remove(0);
    let at = leaf.windows(6).position(|window| window == b"Office").unwrap();
    leaf[at] = b'0';
    assert_eq!(authority.anchors().verify(&[leaf], Purpose::PidIssuer, NOW), Err(TrustError::Unknown));
}

#[test]
fn a_leaf_issues_nothing() {
    let authority = Authority::new();
    let middle = authority.leaf(Purpose::PidIssuer);
    let pem = certificate_to_pem(&middle.x5c[0]);
    let rogue = Anchor::from_pem(&pem, &key_to_pem(&middle.key).unwrap()).unwrap();
    let validity = Validity::days(NOW, 1);
    let leaf = Authority(rogue).leaf_with(Purpose::PidIssuer, "Rogue", validity).x5c.remove(0);
    let chain = [leaf.clone(), middle.x5c[0].clone()];
    assert_eq!(authority.anchors().verify(&chain, Purpose::PidIssuer, NOW), Err(TrustError::KeyUsage));
    assert_eq!(authority.anchors().verify(&[leaf], Purpose::PidIssuer, NOW), Err(TrustError::Unknown));
    // Nor can it be pinned by mistake.
    assert_eq!(TrustAnchors::from_pem(pem.as_bytes()).unwrap_err(), TrustError::Anchor);
}

#[test]
fn names_that_deceive_are_refused() {
    let authority = Authority::new();
    for name in ["", " ", "a\nb", "a\u{202e}b", "a\u{200b}b", "\u{feff}", "a\u{0}"] {
        let leaf = authority.leaf_with(Purpose::RelyingParty, name, Validity::days(NOW, 1));
        let verdict = authority.anchors().verify(&leaf.x5c, Purpose::RelyingParty, NOW);
        assert_eq!(verdict, Err(TrustError::Name), "{name:?}");
    }
    let leaf =
        authority.leaf_with(Purpose::RelyingParty, "Tallinna Keskraamatukogu 도서관", Validity::days(NOW, 1));
    assert!(authority.anchors().verify(&leaf.x5c, Purpose::RelyingParty, NOW).is_ok());
}

#[test]
fn a_signed_object_needs_chain_signature_and_purpose() {
    let authority = Authority::new();
    let leaf = authority.leaf(Purpose::Log);
    let parse = |text: &str| UnverifiedJws::parse(text, 1 << 16).unwrap();
    let text = leaf.sign("t", &json!({}));
    let anchors = authority.anchors();
    assert!(anchors.verify_jws(parse(&text), Purpose::Log, "t", NOW).is_ok());
    let wrong_type = anchors.verify_jws(parse(&text), Purpose::Log, "u", NOW).map(drop);
    assert_eq!(wrong_type, Err(TrustError::Jose(JoseError::Type)));
    // Somebody else's certificate over one's own signature.
    let thief = crate::testing::Leaf { key: SigningKey::make(&mut OsRng), x5c: leaf.x5c };
    let stolen = anchors.verify_jws(parse(&thief.sign("t", &json!({}))), Purpose::Log, "t", NOW).map(drop);
    assert_eq!(stolen, Err(TrustError::Jose(JoseError::Signature)));
    let bare = crate::testing::Leaf { x5c: vec![], ..thief };
    let bare = anchors.verify_jws(parse(&bare.sign("t", &json!({}))), Purpose::Log, "t", NOW).map(drop);
    assert_eq!(bare, Err(TrustError::Length));
}

#[test]
fn pem_round_trips_and_nonsense_does_not() {
    let anchor = Anchor::make(&mut OsRng, "A", Validity::days(NOW, 1)).unwrap();
    let (certificate, key) = (anchor.certificate_pem().unwrap(), anchor.key_pem().unwrap());
    assert_eq!(Anchor::from_pem(&certificate, &key).unwrap().certificate_pem().unwrap(), certificate);
    let other = key_to_pem(&SigningKey::make(&mut OsRng)).unwrap();
    assert_eq!(Anchor::from_pem(&certificate, &other).unwrap_err(), TrustError::Anchor);
    assert_eq!(Anchor::from_pem(&key, &key).unwrap_err(), TrustError::Pem);
    for bad in ["", "nonsense", &certificate] {
        assert_eq!(key_from_pem(bad).unwrap_err(), TrustError::Pem);
    }
    for bad in ["", "nonsense", &key] {
        assert_eq!(TrustAnchors::from_pem(bad.as_bytes()).unwrap_err(), TrustError::Pem, "{bad}");
    }
    let two = certificate.repeat(2);
    assert_eq!(TrustAnchors::from_pem(two.as_bytes()).unwrap().len(), 2);
}

#[test]
fn validity_reaches_beyond_2050() {
    let authority = Authority::new();
    let request = LeafRequest {
        purpose: Purpose::Log,
        common_name: "n",
        organization: "n",
        dns_names: &[],
        uris: &[],
        validity: Validity::days(NOW, 40 * 365),
    };
    let key = SigningKey::make(&mut OsRng);
    let der = authority.0.issue(&mut OsRng, &request, &key.verifying_key()).unwrap();
    assert!(authority.anchors().verify(&[der], Purpose::Log, NOW).is_ok());
}

proptest! {
    #[test]
    fn no_bytes_make_the_verifier_panic(bytes: Vec<u8>, at: prop::sample::Index, flip: u8) {
        let authority = Authority::new();
        let _ = authority.anchors().verify(&[bytes], Purpose::Log, NOW);
        let mut der = authority.leaf(Purpose::Log).x5c.remove(0);
        let at = at.index(der.len());
        der[at] ^= flip;
        let verdict = authority.anchors().verify(&[der], Purpose::Log, NOW);
        prop_assert_eq!(verdict.is_ok(), flip == 0);
    }

    #[test]
    fn no_pem_makes_the_parser_panic(text in "(-----(BEGIN|END) CERTIFICATE-----\n|[A-Za-z0-9+/=\n]{0,20}){0,6}") {
        let _ = TrustAnchors::from_pem(text.as_bytes());
    }
}
